// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace shm::layout {

//  0       4      6         8        16     24          56      60            64              128
//  | state | kind | version | offset | size | params[8] | crc32c| name length | name, zero padded |
//
/// EntryState::committed is the one store that makes an object. What is before it is garbage if the maker dies.
enum class EntryState : std::uint32_t {
  free,
  committed,
  retired,  ///< the name is free again, the bytes are not
};

enum class ObjectKind : std::uint16_t {
  bytes = 1,
  mutex,
  rw_lock,
  semaphore,
  leased_semaphore,
  event,
  condition,
  spsc_ring,
  mpmc_ring,
  broadcast_ring,
  value_register,
  map,
  barrier,
};
constexpr std::uint16_t kLastObjectKind = static_cast<std::uint16_t>(ObjectKind::barrier);
constexpr bool is_known_kind(std::uint16_t kind) noexcept { return kind >= 1 && kind <= kLastObjectKind; }

constexpr std::size_t kObjectParameters = 8;

/// An object by its name. All of its parameters are here, so that one copy that is checked covers them; its body holds
/// mutable words only.
struct DirectoryEntry {
  std::uint32_t state;  ///< EntryState
  std::uint16_t kind;   ///< ObjectKind
  std::uint16_t version;
  std::uint64_t offset;  ///< of the body, 64-aligned
  std::uint64_t size;    ///< of the body, bytes
  std::uint32_t params[kObjectParameters];
  std::uint32_t crc32c;       ///< of bytes 4 .. 55 and 60 .. 127
  std::uint32_t name_length;  ///< 1 .. 63
  char name[64];
};
static_assert(sizeof(DirectoryEntry) == 128, "layout 1: two cache lines each");
static_assert(offsetof(DirectoryEntry, kind) == 4 && offsetof(DirectoryEntry, version) == 6 &&
                  offsetof(DirectoryEntry, offset) == 8 && offsetof(DirectoryEntry, size) == 16 &&
                  offsetof(DirectoryEntry, params) == 24 && offsetof(DirectoryEntry, crc32c) == 56 &&
                  offsetof(DirectoryEntry, name_length) == 60 && offsetof(DirectoryEntry, name) == 64,
              "layout 1");

constexpr std::size_t kLongestObjectName = sizeof(DirectoryEntry::name) - 1;

}  // namespace shm::layout
