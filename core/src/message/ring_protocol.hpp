// SPDX-License-Identifier: MIT
// source   ring of records for one producer and one consumer, each with one store that makes its step true:
//          docs/algorithms.md#ring
#pragma once

#include <cstddef>
#include <shm/layout/ring_body.hpp>
#include <shm/sync/step.hpp>
#include <span>

#include "../sync/event_count.hpp"
#include "role_protocol.hpp"

namespace shm::message {

struct RingParts {
  layout::RingBody* body = nullptr;
  std::byte* bytes = nullptr;
  std::uint32_t capacity = 0;  ///< a power of two

  [[nodiscard]] std::uint32_t offset_of(std::uint32_t position) const noexcept { return position & (capacity - 1); }
  [[nodiscard]] layout::RecordHeader& header_at(std::uint32_t position) const noexcept {
    return *reinterpret_cast<layout::RecordHeader*>(bytes + offset_of(position));
  }
  /// Whether `used` bytes from `position` on can be what the other side has left.
  [[nodiscard]] bool is_possible(std::uint32_t position, std::uint32_t used) const noexcept {
    return used <= capacity && position % layout::kRecordAlignment == 0;
  }
};

/// The producer's side. What is appended becomes visible by publish(), all at once.
template <class M>
class RingWriter {
 public:
  RingWriter() noexcept = default;
  /// By the holder of the role.
  RingWriter(M& machine, const RingParts& parts) noexcept
      : parts_(parts),
        position_(machine.template load<Site::ring_own_position>(parts.body->producer.position)),
        // As if full: the first look says what is free.
        read_(position_ - parts.capacity) {}

  /// Bytes that must be free for a message of this length; where the ring ends it takes more.
  [[nodiscard]] std::uint32_t room_for(std::uint32_t length) const noexcept {
    const std::uint32_t size = layout::record_size(length);
    const std::uint32_t rest = parts_.capacity - parts_.offset_of(position_);
    return size > rest ? size + rest : size;
  }

  /// returns  room for a message of this length; null if the ring is full
  /// errors   too_long; corrupt
  Result<std::byte*> reserve(M& machine, std::uint32_t length) noexcept {
    if (length > layout::longest_message(parts_.capacity)) return Error{Errc::too_long, 0, "send"};
    const std::uint32_t room = room_for(length);
    if (free() < room) {
      read_ = machine.template load<Site::ring_look_for_room>(parts_.body->consumer.position);  // sync: freed
      if (position_ % layout::kRecordAlignment != 0 || !parts_.is_possible(read_, position_ - read_)) {
        read_ = position_ - parts_.capacity;
        return Error{Errc::corrupt, 0, "send"};
      }
      if (free() < room) return nullptr;
    }
    const std::uint32_t padding = room - layout::record_size(length);
    if (padding > 0) machine.template store<Site::ring_header>(parts_.header_at(position_).length, layout::kPadding);
    begin_ = position_ + padding;
    return parts_.bytes + parts_.offset_of(begin_) + sizeof(layout::RecordHeader);
  }

  /// What was reserved last has `length` bytes, no more than were reserved.
  void append(M& machine, std::uint32_t length, layout::RecordTag tag = layout::RecordTag::message) noexcept {
    layout::RecordHeader& header = parts_.header_at(begin_);
    machine.template store<Site::ring_header>(header.length, length);
    machine.template store<Site::ring_header>(header.tag, static_cast<std::uint32_t>(tag));
    position_ = begin_ + layout::record_size(length);
  }

  void publish(M& machine) noexcept {
    machine.template store<Site::ring_publish>(parts_.body->producer.position, position_);  // sync: sent
    sync::notify(machine, parts_.body->sent);
  }

 private:
  [[nodiscard]] std::uint32_t free() const noexcept { return parts_.capacity - (position_ - read_); }

  RingParts parts_;
  std::uint32_t position_ = 0;  ///< up to which it has appended
  std::uint32_t read_ = 0;      ///< up to which the consumer was seen to have freed
  std::uint32_t begin_ = 0;     ///< of the record that was reserved
};

struct Record {
  const std::byte* bytes = nullptr;  ///< null: there is none
  std::uint32_t length = 0;
  layout::RecordTag tag = layout::RecordTag::message;
};

/// The consumer's side. What was passed over becomes free by release(), all at once.
template <class M>
class RingReader {
 public:
  RingReader() noexcept = default;
  RingReader(M& machine, const RingParts& parts) noexcept
      : parts_(parts),
        position_(machine.template load<Site::ring_own_position>(parts.body->consumer.position)),
        written_(position_) {}

