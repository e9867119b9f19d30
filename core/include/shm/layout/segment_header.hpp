// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>

namespace shm::layout {

//  0                 0x0C0            0x100              0x140          0x1000
//  | immutable block | state, boot id | directory mutex  | reserved     | participants | directory | objects ...
//  | copied once     | own line       | own line         |              | 64 B each    | 128 B each| 64-aligned
//
// The MANAGED layout, version 1.0; docs/memory-layout.md. Little-endian. Positions are offsets from the segment's
// start. Words that change after the creation are accessed by std::atomic_ref alone.

constexpr std::uint64_t kSegmentMagic = 0x01'47'45'53'4D'48'53'4E;  ///< the bytes "NSHMSEG\x01"
constexpr std::uint16_t kLayoutMajor = 1;
constexpr std::uint16_t kLayoutMinor = 0;
constexpr std::uint32_t kByteOrderMark = 0x01020304;

constexpr std::uint32_t kMostParticipants = 1023;
constexpr std::uint32_t kMostObjects = 4096;

/// SegmentHeader::state. `corrupt` and `retired` are hints for people and tools; nothing is decided by them.
enum class SegmentState : std::uint32_t {
  initialising,
  ready,    ///< the one store that publishes the segment
  corrupt,  ///< somebody has met bytes that no peer of this library writes
  retired,  ///< its name is gone: who wants to meet others opens anew
};

/// ImmutableBlock::lifetime.
enum class SegmentLifetime : std::uint32_t { persistent, until_last_close };

/// What never changes: copied to private memory when a process attaches, checked there, never read again.
struct ImmutableBlock {
  std::uint64_t magic;
  std::uint16_t layout_major;
  std::uint16_t layout_minor;
  std::uint32_t header_size;         ///< a multiple of 4096
  std::uint64_t total_size;          ///< of the segment; the object may be longer
  std::uint32_t feature_incompat;    ///< an unknown bit: refuse
  std::uint32_t feature_ro_compat;   ///< an unknown bit: reading only
  std::uint32_t feature_compat;      ///< an unknown bit: ignore
  std::uint32_t byte_order;          ///< kByteOrderMark
  std::uint8_t uuid[16];             ///< of this segment, whatever the name meant before
  std::uint64_t reserved_038;        ///< 0
  std::uint64_t created_at;          ///< nanoseconds since 1970
  std::uint32_t creator_pid;         ///< diagnostics, as the next two
  std::uint32_t creator_namespace;   ///< inode of its PID namespace
  std::uint64_t creator_start_time;  ///< clock ticks since the system's start
  std::uint32_t lifetime;            ///< SegmentLifetime
  std::uint32_t participant_count;   ///< 1 .. kMostParticipants
  std::uint64_t participants_offset;
  std::uint64_t directory_offset;
  std::uint32_t directory_capacity;  ///< 1 .. kMostObjects
  std::uint32_t reserved_074;        ///< 0
  std::uint64_t data_offset;         ///< of the first object
  std::uint8_t reserved_080[0x03C];  ///< 0
  std::uint32_t crc32c;              ///< of what is before it
};
static_assert(sizeof(ImmutableBlock) == 0x0C0, "layout 1: the mutable words start at 0x0C0");
static_assert(offsetof(ImmutableBlock, layout_major) == 0x008 && offsetof(ImmutableBlock, header_size) == 0x00C &&
                  offsetof(ImmutableBlock, total_size) == 0x010 && offsetof(ImmutableBlock, feature_incompat) == 0x018,
              "layout 1");
static_assert(offsetof(ImmutableBlock, byte_order) == 0x024 && offsetof(ImmutableBlock, uuid) == 0x028 &&
                  offsetof(ImmutableBlock, created_at) == 0x040 && offsetof(ImmutableBlock, creator_pid) == 0x048,
              "layout 1");
static_assert(offsetof(ImmutableBlock, creator_start_time) == 0x050 && offsetof(ImmutableBlock, lifetime) == 0x058 &&
                  offsetof(ImmutableBlock, participant_count) == 0x05C &&
                  offsetof(ImmutableBlock, participants_offset) == 0x060,
              "layout 1");
static_assert(offsetof(ImmutableBlock, directory_offset) == 0x068 &&
                  offsetof(ImmutableBlock, directory_capacity) == 0x070 &&
                  offsetof(ImmutableBlock, data_offset) == 0x078 && offsetof(ImmutableBlock, crc32c) == 0x0BC,
              "layout 1");

/// The first 4096 bytes of a managed segment.
struct alignas(kCacheLine) SegmentHeader {
  ImmutableBlock fixed;
  std::uint32_t state;  ///< SegmentState
  std::uint32_t reserved_0c4;
  std::uint64_t boot_id;  ///< a hash of the boot that its tokens are of
  std::uint8_t reserved_0d0[0x030];
  alignas(kCacheLine) std::byte directory_mutex[64];  ///< a MutexBody: who changes the directory
  std::uint8_t reserved_140[0xEC0];
};
static_assert(sizeof(SegmentHeader) == 4096, "layout 1: header_size");
static_assert(offsetof(SegmentHeader, state) == 0x0C0 && offsetof(SegmentHeader, boot_id) == 0x0C8 &&
                  offsetof(SegmentHeader, directory_mutex) == 0x100,
              "layout 1");

/// Bytes of an object's open file description that are locked instead of data; far above any data.
constexpr std::uint64_t kSlotLocks = std::uint64_t{1} << 62;  ///< + slot: held by the participant in it
constexpr std::uint64_t kLifeLock = kSlotLocks + 4096;        ///< read-held by who is attached

}  // namespace shm::layout
