// SPDX-License-Identifier: MIT
// source   circle of records that the writer takes back from the tail before it writes over them, and readers copy and
//          then ask whether the tail has come by: docs/algorithms.md#topic
#pragma once

#include <algorithm>
#include <cstddef>
#include <shm/layout/topic_body.hpp>
#include <shm/result.hpp>
#include <shm/sync/step.hpp>
#include <span>

#include "../sync/event_count.hpp"
#include "../sync/mutex_protocol.hpp"

namespace shm::message {

using sync::Site;

struct TopicParts {
  layout::TopicBody* body = nullptr;
  std::byte* bytes = nullptr;
  std::uint32_t capacity = 0;  ///< a power of two

  [[nodiscard]] std::uint32_t rest_at(std::uint32_t position) const noexcept {
    return capacity - (position & (capacity - 1));
  }
  /// Of any position, also one that cannot be.
  [[nodiscard]] layout::TopicRecord& record_at(std::uint32_t position) const noexcept {
    const std::uint32_t aligned = position & ~(layout::kTopicAlignment - 1);
    return *reinterpret_cast<layout::TopicRecord*>(bytes + (aligned & (capacity - 1)));
  }
  [[nodiscard]] std::byte* message_at(std::uint32_t position) const noexcept {
    return reinterpret_cast<std::byte*>(&record_at(position)) + sizeof(layout::TopicRecord);
  }
  /// Whether records can lie between two positions.
  [[nodiscard]] bool is_possible(std::uint32_t from, std::uint32_t to) const noexcept {
    return to - from <= capacity && (from | to) % layout::kTopicAlignment == 0;
  }
};

constexpr bool is_before(std::uint32_t position, std::uint32_t other) noexcept {
  return static_cast<std::int32_t>(position - other) < 0;
}

/// Bytes from one record, or padding, to the next, of which `used` are there; 0: it cannot be.
template <class M>
std::uint32_t size_at(M& machine, const TopicParts& parts, std::uint32_t position, std::uint32_t used,
                      std::uint32_t& length) noexcept {
  const std::uint32_t rest = parts.rest_at(position);
  length = machine.template load<Site::topic_record>(parts.record_at(position).length);
  if (length == layout::kTopicPadding) return rest <= used ? rest : 0;
  if (length > layout::longest_in_topic(parts.capacity)) return 0;
  const std::uint32_t size = layout::topic_record_size(length);
  return size <= std::min(rest, used) ? size : 0;
}

/// How many have been published.
/// returns  false if somebody has published meanwhile
template <class M>
bool next_sequence(M& machine, const TopicParts& parts, std::uint32_t published, std::uint32_t& sequence) noexcept {
  layout::TopicHead& head = parts.body->head;
  const std::uint32_t latest = machine.template load<Site::topic_latest>(head.latest);
  const std::uint32_t in_record = machine.template load<Site::topic_record>(parts.record_at(latest).sequence);
  sequence = in_record + (is_before(latest, published) ? 1 : 0);
  machine.template fence<Site::topic_after_record>();
  return machine.template load<Site::topic_check>(head.published) == published;
}

/// By the holder of the writer's lock. `message` has at most longest_in_topic() bytes.
/// errors   corrupt
template <class M>
Result<void> publish(M& machine, const TopicParts& parts, std::span<const std::byte> message) noexcept {
  layout::TopicBody& body = *parts.body;
  const std::uint32_t published = machine.template load<Site::topic_own_position>(body.head.published);
  std::uint32_t tail = machine.template load<Site::topic_own_position>(body.tail);
  if (!parts.is_possible(tail, published)) return Error{Errc::corrupt, 0, "publish"};
  std::uint32_t sequence = 0;
  (void)next_sequence(machine, parts, published, sequence);
  const std::uint32_t size = layout::topic_record_size(static_cast<std::uint32_t>(message.size()));
  const std::uint32_t rest = parts.rest_at(published);
  const std::uint32_t padding = size > rest ? rest : 0;
  const std::uint32_t begin = published + padding;
  while (parts.capacity - (published - tail) < padding + size) {
    std::uint32_t length = 0;
    const std::uint32_t oldest = size_at(machine, parts, tail, published - tail, length);
    if (oldest == 0) return Error{Errc::corrupt, 0, "publish"};
    tail += oldest;
  }
  machine.template store<Site::topic_own_position>(body.tail, tail);
  // sync: record. Who reads a byte of what follows sees that the tail has come by.
  machine.template fence<Site::topic_before_record>();
  if (padding > 0) machine.template store<Site::topic_record>(parts.record_at(published).length, layout::kTopicPadding);
  layout::TopicRecord& record = parts.record_at(begin);
  machine.template store<Site::topic_record>(record.length, static_cast<std::uint32_t>(message.size()));
  machine.template store<Site::topic_record>(record.sequence, sequence);
  machine.template store<Site::topic_begin>(body.head.latest, begin);  // sync: latest
  machine.template write_racing<Site::topic_record>(parts.message_at(begin), message);
  machine.template store<Site::topic_publish>(body.head.published, begin + size);  // sync: published
  sync::notify(machine, body.news);
  return {};
}

/// Where a reader is; its own, in private memory.
struct TopicCursor {
  std::uint32_t position = 0;
  std::uint32_t expected = 0;  ///< sequence of the record that it reads next, if it misses none
};

enum class TopicRead : std::uint8_t {
  message,
  nothing,    ///< there is none yet
  overtaken,  ///< writers were faster: try again
  short_of_room,
  corrupt,
};

struct TopicMessage {
  TopicRead result = TopicRead::nothing;
  std::uint32_t length = 0;  ///< bytes
  std::uint32_t lost = 0;    ///< how many came before it that this reader has not got
};

/// Behind the latest message, or before the oldest one that is there.
/// returns  false if writers were faster
template <class M>
bool begin_reading(M& machine, const TopicParts& parts, bool is_from_earliest, TopicCursor& cursor) noexcept {
  const std::uint32_t published =
      machine.template load<Site::topic_look>(parts.body->head.published);  // sync: published
  cursor.position = published;
  if (!is_from_earliest) return next_sequence(machine, parts, published, cursor.expected);
  const std::uint32_t tail = machine.template load<Site::topic_tail>(parts.body->tail);
  if (tail == published) return next_sequence(machine, parts, published, cursor.expected);
  std::uint32_t oldest = tail;
  if (machine.template load<Site::topic_record>(parts.record_at(oldest).length) == layout::kTopicPadding) {
    oldest += parts.rest_at(oldest);
  }
  cursor = {tail, machine.template load<Site::topic_record>(parts.record_at(oldest).sequence)};
  machine.template fence<Site::topic_after_record>();  // sync: record
  return machine.template load<Site::topic_check>(parts.body->tail) == tail;
}

/// Copies the next message into `into`. Writes nothing that is shared.
template <class M>
TopicMessage read_next(M& machine, const TopicParts& parts, TopicCursor& cursor, std::span<std::byte> into) noexcept {
  const std::uint32_t published =
      machine.template load<Site::topic_look>(parts.body->head.published);  // sync: published
  if (published == cursor.position) return {};
  const std::uint32_t tail = machine.template load<Site::topic_tail>(parts.body->tail);
  std::uint32_t position = is_before(cursor.position, tail) ? tail : cursor.position;
  if ((published | tail | position) % layout::kTopicAlignment != 0) return {TopicRead::corrupt};
  if (published - position > parts.capacity) return {TopicRead::overtaken};  // published since then, and freed again
  if (published == position) {                                               // one is being written over the others
    cursor.position = position;                                              // where what comes next is waited for
    return {};
  }
  const auto unless_overtaken = [&](TopicRead result) {
    machine.template fence<Site::topic_after_record>();  // sync: record
    const std::uint32_t now = machine.template load<Site::topic_check>(parts.body->tail);
    return is_before(position, now) ? TopicRead::overtaken : result;
  };
  TopicMessage message;
  std::uint32_t size = size_at(machine, parts, position, published - position, message.length);
  if (size != 0 && message.length == layout::kTopicPadding) {
    if (const TopicRead result = unless_overtaken(TopicRead::message); result != TopicRead::message) return {result};
    position += size;
    if (position == published) return {TopicRead::corrupt};  // a record follows in any case
    size = size_at(machine, parts, position, published - position, message.length);
    if (message.length == layout::kTopicPadding) size = 0;
  }
  if (size == 0) return {unless_overtaken(TopicRead::corrupt)};
  if (message.length > into.size()) return {unless_overtaken(TopicRead::short_of_room), message.length};
  const std::uint32_t sequence = machine.template load<Site::topic_record>(parts.record_at(position).sequence);
  machine.template read_racing<Site::topic_record>(into.first(message.length), parts.message_at(position));
  message.result = unless_overtaken(TopicRead::message);
  if (message.result != TopicRead::message) return message;
  message.lost = sequence - cursor.expected;
  cursor = {position + size, sequence + 1};
  return message;
}

/// Until something is published that a reader at this position has not seen.
template <class M>
class TopicWait {
 public:
  TopicWait(const TopicParts& parts, std::uint32_t position) noexcept : parts_(parts), position_(position) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::EventCountBody& news = parts_.body->news;
    if (const Step step = look(machine); !step.is_wait() || !is_announced(effort)) return step;
    const std::uint32_t sequence = sync::prepare_to_wait(machine, news);
    const Step step = look(machine);
    return step.is_wait() ? Step::wait(news.sequence, sequence) : step;
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step look(M& machine) noexcept {
    std::uint32_t& published = parts_.body->head.published;
    const std::uint32_t now = machine.template load<Site::topic_look>(published);
    return now != position_ ? Step::done(Outcome::acquired) : Step::wait(published, now);
  }

  TopicParts parts_;
  std::uint32_t position_;
};

}  // namespace shm::message
