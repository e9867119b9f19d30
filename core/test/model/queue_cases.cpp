// SPDX-License-Identifier: MIT
#include <array>

#include "message/queue_protocol.hpp"
#include "model/cases.hpp"
#include "model/machine.hpp"

namespace shm::model {
namespace {

using message::QueueMessage, message::QueueParts, message::QueueTake, message::QueueWait;

constexpr std::uint32_t kCapacity = 32;  ///< two entries with empty messages
constexpr std::uint32_t kEntry = layout::entry_size(0);

struct QueueMemory {
  layout::QueueBody body{};
  alignas(16) std::array<std::uint32_t, kCapacity / 4> words{};
  std::array<Plain, kCapacity / kEntry> messages;  ///< what is in each entry, so that races for it are found

  QueueParts parts() { return {&body, reinterpret_cast<std::byte*>(words.data()), kCapacity}; }
  Plain& message_at(std::uint32_t position) { return messages[position % kCapacity / kEntry]; }

  /// A message that was sent before all of this.
  void put(std::uint32_t value) {
    const std::uint32_t position = body.allocated;
    layout::QueueEntry& entry = parts().entry_at(position);
    entry.state = message::state_of(position, layout::EntryStage::committed);
    entry.owner = token_of(0);
    message_at(position) = Plain(value);
    body.allocated = position + kEntry;
  }
};

void lock(layout::MutexBody& mutex) {
  expect(finish(sync::MutexLock<Machine>(mutex)).is_done(), "a lock is not to be had");
}
void unlock(Machine& machine, layout::MutexBody& mutex) {
  expect(sync::unlock(machine, mutex, sync::Leaves::consistent), "an owner is robbed");
}

/// returns  whether there was room
bool try_send(QueueMemory& queue, Machine& machine, std::uint32_t value) {
  lock(queue.body.producers);
  const QueueParts parts = queue.parts();
  auto room = message::look_for_room(machine, parts, 0);
  expect(room.has_value(), "a producer finds its queue corrupt");
  if (!room->is_free) {
    lock(queue.body.consumers);
    expect(message::free_finished(machine, parts).has_value(), "a producer finds its queue corrupt");
    unlock(machine, queue.body.consumers);
    room = message::look_for_room(machine, parts, 0);
    expect(room.has_value(), "a producer finds its queue corrupt");
  }
  if (!room->is_free) {
    unlock(machine, queue.body.producers);
    return false;
  }
  const std::uint32_t position = message::reserve_entry(machine, parts, *room, 0);
  unlock(machine, queue.body.producers);
  queue.message_at(position).set(value);
  expect(message::end_reservation(machine, parts, position, layout::EntryStage::committed), "a claim is robbed");
  return true;
}

void send(QueueMemory& queue, Machine& machine, std::uint32_t value) {
  while (!try_send(queue, machine, value)) {
    expect(finish(QueueWait<Machine>(queue.parts(), 0)).is_done(), "a producer waits in vain");
  }
}

/// returns  0: there is none
std::uint32_t try_receive(QueueMemory& queue, Machine& machine) {
  lock(queue.body.consumers);
  const QueueParts parts = queue.parts();
  QueueTake<Machine> take(machine, parts, true);
  const auto found = take.next();
  expect(found.has_value(), "a consumer finds its queue corrupt");
  std::uint32_t value = 0;
  if (*found) {
    value = queue.message_at((*found)->position).get();
    take.pass(**found);
  }
  unlock(machine, queue.body.consumers);
  sync::notify(machine, queue.body.freed);
  return value;
}

std::optional<QueueMessage> try_lease(QueueMemory& queue, Machine& machine) {
  lock(queue.body.consumers);
  const QueueParts parts = queue.parts();
  QueueTake<Machine> take(machine, parts, true);
  const auto found = take.next();
  expect(found.has_value(), "a consumer finds its queue corrupt");
  if (*found) take.lease(**found);
  unlock(machine, queue.body.consumers);
  sync::notify(machine, queue.body.freed);
  return *found;
}

/// Messages in a row, each side waiting for the other.
template <int messages>
struct StreamWorld {
  static constexpr int kThreads = 2;
  QueueMemory queue;

