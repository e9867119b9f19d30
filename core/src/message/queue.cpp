// SPDX-License-Identifier: MIT
#include <cstring>
#include <shm/message/queue.hpp>

#include "../os/wait.hpp"
#include "../sync/operation_maker.hpp"
#include "../sync/result_of.hpp"
#include "queue_protocol.hpp"

namespace shm {

using message::QueueMessage, message::QueueParts, message::QueueRoom, message::QueueTake, message::QueueWait;
using sync::Machine;

namespace {

/// Whoever has one of the two locks has it for the time of a copy.
constexpr int kShortWait = 1000;

class ShortLock {
 public:
  ShortLock(Machine& machine, layout::MutexBody& mutex) noexcept : machine_(machine), mutex_(mutex) {
    for (int i = 0; i < kShortWait && !is_held_; ++i) {
      is_held_ = sync::lock_at_once(machine, mutex);
      if (!is_held_) os::pause();
    }
    if (!is_held_) is_held_ = sync::MutexLock<Machine>(mutex).advance(machine, Effort::probe).is_done();
  }
  ShortLock(const ShortLock&) = delete;
  ShortLock& operator=(const ShortLock&) = delete;
  ~ShortLock() {
    // What a death leaves is repaired by whoever meets it.
    if (is_held_) (void)sync::unlock(machine_, mutex_, sync::Leaves::consistent);
  }
  explicit operator bool() const noexcept { return is_held_; }

