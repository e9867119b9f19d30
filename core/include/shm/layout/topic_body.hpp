// SPDX-License-Identifier: MIT
// The bytes of a topic in shared memory: docs/memory-layout.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>
#include <shm/layout/sync_bodies.hpp>

namespace shm::layout {

/// Positions are bytes since the beginning, modulo 2^32; multiples of 8.
struct TopicHead {
  std::uint32_t published;  ///< up to it all is whole
  std::uint32_t latest;     ///< of the latest record that was begun; it is published if it is before `published`
};

///  0        64     128      192    256
///  | head   | tail | writer | news | bytes[capacity]
struct TopicBody {
  alignas(kCacheLine) TopicHead head;
  alignas(kCacheLine) std::uint32_t tail;  ///< before it all may be overwritten
  alignas(kCacheLine) MutexBody writer;
  alignas(kCacheLine) EventCountBody news;
};
constexpr std::size_t kTopicBytes = 256;  ///< offset
static_assert(sizeof(TopicBody) == kTopicBytes && offsetof(TopicBody, tail) == 64 &&
              offsetof(TopicBody, writer) == 128 && offsetof(TopicBody, news) == 192);

/// Before every message; both begin at multiples of 8.
struct TopicRecord {
  std::uint32_t length;    ///< bytes of the message; kTopicPadding: nothing from here to the end of the circle
  std::uint32_t sequence;  ///< how many were published before it, modulo 2^32
};
static_assert(sizeof(TopicRecord) == 8);
constexpr std::uint32_t kTopicAlignment = 8;
constexpr std::uint32_t kTopicPadding = 0xFFFFFFFF;

/// returns  bytes of a record with its header and what aligns the next one; length <= 2^30
constexpr std::uint32_t topic_record_size(std::uint32_t length) noexcept {
  return (length + static_cast<std::uint32_t>(sizeof(TopicRecord)) + kTopicAlignment - 1) & ~(kTopicAlignment - 1);
}
/// A quarter, so that with padding the next record never touches the header of the latest one.
constexpr std::uint32_t longest_in_topic(std::uint32_t capacity) noexcept {
  return capacity / 4 - static_cast<std::uint32_t>(sizeof(TopicRecord));
}

}  // namespace shm::layout
