// SPDX-License-Identifier: MIT
// source   ring of entries that are reserved and taken under two short locks, and written under none; each entry says
//          whose it is: docs/algorithms.md#queue
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <shm/layout/queue_body.hpp>
#include <shm/result.hpp>
#include <shm/sync/step.hpp>

#include "../sync/event_count.hpp"
#include "../sync/mutex_protocol.hpp"

namespace shm::message {

using layout::EntryStage;
using sync::Site;

struct QueueParts {
  layout::QueueBody* body = nullptr;
  std::byte* bytes = nullptr;
  std::uint32_t capacity = 0;  ///< a power of two

  [[nodiscard]] std::uint32_t rest_at(std::uint32_t position) const noexcept {
    return capacity - (position & (capacity - 1));
  }
  [[nodiscard]] layout::QueueEntry& entry_at(std::uint32_t position) const noexcept {
    return *reinterpret_cast<layout::QueueEntry*>(bytes + (position & (capacity - 1)));
  }
  [[nodiscard]] std::byte* message_at(std::uint32_t position) const noexcept {
    return bytes + (position & (capacity - 1)) + sizeof(layout::QueueEntry);
  }
  /// Whether entries can lie between two positions.
  [[nodiscard]] bool is_possible(std::uint32_t from, std::uint32_t to) const noexcept {
    return to - from <= capacity && (from | to) % layout::kEntryAlignment == 0;
  }
};

constexpr std::uint32_t state_of(std::uint32_t position, EntryStage stage) noexcept {
  return position | static_cast<std::uint32_t>(stage);
}

/// What one look at an entry has found.
struct QueueLook {
  EntryStage stage = EntryStage::padding;
  std::uint32_t length = 0;
  std::uint32_t size = 0;  ///< up to the next entry
};

/// The entry at a position, of which `used` bytes are entries. Its fields are loaded once, and checked.
/// errors   corrupt
template <class M>
Result<QueueLook> look_at_entry(M& machine, const QueueParts& parts, std::uint32_t position,
                                std::uint32_t used) noexcept {
  constexpr Error kCorrupt{Errc::corrupt, 0, "receive"};
  layout::QueueEntry& entry = parts.entry_at(position);
  const std::uint32_t state = machine.template load<Site::queue_state>(entry.state);  // sync: entry
  const std::uint32_t stage = state % layout::kEntryAlignment;
  if (state - stage != position || stage < 1 || stage > static_cast<std::uint32_t>(EntryStage::done)) return kCorrupt;
  QueueLook look{.stage = static_cast<EntryStage>(stage)};
  const std::uint32_t rest = parts.rest_at(position);
  if (look.stage == EntryStage::padding) {
    look.size = rest;
  } else {
    look.length = machine.template load<Site::queue_entry>(entry.length);
    if (look.length > layout::longest_in_queue(parts.capacity)) return kCorrupt;
    look.size = layout::entry_size(look.length);
  }
  if (look.size > std::min(used, rest)) return kCorrupt;
  return look;
}

// With the producers' lock:

/// What a message would take.
struct QueueRoom {
  std::uint32_t position = 0;  ///< of its entry, or of the padding before it
  std::uint32_t padding = 0;   ///< bytes
  std::uint32_t size = 0;      ///< bytes
  bool is_free = false;
};

/// errors   corrupt
template <class M>
Result<QueueRoom> look_for_room(M& machine, const QueueParts& parts, std::uint32_t length) noexcept {
  QueueRoom room{.position = machine.template load<Site::queue_position>(parts.body->allocated),
                 .size = layout::entry_size(length)};
  const std::uint32_t freed = machine.template load<Site::queue_position>(parts.body->progress.freed);
  if (!parts.is_possible(freed, room.position)) return Error{Errc::corrupt, 0, "send"};
  const std::uint32_t rest = parts.rest_at(room.position);
  room.padding = room.size > rest ? rest : 0;
  room.is_free = parts.capacity - (room.position - freed) >= room.padding + room.size;
  return room;
}

/// The entry is complete but for its message before anybody can see it, so that whatever a death leaves has an owner.
/// returns  its position
template <class M>
std::uint32_t reserve_entry(M& machine, const QueueParts& parts, const QueueRoom& room, std::uint32_t length) noexcept {
  const auto write = [&](std::uint32_t at, EntryStage stage) {
    layout::QueueEntry& entry = parts.entry_at(at);
    machine.template store<Site::queue_entry>(entry.length, length);
    machine.template store<Site::queue_entry>(entry.owner, machine.me());
    machine.template store<Site::queue_entry>(entry.state, state_of(at, stage));
  };
  const std::uint32_t position = room.position + room.padding;
  if (room.padding > 0) write(room.position, EntryStage::padding);
  write(position, EntryStage::reserved);
  machine.template store<Site::queue_reserve>(parts.body->allocated, position + room.size);  // sync: entries
  return position;
}

/// With the consumers' lock besides. Frees what nobody needs any more, in order.
/// errors   corrupt
template <class M>
Result<void> free_finished(M& machine, const QueueParts& parts) noexcept {
  layout::QueueProgress& progress = parts.body->progress;
  const std::uint32_t from = machine.template load<Site::queue_position>(progress.freed);
  const std::uint32_t end = machine.template load<Site::queue_position>(progress.read);
  if (!parts.is_possible(from, end)) return Error{Errc::corrupt, 0, "send"};
  std::uint32_t position = from;
  while (position != end) {
    const Result<QueueLook> look = look_at_entry(machine, parts, position, end - position);
    if (!look) return look.error();
    if (look->stage == EntryStage::leased || look->stage == EntryStage::committed) break;
    position += look->size;
  }
  if (position != from) machine.template store<Site::queue_position>(progress.freed, position);
  return {};
}

// By the owner of an entry, without a lock:

/// returns  false if the entry is not the caller's, or not in this stage
template <class M>
bool end_stage(M& machine, const QueueParts& parts, std::uint32_t position, EntryStage from, EntryStage to) noexcept {
  if (position % layout::kEntryAlignment != 0) return false;
  layout::QueueEntry& entry = parts.entry_at(position);
  if (machine.template load<Site::queue_entry>(entry.owner) != machine.me()) return false;
  std::uint32_t state = state_of(position, from);
  return machine.template cas<Site::queue_end_stage>(entry.state, state, state_of(position, to));  // sync: entry
}

/// stage    committed or aborted
template <class M>
bool end_reservation(M& machine, const QueueParts& parts, std::uint32_t position, EntryStage stage) noexcept {
  if (!end_stage(machine, parts, position, EntryStage::reserved, stage)) return false;
  sync::notify(machine, parts.body->sent);
  return true;
}

template <class M>
bool end_lease(M& machine, const QueueParts& parts, std::uint32_t position) noexcept {
  if (!end_stage(machine, parts, position, EntryStage::leased, EntryStage::done)) return false;
  sync::notify(machine, parts.body->freed);
  return true;
}

template <class M>
bool return_lease(M& machine, const QueueParts& parts, std::uint32_t position) noexcept {
  if (position % layout::kEntryAlignment != 0) return false;
  layout::QueueEntry& entry = parts.entry_at(position);
  if (machine.template load<Site::queue_state>(entry.state) != state_of(position, EntryStage::leased)) return false;
  std::uint32_t owner = machine.me();
  if (!machine.template cas<Site::queue_give_back>(entry.owner, owner, kNobody)) return false;  // sync: lease
  machine.template store<Site::queue_give_back>(parts.body->progress.returned, 1);
  sync::notify(machine, parts.body->sent);
  return true;
}

struct QueueMessage {
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  bool is_redelivered = false;
};

/// With the consumers' lock, what comes next. Whoever lets go of that lock tells who waits for room: a producer may
/// have found it taken.
template <class M>
class QueueTake {
 public:
  QueueTake(M& machine, const QueueParts& parts, bool looks_for_the_dead) noexcept
      : machine_(machine), parts_(parts), looks_for_the_dead_(looks_for_the_dead) {}