  void run(int thread) {
    Machine machine;
    for (std::uint32_t value = 1; value <= messages; ++value) {
      if (thread == 0) {
        send(queue, machine, value);
        continue;
      }
      std::uint32_t got = try_receive(queue, machine);
      while (got == 0) {
        expect(finish(QueueWait<Machine>(queue.parts(), std::nullopt)).is_done(), "a consumer waits in vain");
        got = try_receive(queue, machine);
      }
      expect(got == value, "a message is not the next one");
    }
  }
};

/// Two producers, of whom one may die, and one who looks now and then.
struct ProducersWorld {
  static constexpr int kThreads = 3;
  QueueMemory queue;

  void run(int thread) {
    Machine machine;
    if (thread < 2) return (void)try_send(queue, machine, static_cast<std::uint32_t>(thread) + 1);
    const std::uint32_t first = try_receive(queue, machine);
    const std::uint32_t second = try_receive(queue, machine);
    expect(first <= 2 && second <= 2 && (second == 0 || first != second), "a message is doubled, or invented");
  }
};

/// Two consumers of one message, of whom the first may die, and a producer who wants its place.
struct LeaseWorld {
  static constexpr int kThreads = 3;
  QueueMemory queue;
  std::uint32_t finished = 0;
  LeaseWorld() {
    queue.put(1);
    queue.put(2);
  }

  void run(int thread) {
    Machine machine;
    if (thread == 2) return (void)try_send(queue, machine, 3);
    const auto message = try_lease(queue, machine);
    if (!message) return;
    const std::uint32_t value = queue.message_at(message->position).get();
    expect(value >= 1 && value <= 3, "a message is invented");
    expect(!message->is_redelivered || Explorer::now().has_died(0), "the living is robbed");
    expect(message::end_lease(machine, queue.parts(), message->position), "a lease is robbed");
  }
};

/// One gives its message back, the other one waits for it; then its place is used again.
struct ReturnWorld {
  static constexpr int kThreads = 2;
  QueueMemory queue;
  ReturnWorld() {
    queue.put(1);
    queue.put(2);
  }

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      const auto message = try_lease(queue, machine);
      if (!message) return;
      expect(queue.message_at(message->position).get() <= 3, "a message is invented");
      expect(message::return_lease(machine, queue.parts(), message->position), "a lease is robbed");
      return;
    }
    std::uint32_t sum = 0;
    while (sum < 3) {
      expect(finish(QueueWait<Machine>(queue.parts(), std::nullopt)).is_done(), "a consumer waits in vain");
      const auto message = try_lease(queue, machine);
      if (!message) continue;  // the other one was faster
      sum += queue.message_at(message->position).get();
      expect(message::end_lease(machine, queue.parts(), message->position), "a lease is robbed");
    }
    expect(sum == 3, "a message is doubled");
    expect(try_send(queue, machine, 3), "what is done takes room");
  }
};

/// What one has looked at and given back is another one's, and then a producer's.
struct HandedOnWorld {
  static constexpr int kThreads = 3;
  QueueMemory queue;
  HandedOnWorld() {
    queue.put(1);
    queue.put(2);
  }

  void run(int thread) {
    Machine machine;
    if (thread == 2) return (void)try_send(queue, machine, 3);
    const auto message = try_lease(queue, machine);
    if (!message) return;
    (void)queue.message_at(message->position).get();
    const bool is_mine = thread == 0 ? message::return_lease(machine, queue.parts(), message->position)
                                     : message::end_lease(machine, queue.parts(), message->position);
    expect(is_mine, "a lease is robbed");
  }
};

constexpr Case kCases[] = {
    {"queue: one message", &explore<StreamWorld<1>>, {.bound = 2}, 1525},
    {"queue: three messages, room for two", &explore<StreamWorld<3>>, {.bound = 1}, 3087},
    {"queue: two producers", &explore<ProducersWorld>, {.bound = 1}, 2770},
    {"queue: one of two producers dies",
     &explore<ProducersWorld>,
     {.bound = 1, .victim = 0, .has_slices = true},
     30903},
    {"queue: two leases and a producer", &explore<LeaseWorld>, {.bound = 1}, 19324},
    {"queue: one dies with its lease", &explore<LeaseWorld>, {.bound = 1, .victim = 0, .has_slices = true}, 233706},
    {"queue: a lease is handed on", &explore<HandedOnWorld>, {.bound = 2}, 525586},
    {"queue: a lease is given back", &explore<ReturnWorld>, {.bound = 2}, 258396},
};

}  // namespace

std::span<const Case> queue_cases() { return kCases; }

}  // namespace shm::model
