// SPDX-License-Identifier: MIT
#include <cstring>
#include <new>
#include <shm/message/ring.hpp>
#include <type_traits>
#include <utility>

#include "../sync/operation_maker.hpp"
#include "../sync/result_of.hpp"
#include "ring_protocol.hpp"

namespace shm {

using message::Record, message::RingParts, message::RingReader, message::RingWait, message::RingWriter;
using sync::Machine, sync::Site;

namespace {

RingParts parts_of(const Ring& ring) noexcept { return {&ring.body(), ring.bytes().data(), ring.capacity()}; }

template <class Side>
Side& in(std::byte* state) noexcept {
  static_assert(sizeof(Side) <= 40 && std::is_trivially_copyable_v<Side>);
  return *std::launder(reinterpret_cast<Side*>(state));
}

using WriterSide = RingWriter<Machine>;
using ReaderSide = RingReader<Machine>;

/// returns  acquired; timed_out: there is none
Result<Outcome> show_next(ReaderSide& reader, Machine& machine, RingConsumer::Reader read) noexcept {
  const Result<Record> record = reader.peek(machine);
  if (!record) return record.error();
  if (record->bytes == nullptr) return Outcome::timed_out;
  const bool is_end = record->tag == layout::RecordTag::end;
  if (!is_end) read({record->bytes, record->length});
  reader.pass();
  if (!is_end) return Outcome::acquired;
  return Error{Errc::ended, 0, "receive"};
}

}  // namespace

Result<RingProducer> Ring::producer() noexcept {
  if (const auto taken = take_producer(); !taken) return taken.error();
  return RingProducer(*this);
}

Result<RingConsumer> Ring::consumer() noexcept {
  if (const auto taken = take_consumer(); !taken) return taken.error();
  return RingConsumer(*this);
}

Result<void> Ring::take_producer() noexcept {
  Machine machine(*participant_);
  return message::take_role(machine, body_->producer.holder);
}

Result<void> Ring::take_consumer() noexcept {
  Machine machine(*participant_);
  return message::take_role(machine, body_->consumer.holder);
}

void Ring::leave_producer() noexcept {
  Machine machine(*participant_);
  message::leave_role(machine, body_->producer.holder);
}

void Ring::leave_consumer() noexcept {
  Machine machine(*participant_);
  message::leave_role(machine, body_->consumer.holder);
}

void Ring::notify_sent() noexcept {
  Machine machine(*participant_);
  sync::notify(machine, body_->sent);
}

void Ring::notify_freed() noexcept {
  Machine machine(*participant_);
  sync::notify(machine, body_->freed);
}

Token Ring::producer_token() const noexcept {
  return Machine(*participant_).load<Site::role_probe>(body_->producer.holder);
}

Token Ring::consumer_token() const noexcept {
  return Machine(*participant_).load<Site::role_probe>(body_->consumer.holder);
}

Operation Ring::message_operation() const noexcept { return room_operation(0); }

Operation Ring::room_operation(std::uint32_t room) const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), RingWait<Machine>(parts_of(*this), room));
}

RingProducer::RingProducer(const Ring& ring) noexcept : ring_(ring) {
  Machine machine(ring.participant());
  new (state_) WriterSide(machine, parts_of(ring));
}

RingProducer::RingProducer(RingProducer&& other) noexcept { *this = std::move(other); }

RingProducer& RingProducer::operator=(RingProducer&& other) noexcept {
  if (this == &other) return *this;
  leave();
  ring_ = std::exchange(other.ring_, std::nullopt);
  if (ring_) new (state_) WriterSide(in<WriterSide>(other.state_));
  return *this;
}

RingProducer::~RingProducer() { leave(); }

void RingProducer::leave() noexcept {
  if (ring_) ring_->leave_producer();
  ring_.reset();
}

Result<std::optional<std::span<std::byte>>> RingProducer::try_claim(std::uint32_t length) noexcept {
  if (!ring_) return Error{Errc::closed, 0, "claim"};
  Machine machine(ring_->participant());
  const Result<std::byte*> room = in<WriterSide>(state_).reserve(machine, length);
  if (!room) return room.error();
  if (*room == nullptr) return std::optional<std::span<std::byte>>();
  return std::optional(std::span(*room, length));
}

void RingProducer::commit(std::uint32_t length) noexcept {
  Machine machine(ring_->participant());
  auto& writer = in<WriterSide>(state_);
  writer.append(machine, length);
  writer.publish(machine);
}

Result<Outcome> RingProducer::try_send(std::span<const std::byte> message) noexcept {
  return try_append(message, layout::RecordTag::message);
}