  /// One whose holder has died or has given it back, or the next that nobody has had. It stays where it is until pass()
  /// or lease().
  /// errors   corrupt
  Result<std::optional<QueueMessage>> next() noexcept {
    layout::QueueProgress& progress = parts_.body->progress;
    std::uint32_t hint = 1;
    const bool is_returned = machine_.template load<Site::queue_position>(progress.returned) == 1 &&
                             machine_.template cas<Site::queue_take_hint>(progress.returned, hint, 0);  // sync: lease
    if (is_returned || looks_for_the_dead_) {
      const auto again = next_again();
      if (!again) return again;
      if (*again) {
        if (is_returned) machine_.template store<Site::queue_position>(progress.returned, 1);  // there may be more
        return again;
      }
    }
    std::uint32_t position = machine_.template load<Site::queue_position>(progress.read);
    const std::uint32_t end =
        machine_.template load<Site::queue_look_for_more>(parts_.body->allocated);  // sync: entries
    if (!parts_.is_possible(position, end)) return corrupt();
    while (position != end) {
      const Result<QueueLook> look = look_at_entry(machine_, parts_, position, end - position);
      if (!look) return look.error();
      if (look->stage == EntryStage::committed) return std::optional(QueueMessage{position, look->length});
      if (look->stage == EntryStage::reserved) {
        if (!bury(position)) break;
        continue;  // aborted, or committed before the death
      }
      // Also what a consumer has taken that died before it could say so.
      position += look->size;
      machine_.template store<Site::queue_position>(progress.read, position);
    }
    return std::optional<QueueMessage>();
  }

  /// What next() has answered is received.
  void pass(const QueueMessage& message) noexcept {
    machine_.template store<Site::queue_end_stage>(parts_.entry_at(message.position).state,
                                                   state_of(message.position, EntryStage::done));
    move_over(message);
  }