 private:
  Machine& machine_;
  layout::MutexBody& mutex_;
  bool is_held_ = false;
};

QueueParts parts_of(const Queue& queue) noexcept { return {&queue.body(), queue.bytes().data(), queue.capacity()}; }

/// errors   corrupt
Result<QueueRoom> make_room(Machine& machine, const QueueParts& parts, std::uint32_t length) noexcept {
  const auto room = message::look_for_room(machine, parts, length);
  if (!room || room->is_free) return room;
  const ShortLock lock(machine, parts.body->consumers);
  if (!lock) return room;
  if (const auto freed = message::free_finished(machine, parts); !freed) return freed.error();
  return message::look_for_room(machine, parts, length);
}

/// Of the dead something may be left where nothing else is.
template <class Found>
Result<std::optional<QueueMessage>> next_message(Machine& machine, const QueueParts& parts, Found found) noexcept {
  for (const bool looks_for_the_dead : {false, true}) {
    QueueTake<Machine> take(machine, parts, looks_for_the_dead);
    const auto next = take.next();
    if (!next) return next;
    if (!*next) continue;
    found(take, **next);
    return next;
  }
  return std::optional<QueueMessage>();
}

}  // namespace

Result<std::optional<Queue::Claim>> Queue::try_claim(std::uint32_t length) noexcept {
  if (length > longest_message()) return Error{Errc::too_long, 0, "send"};
  Machine machine(*participant_);
  const QueueParts parts = parts_of(*this);
  const ShortLock lock(machine, body_->producers);
  if (!lock) return std::optional<Claim>();
  const auto room = make_room(machine, parts, length);
  if (!room) return room.error();
  if (!room->is_free) return std::optional<Claim>();
  const std::uint32_t position = message::reserve_entry(machine, parts, *room, length);
  return std::optional(Claim{{parts.message_at(position), length}, position});
}

Result<void> Queue::commit(const Claim& claim) noexcept {
  Machine machine(*participant_);
  const bool is_mine =
      message::end_reservation(machine, parts_of(*this), claim.position, layout::EntryStage::committed);
  return sync::held_or(is_mine, "commit");
}

Result<void> Queue::abort(const Claim& claim) noexcept {
  Machine machine(*participant_);
  const bool is_mine = message::end_reservation(machine, parts_of(*this), claim.position, layout::EntryStage::aborted);
  return sync::held_or(is_mine, "abort");
}

Result<Outcome> Queue::try_send(std::span<const std::byte> message) noexcept {
  if (message.size() > longest_message()) return Error{Errc::too_long, 0, "send"};
  const auto claim = try_claim(static_cast<std::uint32_t>(message.size()));
  if (!claim) return claim.error();
  if (!*claim) return Outcome::timed_out;
  if (!message.empty()) std::memcpy((*claim)->bytes.data(), message.data(), message.size());
  if (const auto committed = commit(**claim); !committed) return committed.error();
  return Outcome::acquired;
}

Result<Outcome> Queue::send(std::span<const std::byte> message, Deadline deadline) noexcept {
  for (;;) {
    const Result<Outcome> sent = try_send(message);
    if (!sent || *sent == Outcome::acquired) return sent;
    const Result<Outcome> waited =
        sync::result_of(wait_for(room_operation(static_cast<std::uint32_t>(message.size())), deadline), "send");
    if (!waited || *waited == Outcome::timed_out) return waited;
    if (deadline.is_past()) return try_send(message);  // somebody else was faster, again and again
  }
}

Result<Outcome> Queue::try_receive(Reader read) noexcept {
  Machine machine(*participant_);
  const QueueParts parts = parts_of(*this);
  Outcome outcome = Outcome::timed_out;
  {
    const ShortLock lock(machine, body_->consumers);
    if (!lock) return Outcome::timed_out;
    const auto received =
        next_message(machine, parts, [&](QueueTake<Machine>& take, const QueueMessage& message) noexcept {
          read({parts.message_at(message.position), message.length});
          take.pass(message);
        });
    if (!received) return received.error();
    outcome = *received ? Outcome::acquired : Outcome::timed_out;
  }
  sync::notify(machine, body_->freed);
  return outcome;
}

Result<Outcome> Queue::receive(Reader read, Deadline deadline) noexcept {
  for (;;) {
    const Result<Outcome> received = try_receive(read);
    if (!received || *received == Outcome::acquired) return received;
    const Result<Outcome> waited = sync::result_of(wait_for(message_operation(), deadline), "receive");
    if (!waited || *waited == Outcome::timed_out) return waited;
    if (deadline.is_past()) return try_receive(read);
  }
}

Result<std::optional<Queue::Lease>> Queue::try_lease() noexcept {
  Machine machine(*participant_);
  const QueueParts parts = parts_of(*this);
  Result<std::optional<QueueMessage>> leased = std::optional<QueueMessage>();
  {
    const ShortLock lock(machine, body_->consumers);
    if (!lock) return std::optional<Lease>();
    leased = next_message(machine, parts,
                          [](QueueTake<Machine>& take, const QueueMessage& message) noexcept { take.lease(message); });
  }
  sync::notify(machine, body_->freed);
  if (!leased) return leased.error();
  if (!*leased) return std::optional<Lease>();
  const QueueMessage& message = **leased;
  return std::optional(
      Lease{{parts.message_at(message.position), message.length}, message.position, message.is_redelivered});
}

Result<std::optional<Queue::Lease>> Queue::lease(Deadline deadline) noexcept {
  for (;;) {
    auto leased = try_lease();
    if (!leased || *leased) return leased;
    const Result<Outcome> waited = sync::result_of(wait_for(message_operation(), deadline), "lease");
    if (!waited) return waited.error();
    if (*waited == Outcome::timed_out) return std::optional<Lease>();
    if (deadline.is_past()) return try_lease();
  }
}

Result<void> Queue::done(const Lease& lease) noexcept {
  Machine machine(*participant_);
  return sync::held_or(message::end_lease(machine, parts_of(*this), lease.position), "done");
}

Result<void> Queue::give_back(const Lease& lease) noexcept {
  Machine machine(*participant_);
  return sync::held_or(message::return_lease(machine, parts_of(*this), lease.position), "give_back");
}

Operation Queue::message_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), QueueWait<Machine>(parts_of(*this), std::nullopt));
}

Operation Queue::room_operation(std::uint32_t length) const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), QueueWait<Machine>(parts_of(*this), length));
}

}  // namespace shm
