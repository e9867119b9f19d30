// SPDX-License-Identifier: MIT
// A table of participants without a segment around it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>
#include <shm/participant.hpp>
#include <string>
#include <utility>

namespace shm::test {

/// In memory that is shared with the children, with a file for the locks.
class SlotTable {
 public:
  explicit SlotTable(std::uint32_t count) : count_(count), file_(::memfd_create("slots", MFD_CLOEXEC)) {
    const std::size_t size = count * sizeof(layout::ParticipantSlot);
    (void)!::ftruncate(file_, static_cast<off_t>(size));
    slots_ = static_cast<layout::ParticipantSlot*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0));
  }
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;
  ~SlotTable() {
    ::munmap(slots_, count_ * sizeof(layout::ParticipantSlot));
    ::close(file_);
  }

  [[nodiscard]] std::span<layout::ParticipantSlot> slots() const { return {slots_, count_}; }
  [[nodiscard]] layout::ParticipantSlot& operator[](std::uint32_t index) const { return slots_[index]; }
  /// A descriptor of an open file description of its own, as every attach has.
  [[nodiscard]] int open(int direction = O_RDWR) const {
    return ::open(("/proc/self/fd/" + std::to_string(file_)).c_str(), direction | O_CLOEXEC);
  }

 private:
  std::uint32_t count_;
  int file_;
  layout::ParticipantSlot* slots_;
};

/// Somebody who has joined, with a descriptor of his own.
class Member {
 public:
  explicit Member(const SlotTable& table) : descriptor_(table.open()) {
    Result<Participant> joined = Participant::join(table.slots(), descriptor_);
    EXPECT_TRUE(joined) << joined.error().operation;
    if (joined) participant_ = *std::move(joined);
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() {
    participant_.leave();
    ::close(descriptor_);
  }

  /// As a crash does it.
  void die() {
    participant_.abandon();
    ::close(std::exchange(descriptor_, -1));
  }

  [[nodiscard]] int descriptor() const { return descriptor_; }
  Participant* operator->() { return &participant_; }
  const Participant* operator->() const { return &participant_; }

 private:
  int descriptor_;
  Participant participant_;
};

}  // namespace shm::test
