// SPDX-License-Identifier: MIT
// The bytes of a queue in shared memory: docs/memory-layout.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>
#include <shm/layout/sync_bodies.hpp>

namespace shm::layout {

/// Positions are bytes since the beginning, modulo 2^32; multiples of 16.
struct QueueProgress {
  std::uint32_t read;      ///< before it nothing is to be received for the first time
  std::uint32_t freed;     ///< before it nobody needs anything; moved with both locks
  std::uint32_t returned;  ///< 1: a hint that somewhere before `read` a message was given back
};

///  0           64          128         192        256    320     384
///  | producers | allocated | consumers | progress | sent | freed | bytes[capacity]
struct QueueBody {
  MutexBody producers;
  alignas(kCacheLine) std::uint32_t allocated;  ///< position up to which producers have reserved
  alignas(kCacheLine) MutexBody consumers;
  alignas(kCacheLine) QueueProgress progress;
  alignas(kCacheLine) EventCountBody sent;
  alignas(kCacheLine) EventCountBody freed;
};
constexpr std::size_t kQueueBytes = 384;  ///< offset
static_assert(sizeof(QueueBody) == kQueueBytes && offsetof(QueueBody, allocated) == 64 &&
              offsetof(QueueBody, consumers) == 128 && offsetof(QueueBody, progress) == 192 &&
              offsetof(QueueBody, sent) == 256 && offsetof(QueueBody, freed) == 320);

enum class EntryStage : std::uint32_t {
  reserved = 1,  ///< its owner writes it
  committed,
  aborted,  ///< its owner has given it up, or has died
  padding,  ///< nothing from here to the end of the ring
  leased,   ///< its owner has it; of nobody: it was given back
  done,
};

/// Before every message; both begin at multiples of 16.
struct QueueEntry {
  std::uint32_t state;   ///< its own position, of which the lowest four bits are the EntryStage
  std::uint32_t length;  ///< bytes of the message
  std::uint32_t owner;   ///< token
  std::uint32_t spare;   ///< 0
};
static_assert(sizeof(QueueEntry) == 16);
constexpr std::uint32_t kEntryAlignment = 16;

/// returns  bytes of an entry with its header and what aligns the next one; length <= 2^31
constexpr std::uint32_t entry_size(std::uint32_t length) noexcept {
  return (length + sizeof(QueueEntry) + kEntryAlignment - 1) & ~(kEntryAlignment - 1);
}
constexpr std::uint32_t longest_in_queue(std::uint32_t capacity) noexcept {
  return capacity / 2 - static_cast<std::uint32_t>(sizeof(QueueEntry));
}

}  // namespace shm::layout
