// SPDX-License-Identifier: MIT
// The bytes of a ring of messages in shared memory: docs/memory-layout.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>
#include <shm/layout/sync_bodies.hpp>

namespace shm::layout {

/// The producer or the consumer: how far it has got, and who it is.
struct RingSide {
  std::uint32_t position;  ///< bytes since the beginning, modulo 2^32; a multiple of 8
  std::uint32_t holder;    ///< token; 0: nobody
};

///  0          64         128    192     256
///  | producer | consumer | sent | freed | bytes[capacity]
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what the two sides write is on lines of their own
struct RingBody {
  alignas(kCacheLine) RingSide producer;
  alignas(kCacheLine) RingSide consumer;
  alignas(kCacheLine) EventCountBody sent;
  alignas(kCacheLine) EventCountBody freed;
};
constexpr std::size_t kRingBytes = 256;  ///< offset
static_assert(sizeof(RingBody) == kRingBytes && offsetof(RingBody, consumer) == 64 && offsetof(RingBody, sent) == 128 &&
              offsetof(RingBody, freed) == 192);

/// Before every message; both begin at multiples of 8.
struct RecordHeader {
  std::uint32_t length;  ///< bytes of the message; kPadding: nothing from here to the end of the ring
  std::uint32_t tag;     ///< RecordTag
};
static_assert(sizeof(RecordHeader) == 8);
constexpr std::uint32_t kRecordAlignment = 8;
constexpr std::uint32_t kPadding = 0xFFFFFFFF;

enum class RecordTag : std::uint32_t {
  message,
  end,  ///< of the stream; without bytes
};

/// returns  bytes of a record with its header and what aligns the next one; length <= 2^31
constexpr std::uint32_t record_size(std::uint32_t length) noexcept {
  return (length + sizeof(RecordHeader) + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

constexpr std::uint32_t kLeastRing = 1U << 12;  ///< bytes
constexpr std::uint32_t kMostRing = 1U << 30;

/// returns  bytes of the longest message of a ring: with it, and what it leaves unused at the end, a ring is full
constexpr std::uint32_t longest_message(std::uint32_t capacity) noexcept {
  return capacity / 2 - static_cast<std::uint32_t>(sizeof(RecordHeader));
}

}  // namespace shm::layout
