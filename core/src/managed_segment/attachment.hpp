// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <shm/layout/segment_header.hpp>
#include <shm/managed_segment.hpp>
#include <shm/mapping.hpp>
#include <shm/participant.hpp>
#include <shm/segment_name.hpp>

#include "../os/os.hpp"

namespace shm {

/// What an attached segment consists of. Its end takes nothing back that others see, and destroys nothing; that is for
/// ManagedSegment::close().
struct ManagedSegment::Attachment {
  SegmentName name;
  ObjectId id;
  layout::ImmutableBlock header{};  ///< the private copy, checked
  int descriptor = -1;              ///< of an open file description that nobody shares
  bool has_descriptor = false;      ///< to close; else it is still a draft's
  Mapping mapping;
  Participant participant;
  bool is_open = false;  ///< listed in open_attachments
  bool created = false;
  Attachment* next = nullptr;
  Attachment* previous = nullptr;

  explicit Attachment(const SegmentName& its_name) noexcept : name(its_name) {}
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment();

  void keep(os::File file) noexcept {
    descriptor = file.release();
    has_descriptor = true;
  }
  void close_descriptor() noexcept;

  [[nodiscard]] layout::SegmentHeader& shared() const noexcept {
    return *reinterpret_cast<layout::SegmentHeader*>(mapping.bytes().data());
  }
  [[nodiscard]] std::span<layout::ParticipantSlot> slots() const noexcept {
    std::byte* const first = mapping.bytes().data() + header.participants_offset;
    return {reinterpret_cast<layout::ParticipantSlot*>(first), header.participant_count};
  }
};

/// Puts a ManagedSegment together.
struct ManagedMaker {
  using Attachment = ManagedSegment::Attachment;

  /// errors   system: ENOMEM
  static Result<ManagedSegment> begin(const SegmentName& name) noexcept;
  static Attachment& parts(const ManagedSegment& segment) noexcept { return *segment.attachment_; }
  /// Maps the object by the checked header, with its guard.
  static Result<void> map(Attachment& parts, const os::File& file, bool guard) noexcept;
  /// Takes a slot; from now on the segment is open.
  static Result<void> join(Attachment& parts, const os::File& file, const ParticipantInfo& info) noexcept;
  static void destroy(Attachment* attachment) noexcept;
};

namespace managed {

/// The segments that this process has open, for the child of a fork(): it has to close its copies of the descriptors,
/// which would keep the parent's locks alive, and must not take itself for the parent's participant.
/// returns  false: no memory for the handlers of fork()
bool add_open(ManagedMaker::Attachment& attachment) noexcept;
void remove_open(ManagedMaker::Attachment& attachment) noexcept;

}  // namespace managed
}  // namespace shm
