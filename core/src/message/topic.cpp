// SPDX-License-Identifier: MIT
#include <shm/message/topic.hpp>

#include "../sync/operation_maker.hpp"
#include "../sync/result_of.hpp"
#include "topic_protocol.hpp"

namespace shm {

using message::TopicCursor, message::TopicMessage, message::TopicParts, message::TopicRead, message::TopicWait;
using sync::Machine;

namespace {

/// More often is not by chance, but a hostile writer's doing.
constexpr int kMostReads = 1000;

}  // namespace

Result<Outcome> Topic::publish(std::span<const std::byte> message, Deadline deadline) noexcept {
  if (message.size() > longest_message()) return Error{Errc::too_long, 0, "publish"};
  const Result<Outcome> locked = writer().lock(deadline);
  if (!locked || *locked == Outcome::timed_out) return locked;
  if (const auto published = publish_locked(message); !published) return published.error();
  return Outcome::acquired;
}

Result<Outcome> Topic::try_publish(std::span<const std::byte> message) noexcept {
  if (message.size() > longest_message()) return Error{Errc::too_long, 0, "publish"};
  const Result<Outcome> locked = writer().try_lock();
  if (!locked || *locked == Outcome::timed_out) return locked;
  if (const auto published = publish_locked(message); !published) return published.error();
  return Outcome::acquired;
}

Result<void> Topic::publish_locked(std::span<const std::byte> message) noexcept {
  Machine machine(*participant_);
  const Result<void> published = message::publish(machine, {body_, bytes_.data(), capacity()}, message);
  const bool is_mine = sync::unlock(machine, body_->writer, sync::Leaves::consistent);
  return published ? sync::held_or(is_mine, "publish") : published;
}

Result<TopicSubscriber> Topic::subscribe(From from) const noexcept {
  Machine machine(*participant_);
  const TopicParts parts{body_, bytes_.data(), capacity()};
  for (int attempt = 0; attempt < kMostReads; ++attempt) {
    TopicCursor cursor;
    if (!message::begin_reading(machine, parts, from == From::earliest, cursor)) continue;
    return TopicSubscriber(*this, cursor.position, cursor.expected);
  }
  return Error{Errc::timeout, 0, "subscribe"};
}

Operation Topic::news_operation(std::uint32_t position) const noexcept {
  const TopicParts parts{body_, bytes_.data(), capacity()};
  return sync::OperationMaker::make(Machine(*participant_), TopicWait<Machine>(parts, position));
}

Result<std::optional<TopicSubscriber::Message>> TopicSubscriber::try_receive(std::span<std::byte> buffer) noexcept {
  Machine machine(*topic_.participant_);
  const TopicParts parts{topic_.body_, topic_.bytes_.data(), topic_.capacity()};
  TopicCursor cursor{position_, expected_};
  for (int attempt = 0; attempt < kMostReads; ++attempt) {
    const TopicMessage message = message::read_next(machine, parts, cursor, buffer);
    switch (message.result) {
      case TopicRead::message:
        position_ = cursor.position;
        expected_ = cursor.expected;
        lost_ += message.lost;
        return std::optional(Message{buffer.first(message.length), message.lost});
      case TopicRead::nothing:
        position_ = cursor.position;
        return std::optional<Message>();
      case TopicRead::short_of_room:
        return Error{Errc::too_long, 0, "receive"};
      case TopicRead::corrupt:
        return Error{Errc::corrupt, 0, "receive"};
      case TopicRead::overtaken:
        break;
    }
  }
  return Error{Errc::timeout, 0, "receive"};
}

Result<std::optional<TopicSubscriber::Message>> TopicSubscriber::receive(std::span<std::byte> buffer,
                                                                         Deadline deadline) noexcept {
  for (;;) {
    auto received = try_receive(buffer);
    if (!received || *received) return received;
    const Result<Outcome> waited = sync::result_of(wait_for(message_operation(), deadline), "receive");
    if (!waited) return waited.error();
    if (*waited == Outcome::timed_out || deadline.is_past()) return try_receive(buffer);
  }
}

}  // namespace shm
