// SPDX-License-Identifier: MIT
// The immutable block of a managed segment: made once, checked by everybody.
#pragma once

#include <cstdint>
#include <shm/layout/segment_header.hpp>
#include <shm/result.hpp>

namespace shm::managed {

/// What is wrong with an object, in the order in which it is looked for.
namespace refusal {
// Errc::layout: it is something else.
inline constexpr char kTooShort[] = "the object is shorter than the header of a managed segment";
inline constexpr char kMagic[] = "the object is no managed segment: its first bytes are others";
inline constexpr char kVersion[] = "the managed segment is of another version of the layout";
inline constexpr char kByteOrder[] = "the managed segment is of a machine with another byte order";
// Errc::corrupt: it was one of ours.
inline constexpr char kChecksum[] = "the header's checksum is wrong";
// Errc::layout
inline constexpr char kFeatures[] = "the managed segment has features that this version does not know";
inline constexpr char kReadingFeatures[] = "the managed segment has features that allow this version to read only";
// Errc::corrupt: a peer with a grudge, who knows how to make checksums.
inline constexpr char kHeaderSize[] = "the header's size is wrong";
inline constexpr char kTotalSize[] = "the header states more bytes than the object has, or fewer than its own";
inline constexpr char kLifetime[] = "the header states a lifetime that does not exist";
inline constexpr char kParticipantCount[] = "the header states a number of participants that is not 1 to 1023";
inline constexpr char kDirectoryCapacity[] = "the header states a number of objects that is not 1 to 4096";
inline constexpr char kParticipantsPlace[] = "the table of participants is not where it may be";
inline constexpr char kDirectoryPlace[] = "the directory is not where it may be";
inline constexpr char kDataPlace[] = "the first object is not where it may be";
inline constexpr char kOverlap[] = "the tables of the header overlap";
inline constexpr char kState[] = "the segment's state is none that a segment with a name has";
}  // namespace refusal

/// What a new segment is to be.
struct HeaderPlan {
  std::uint64_t size = 0;  ///< bytes for objects
  std::uint32_t participants = 0;
  std::uint32_t objects = 0;
  layout::SegmentLifetime lifetime = layout::SegmentLifetime::persistent;
};

std::uint64_t bytes_before_objects(const HeaderPlan& plan) noexcept;
/// Whole pages; 0 for more than any object can have.
std::uint64_t total_size(const HeaderPlan& plan) noexcept;
/// With everything but what seal() adds.
layout::ImmutableBlock plan_header(const HeaderPlan& plan) noexcept;
/// Computes the checksum, as the last thing.
void seal(layout::ImmutableBlock& block) noexcept;

/// Checks a private copy.
/// errors   layout, corrupt: with a text of refusal
Result<void> check_header(const layout::ImmutableBlock& block, std::uint64_t object_size) noexcept;

}  // namespace shm::managed
