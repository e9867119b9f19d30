// SPDX-License-Identifier: MIT
#include "header.hpp"

#include <cstddef>
#include <shm/layout/directory_entry.hpp>
#include <shm/layout/participant_slot.hpp>

#include "../crc32c.hpp"

namespace shm::managed {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLargestObject = (std::uint64_t{1} << 63) - 1;  // off_t

// Features of this version: none.
constexpr std::uint32_t kKnownIncompat = 0;
constexpr std::uint32_t kKnownReadOnly = 0;

constexpr Error no_layout(const char* what) noexcept { return {Errc::layout, 0, what}; }
constexpr Error corrupt(const char* what) noexcept { return {Errc::corrupt, 0, what}; }

std::uint32_t checksum_of(const layout::ImmutableBlock& block) noexcept {
  return crc32c(std::as_bytes(std::span(&block, 1)).first(offsetof(layout::ImmutableBlock, crc32c)));
}

std::uint64_t participants_size(const layout::ImmutableBlock& block) noexcept {
  return block.participant_count * sizeof(layout::ParticipantSlot);
}
std::uint64_t directory_size(const layout::ImmutableBlock& block) noexcept {
  return block.directory_capacity * sizeof(layout::DirectoryEntry);
}

/// Of `length` bytes, behind the header and inside the segment; never adds what a peer has written.
bool is_place(const layout::ImmutableBlock& block, std::uint64_t offset, std::uint64_t length) noexcept {
  return offset % layout::kCacheLine == 0 && offset >= block.header_size && offset <= block.total_size &&
         length <= block.total_size - offset;
}

/// Whether the first ends before the second begins; both are places.
bool is_before(std::uint64_t offset, std::uint64_t length, std::uint64_t next) noexcept {
  return offset <= next && length <= next - offset;
}

Result<void> check_numbers(const layout::ImmutableBlock& block, std::uint64_t object_size) noexcept {
  if (block.header_size < sizeof(layout::SegmentHeader) || block.header_size % kPage != 0) {
    return corrupt(refusal::kHeaderSize);
  }
  if (block.header_size > block.total_size || block.total_size > object_size) return corrupt(refusal::kTotalSize);
  if (block.lifetime > static_cast<std::uint32_t>(layout::SegmentLifetime::until_last_close)) {
    return corrupt(refusal::kLifetime);
  }
  if (block.participant_count < 1 || block.participant_count > layout::kMostParticipants) {
    return corrupt(refusal::kParticipantCount);
  }
  if (block.directory_capacity < 1 || block.directory_capacity > layout::kMostObjects) {
    return corrupt(refusal::kDirectoryCapacity);
  }
  return {};
}

Result<void> check_places(const layout::ImmutableBlock& block) noexcept {
  const std::uint64_t participants = participants_size(block);
  const std::uint64_t directory = directory_size(block);
  if (!is_place(block, block.participants_offset, participants)) return corrupt(refusal::kParticipantsPlace);
  if (!is_place(block, block.directory_offset, directory)) return corrupt(refusal::kDirectoryPlace);
  if (!is_place(block, block.data_offset, 0)) return corrupt(refusal::kDataPlace);
  const bool are_apart = is_before(block.participants_offset, participants, block.directory_offset) ||
                         is_before(block.directory_offset, directory, block.participants_offset);
  const bool are_before_data = is_before(block.participants_offset, participants, block.data_offset) &&
                               is_before(block.directory_offset, directory, block.data_offset);
  if (!are_apart || !are_before_data) return corrupt(refusal::kOverlap);
  return {};
}

}  // namespace

std::uint64_t bytes_before_objects(const HeaderPlan& plan) noexcept {
  return sizeof(layout::SegmentHeader) + plan.participants * sizeof(layout::ParticipantSlot) +
         plan.objects * sizeof(layout::DirectoryEntry);
}

std::uint64_t total_size(const HeaderPlan& plan) noexcept {
  const std::uint64_t before = bytes_before_objects(plan);
  if (plan.size > kLargestObject - before - kPage) return 0;
  return (before + plan.size + kPage - 1) / kPage * kPage;
}

layout::ImmutableBlock plan_header(const HeaderPlan& plan) noexcept {
  layout::ImmutableBlock block{};
  block.magic = layout::kSegmentMagic;
  block.layout_major = layout::kLayoutMajor;
  block.layout_minor = layout::kLayoutMinor;
  block.header_size = sizeof(layout::SegmentHeader);
  block.total_size = total_size(plan);
  block.byte_order = layout::kByteOrderMark;
  block.lifetime = static_cast<std::uint32_t>(plan.lifetime);
  block.participant_count = plan.participants;
  block.participants_offset = block.header_size;
  block.directory_capacity = plan.objects;
  block.directory_offset = block.participants_offset + participants_size(block);
  block.data_offset = block.directory_offset + directory_size(block);
  return block;
}

void seal(layout::ImmutableBlock& block) noexcept { block.crc32c = checksum_of(block); }

Result<void> check_header(const layout::ImmutableBlock& block, std::uint64_t object_size) noexcept {
  if (object_size < sizeof(layout::SegmentHeader)) return no_layout(refusal::kTooShort);
  if (block.magic != layout::kSegmentMagic) return no_layout(refusal::kMagic);
  if (block.layout_major != layout::kLayoutMajor) return no_layout(refusal::kVersion);
  if (block.byte_order != layout::kByteOrderMark) return no_layout(refusal::kByteOrder);
  if (block.crc32c != checksum_of(block)) return corrupt(refusal::kChecksum);
  if ((block.feature_incompat & ~kKnownIncompat) != 0) return no_layout(refusal::kFeatures);
  if ((block.feature_ro_compat & ~kKnownReadOnly) != 0) return no_layout(refusal::kReadingFeatures);
  if (const auto valid = check_numbers(block, object_size); !valid) return valid;
  return check_places(block);
}

}  // namespace shm::managed
