// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/deadline.hpp>
#include <shm/layout/topic_body.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/mutex.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

class TopicSubscriber;

/// Messages from anybody to all who listen. Publishers wait for no reader: who is too slow loses the oldest messages,
/// and is told how many. Readers take no lock and write nothing.
///
/// Handle to bytes in shared memory; copies are the same topic.
/// Thread safety: that of the participant.
/// source   docs/algorithms.md#topic
class Topic {
 public:
  enum class From : std::uint8_t {
    latest,    ///< what is published from now on
    earliest,  ///< what is still there as well
  };

  /// shape    bytes: a power of two of them, 4 KiB to 1 GiB
  Topic(const Participant& participant, layout::TopicBody& body, std::span<std::byte> bytes) noexcept
      : participant_(&participant), body_(&body), bytes_(bytes) {}

  static constexpr std::uint64_t body_size(std::uint32_t capacity) noexcept {
    return layout::kTopicBytes + std::uint64_t{capacity};
  }

  /// returns  acquired: published; timed_out: somebody alive is publishing all the time
  /// errors   too_long; corrupt; deadlock: the participant has locked it
  /// crash    death before its one store: nothing; after it: the message is published
  Result<Outcome> publish(std::span<const std::byte> message, Deadline deadline = Deadline::never()) noexcept;
  /// Never waits; timed_out if somebody alive is publishing.
  Result<Outcome> try_publish(std::span<const std::byte> message) noexcept;

  /// errors   timeout: writers have overtaken this call a thousand times
  [[nodiscard]] Result<TopicSubscriber> subscribe(From from = From::latest) const noexcept;

  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(bytes_.size()); }
  [[nodiscard]] std::uint32_t longest_message() const noexcept { return layout::longest_in_topic(capacity()); }

  /// Until something is published beyond this position.
  [[nodiscard]] Operation news_operation(std::uint32_t position) const noexcept;
  /// The lock of the publishers, for those who wait for it in a way of their own, and then call publish_locked().
  [[nodiscard]] Mutex writer() const noexcept { return {*participant_, body_->writer}; }
  /// By the holder of writer(), which it unlocks. `message`: at most longest_message() bytes.
  /// errors   corrupt; not_owner: the lock was taken away
  Result<void> publish_locked(std::span<const std::byte> message) noexcept;

 private:
  friend class TopicSubscriber;
  const Participant* participant_;
  layout::TopicBody* body_;
  std::span<std::byte> bytes_;
};

/// One who listens, from where it has subscribed on. Nobody else knows of it; copies go on from where it is.
class TopicSubscriber {
 public:
  struct Message {
    std::span<std::byte> bytes;  ///< in the buffer of the caller
    std::uint32_t lost = 0;      ///< how many came before it that this one has not got
  };

  /// Copies the next message into `buffer`; nothing: there is none.
  /// errors   too_long: `buffer` is too short, longest_message() is enough; the message stays. corrupt; timeout:
  /// writers
  ///          have overtaken this call a thousand times
  Result<std::optional<Message>> try_receive(std::span<std::byte> buffer) noexcept;
  Result<std::optional<Message>> receive(std::span<std::byte> buffer, Deadline deadline = Deadline::never()) noexcept;

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }  ///< in all
  [[nodiscard]] Operation message_operation() const noexcept { return topic_.news_operation(position_); }

 private:
  friend class Topic;
  TopicSubscriber(const Topic& topic, std::uint32_t position, std::uint32_t expected) noexcept
      : topic_(topic), position_(position), expected_(expected) {}

  Topic topic_;
  std::uint32_t position_;
  std::uint32_t expected_;
  std::uint64_t lost_ = 0;
};

}  // namespace shm