  /// The next record, which stays. Its bytes are the consumer's until release().
  /// errors   corrupt
  Result<Record> peek(M& machine) noexcept {
    if (written_ == position_) {
      const std::uint32_t seen = machine.template load<Site::ring_look_for_more>(parts_.body->producer.position);
      if (position_ % layout::kRecordAlignment != 0 || !parts_.is_possible(seen, seen - position_)) return corrupt();
      written_ = seen;  // sync: sent
      if (written_ == position_) return Record{};
    }
    std::uint32_t used = written_ - position_;
    std::uint32_t rest = parts_.capacity - parts_.offset_of(position_);
    std::uint32_t length = machine.template load<Site::ring_header>(parts_.header_at(position_).length);
    if (length == layout::kPadding) {
      if (rest >= used) return corrupt();  // a record follows in any case
      position_ += rest;
      used -= rest;
      rest = parts_.capacity;
      length = machine.template load<Site::ring_header>(parts_.header_at(position_).length);
    }
    if (length > layout::longest_message(parts_.capacity)) return corrupt();
    size_ = layout::record_size(length);
    if (size_ > used || size_ > rest) return corrupt();
    const auto tag = machine.template load<Site::ring_header>(parts_.header_at(position_).tag);
    if (tag > static_cast<std::uint32_t>(layout::RecordTag::end)) return corrupt();
    return Record{parts_.bytes + parts_.offset_of(position_) + sizeof(layout::RecordHeader), length,
                  static_cast<layout::RecordTag>(tag)};
  }

  /// Over the record that peek() has shown.
  void pass() noexcept { position_ += size_; }

  void release(M& machine) noexcept {
    machine.template store<Site::ring_release>(parts_.body->consumer.position, position_);  // sync: freed
    sync::notify(machine, parts_.body->freed);
  }

 private:
  static Error corrupt() noexcept { return {Errc::corrupt, 0, "receive"}; }

  RingParts parts_;
  std::uint32_t position_ = 0;  ///< up to which it has read
  std::uint32_t written_ = 0;   ///< up to which the producer was seen to have published
  std::uint32_t size_ = 0;      ///< of the record that was shown last
};

/// Until the other side has published or freed enough. What this side has appended or passed over is published.
template <class M>
class RingWait {
 public:
  /// room     bytes that must be free; 0: a record
  RingWait(const RingParts& parts, std::uint32_t room) noexcept : parts_(parts), room_(room) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::RingBody& body = *parts_.body;
    layout::EventCountBody& news = room_ == 0 ? body.sent : body.freed;
    if (const Step step = look(machine); !step.is_wait()) return step;
    std::uint32_t sequence = 0;
    if (is_announced(effort)) {
      sequence = sync::prepare_to_wait(machine, news);
      if (const Step step = look(machine); !step.is_wait()) return step;
    } else {
      sequence = machine.template load<Site::count_sequence>(news.sequence);
    }
    if (looks_for_the_dead(effort) && bury_holder(machine, room_ == 0 ? body.producer.holder : body.consumer.holder)) {
      // What it has done before its end is seen now.
      const Step step = look(machine);
      return step.is_wait() ? Step::failed(Errc::peer_died) : step;
    }
    return Step::wait(news.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step look(M& machine) noexcept {
    const std::uint32_t written = machine.template load<Site::ring_look_for_more>(parts_.body->producer.position);
    const std::uint32_t read = machine.template load<Site::ring_look_for_room>(parts_.body->consumer.position);
    if (!parts_.is_possible(written | read, written - read)) return Step::failed(Errc::corrupt);
    const bool is_there = room_ == 0 ? written != read : parts_.capacity - (written - read) >= room_;
    return is_there ? Step::done(Outcome::acquired) : Step::wait(parts_.body->sent.sequence, 0);
  }

  RingParts parts_;
  std::uint32_t room_;
};

}  // namespace shm::message
