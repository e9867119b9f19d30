// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>

namespace shm::binding {

/// Numbers for the records that JavaScript refers to. A record has a member `handle`, which its number is put into.
template <class Record>
class HandleTable {
 public:
  HandleTable() noexcept = default;
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;
  ~HandleTable() {
    std::free(slots_);
    std::free(free_slots_);
  }

  /// Gives the record a handle that was not given for 2^29 records.
  /// returns  false if there is no memory
  [[nodiscard]] bool add(Record* record) noexcept {
    if (free_count_ == 0 && !grow()) return false;
    const std::uint32_t slot = free_slots_[--free_count_];
    slots_[slot] = record;
    handles_given_ = (handles_given_ + 1) & kMostHandles;
    record->handle = handles_given_ << kSlotBits | slot;
    return true;
  }

  /// returns  null if no record has this handle any more
  [[nodiscard]] Record* find(std::uint64_t handle) const noexcept {
    const std::uint64_t slot = handle & kMostSlots;
    if (slot >= capacity_ || slots_[slot] == nullptr || slots_[slot]->handle != handle) return nullptr;
    return slots_[slot];
  }

  /// The record's handle means nothing any more.
  void remove(const Record* record) noexcept {
    const auto slot = static_cast<std::uint32_t>(record->handle & kMostSlots);
    slots_[slot] = nullptr;
    free_slots_[free_count_++] = slot;
  }

  [[nodiscard]] std::uint64_t handles_given() const noexcept { return handles_given_; }

 private:
  // A handle is the number of a slot and, above it, a count of all handles, which tells apart those of one slot. 2^24
  // mappings are far above what a process can have, and leave 2^29 handles until a JavaScript number is full.
  static constexpr int kSlotBits = 24;
  static constexpr std::uint64_t kMostSlots = (std::uint64_t{1} << kSlotBits) - 1;
  static constexpr std::uint64_t kMostHandles = (std::uint64_t{1} << (53 - kSlotBits)) - 1;

  [[nodiscard]] bool grow() noexcept {
    const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    if (capacity > kMostSlots) return false;
    auto* slots = static_cast<Record**>(std::realloc(slots_, capacity * sizeof *slots_));
    if (slots == nullptr) return false;
    slots_ = slots;
    auto* free_slots = static_cast<std::uint32_t*>(std::realloc(free_slots_, capacity * sizeof *free_slots_));
    if (free_slots == nullptr) return false;
    free_slots_ = free_slots;
    for (std::uint32_t slot = capacity; slot-- > capacity_;) {
      slots_[slot] = nullptr;
      free_slots_[free_count_++] = slot;
    }
    capacity_ = capacity;
    return true;
  }

  Record** slots_ = nullptr;  // null where a slot is free
  std::uint32_t* free_slots_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t free_count_ = 0;
  std::uint64_t handles_given_ = 0;
};

}  // namespace shm::binding