Result<Outcome> RingProducer::send(std::span<const std::byte> message, Deadline deadline) noexcept {
  return append(message, layout::RecordTag::message, deadline);
}

Result<Outcome> RingProducer::end(Deadline deadline) noexcept { return append({}, layout::RecordTag::end, deadline); }

Result<Outcome> RingProducer::try_append(std::span<const std::byte> message, layout::RecordTag tag) noexcept {
  if (!ring_) return Error{Errc::closed, 0, "send"};
  if (message.size() > ring_->longest_message()) return Error{Errc::too_long, 0, "send"};
  const auto length = static_cast<std::uint32_t>(message.size());
  Machine machine(ring_->participant());
  auto& writer = in<WriterSide>(state_);
  const Result<std::byte*> room = writer.reserve(machine, length);
  if (!room) return room.error();
  if (*room == nullptr) return Outcome::timed_out;
  if (length > 0) std::memcpy(*room, message.data(), length);
  writer.append(machine, length, tag);
  writer.publish(machine);
  return Outcome::acquired;
}

Result<Outcome> RingProducer::append(std::span<const std::byte> message, layout::RecordTag tag,
                                     Deadline deadline) noexcept {
  bool has_waited = false;
  for (;;) {
    const Result<Outcome> sent = try_append(message, tag);
    if (!sent || *sent == Outcome::acquired) return sent;
    // Room that was there goes only by what this side sends: somebody else has moved its position.
    if (has_waited) return Error{Errc::corrupt, 0, "send"};
    has_waited = true;
    const Result<Outcome> waited = wait_for_room(static_cast<std::uint32_t>(message.size()), deadline);
    if (!waited || *waited == Outcome::timed_out) return waited;
  }
}

Result<Outcome> RingProducer::wait_for_room(std::uint32_t length, Deadline deadline) noexcept {
  const std::uint32_t room = in<WriterSide>(state_).room_for(length);
  return sync::result_of(wait_for(ring_->room_operation(room), deadline), "send");
}

RingConsumer::RingConsumer(const Ring& ring) noexcept : ring_(ring) {
  Machine machine(ring.participant());
  new (state_) ReaderSide(machine, parts_of(ring));
}

RingConsumer::RingConsumer(RingConsumer&& other) noexcept { *this = std::move(other); }

RingConsumer& RingConsumer::operator=(RingConsumer&& other) noexcept {
  if (this == &other) return *this;
  leave();
  ring_ = std::exchange(other.ring_, std::nullopt);
  if (ring_) new (state_) ReaderSide(in<ReaderSide>(other.state_));
  return *this;
}

RingConsumer::~RingConsumer() { leave(); }

void RingConsumer::leave() noexcept {
  if (ring_) ring_->leave_consumer();
  ring_.reset();
}

Result<Outcome> RingConsumer::try_receive(Reader read) noexcept {
  if (!ring_) return Error{Errc::closed, 0, "receive"};
  Machine machine(ring_->participant());
  auto& reader = in<ReaderSide>(state_);
  const Result<Outcome> shown = show_next(reader, machine, read);
  const bool has_passed = shown ? *shown == Outcome::acquired : shown.error().code == Errc::ended;
  if (has_passed) reader.release(machine);
  return shown;
}

Result<Outcome> RingConsumer::receive(Reader read, Deadline deadline) noexcept {
  bool has_waited = false;
  for (;;) {
    const Result<Outcome> received = try_receive(read);
    if (!received || *received == Outcome::acquired) return received;
    if (has_waited) return Error{Errc::corrupt, 0, "receive"};
    has_waited = true;
    const Result<Outcome> waited = sync::result_of(wait_for(ring_->message_operation(), deadline), "receive");
    if (!waited || *waited == Outcome::timed_out) return waited;
  }
}

Result<std::uint32_t> RingConsumer::drain(Reader read, std::uint32_t most) noexcept {
  if (!ring_) return Error{Errc::closed, 0, "drain"};
  Machine machine(ring_->participant());
  auto& reader = in<ReaderSide>(state_);
  std::uint32_t count = 0;
  while (count < most) {
    const Result<Record> record = reader.peek(machine);
    if (!record) {
      if (count > 0) break;  // said by the next call
      return record.error();
    }
    if (record->bytes == nullptr) break;
    if (record->tag == layout::RecordTag::end) {
      if (count > 0) break;
      reader.pass();
      reader.release(machine);
      return Error{Errc::ended, 0, "drain"};
    }
    read({record->bytes, record->length});
    reader.pass();
    ++count;
  }
  if (count > 0) reader.release(machine);
  return count;
}

}  // namespace shm
