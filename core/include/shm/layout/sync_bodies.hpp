// SPDX-License-Identifier: MIT
// The bytes of the objects of shm/sync in shared memory: mutable words only, whose parameters are in the directory
// entry. Every body starts on a cache line. What the words mean is in docs/memory-layout.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>

namespace shm::layout {

///  0      4            8            12
///  | word | recoveries | last dead  | 0 ... 63
struct alignas(kCacheLine) MutexBody {
  std::uint32_t word;        ///< owner's token in bits 0..29, kSuspect, kWaiters
  std::uint32_t recoveries;  ///< how often it was taken from a dead owner; for people
  std::uint32_t last_dead;   ///< token of the last dead owner; for people
};
static_assert(sizeof(MutexBody) == 64, "one line each: neighbours don't slow each other down");

constexpr std::uint32_t kWaiters = 1U << 31;         ///< somebody sleeps, or did
constexpr std::uint32_t kSuspect = 1U << 30;         ///< an owner died; nobody has repaired what the lock protects
constexpr std::uint32_t kTokenBits = kSuspect - 1U;  ///< 0: free

/// Wakes sleepers for any reason; a word of its own, which no other change shares.
struct EventCountBody {
  std::uint32_t sequence;
  std::uint32_t gate;  ///< 1: somebody may sleep
};
static_assert(sizeof(EventCountBody) == 8);

/// A participant that reads. Only the participant itself looks at `holds`, while the token is its own.
struct ReaderCell {
  std::uint32_t token;
  std::uint32_t holds;  ///< how often it reads
};
static_assert(sizeof(ReaderCell) == 8);

///  0        64       128
///  | writer | drain  | readers[slots]
struct RwLockBody {
  MutexBody writer;
  alignas(kCacheLine) EventCountBody drain;  ///< readers have left
  /// readers: one ReaderCell for each participant slot, from kRwLockReaders on
};
constexpr std::size_t kRwLockReaders = 128;  ///< offset
static_assert(sizeof(RwLockBody) == kRwLockReaders);

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what is asked often is on a line of its own
struct SemaphoreBody {
  std::uint32_t value;  ///< free permits
  alignas(kCacheLine) EventCountBody freed;
};
static_assert(sizeof(SemaphoreBody) == 128 && offsetof(SemaphoreBody, freed) == 64);

/// holders: one token for each permit, from kLeaseHolders on
struct alignas(kCacheLine) LeasedSemaphoreBody {
  EventCountBody freed;
};
constexpr std::size_t kLeaseHolders = 64;  ///< offset
static_assert(sizeof(LeasedSemaphoreBody) == kLeaseHolders);

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what is asked often is on a line of its own
struct EventBody {
  std::uint32_t state;  ///< how often it was set, modulo 2^31, in bits 1..31 (manual reset only); bit 0: it is set
  alignas(kCacheLine) EventCountBody changed;
};
static_assert(sizeof(EventBody) == 128 && offsetof(EventBody, changed) == 64);

struct alignas(kCacheLine) ConditionBody {
  std::uint32_t sequence;     ///< notifications, modulo 2^32
  std::uint32_t ever_waited;  ///< 1 once somebody has; never 0 again
};
static_assert(sizeof(ConditionBody) == 64);

struct BarrierCell {
  std::uint32_t phase;  ///< the one its token has arrived at
  std::uint32_t token;
};
static_assert(sizeof(BarrierCell) == 8);

///  0       64      128      192
///  | mutex | phase | passed | cells[parties]
struct BarrierBody {
  MutexBody mutex;
  alignas(kCacheLine) std::uint32_t phase;
  alignas(kCacheLine) EventCountBody passed;
};
constexpr std::size_t kBarrierCells = 192;  ///< offset
static_assert(sizeof(BarrierBody) == kBarrierCells);

}  // namespace shm::layout