  /// It is the caller's until it ends the lease, or dies.
  void lease(const QueueMessage& message) noexcept {
    layout::QueueEntry& entry = parts_.entry_at(message.position);
    machine_.template store<Site::queue_entry>(entry.owner, machine_.me());
    if (message.is_redelivered) return;
    machine_.template store<Site::queue_entry>(entry.state, state_of(message.position, EntryStage::leased));
    move_over(message);
  }

 private:
  static Error corrupt() noexcept { return {Errc::corrupt, 0, "receive"}; }

  void move_over(const QueueMessage& message) noexcept {
    if (message.is_redelivered) return;
    const std::uint32_t next = message.position + layout::entry_size(message.length);
    machine_.template store<Site::queue_position>(parts_.body->progress.read, next);
  }

  /// returns  whether the entry has another stage now
  bool bury(std::uint32_t position) noexcept {
    layout::QueueEntry& entry = parts_.entry_at(position);
    const Token owner = machine_.template load<Site::queue_entry>(entry.owner);
    if (!is_left(owner)) return false;
    std::uint32_t state = state_of(position, EntryStage::reserved);
    (void)machine_.template cas<Site::queue_end_stage>(entry.state, state, state_of(position, EntryStage::aborted));
    // More often than once is a hostile peer's doing.
    return ++buried_ <= parts_.capacity / layout::kEntryAlignment;
  }

  Result<std::optional<QueueMessage>> next_again() noexcept {
    layout::QueueProgress& progress = parts_.body->progress;
    std::uint32_t position = machine_.template load<Site::queue_position>(progress.freed);
    const std::uint32_t end = machine_.template load<Site::queue_position>(progress.read);
    if (!parts_.is_possible(position, end)) return corrupt();
    while (position != end) {
      const Result<QueueLook> look = look_at_entry(machine_, parts_, position, end - position);
      if (!look) return look.error();
      if (look->stage == EntryStage::leased) {
        const Token owner = machine_.template load<Site::queue_owner>(parts_.entry_at(position).owner);  // sync: lease
        const bool is_free = owner == kNobody || (is_left(owner) && is_still_leased(position));
        if (is_free) return std::optional(QueueMessage{position, look->length, true});
      }
      position += look->size;
    }
    return std::optional<QueueMessage>();
  }
  bool is_left(Token owner) noexcept { return looks_for_the_dead_ && machine_.is_dead(owner); }
  /// What the dead one has done before its death is seen now.
  bool is_still_leased(std::uint32_t position) noexcept {
    const std::uint32_t state = machine_.template load<Site::queue_state>(parts_.entry_at(position).state);
    return state == state_of(position, EntryStage::leased);
  }

  M& machine_;
  const QueueParts& parts_;
  bool looks_for_the_dead_;
  std::uint32_t buried_ = 0;
};

/// Until there is a message, or room. Each look takes the lock, so that who holds that is waited for as well.
template <class M>
class QueueWait {
 public:
  /// length   of the message that needs room; nothing: a message is waited for
  QueueWait(const QueueParts& parts, std::optional<std::uint32_t> length) noexcept
      : parts_(parts), length_(length), lock_(length ? parts.body->producers : parts.body->consumers) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::EventCountBody& news = length_ ? parts_.body->freed : parts_.body->sent;
    const std::uint32_t sequence = is_announced(effort) ? sync::prepare_to_wait(machine, news)
                                                        : machine.template load<Site::count_sequence>(news.sequence);
    const Step locked = lock_.advance(machine, effort);
    if (!locked.is_done()) return locked;
    const Result<bool> found = length_ ? is_room(machine, effort) : is_message(machine, effort);
    layout::MutexBody& mutex = length_ ? parts_.body->producers : parts_.body->consumers;
    (void)sync::unlock(machine, mutex, sync::Leaves::consistent);
    if (!length_) sync::notify(machine, parts_.body->freed);
    if (!found) return Step::failed(found.error().code);
    return *found ? Step::done(Outcome::acquired) : Step::wait(news.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Result<bool> is_room(M& machine, Effort effort) noexcept {
    const auto room = look_for_room(machine, parts_, *length_);
    if (!room) return room.error();
    if (room->is_free) return true;
    // Whoever has it now tells the producers afterwards.
    sync::MutexLock<M> consumers(parts_.body->consumers);
    const Step locked = consumers.advance(machine, looks_for_the_dead(effort) ? Effort::probe : Effort::glance);
    if (!locked.is_done()) return false;
    const Result<void> freed = free_finished(machine, parts_);
    (void)sync::unlock(machine, parts_.body->consumers, sync::Leaves::consistent);
    if (!freed) return freed.error();
    const auto after = look_for_room(machine, parts_, *length_);
    return after ? Result<bool>(after->is_free) : Result<bool>(after.error());
  }
  Result<bool> is_message(M& machine, Effort effort) noexcept {
    QueueTake<M> take(machine, parts_, looks_for_the_dead(effort));
    const auto found = take.next();
    return found ? Result<bool>(found->has_value()) : Result<bool>(found.error());
  }

  QueueParts parts_;
  std::optional<std::uint32_t> length_;
  sync::MutexLock<M> lock_;
};

}  // namespace shm::message
