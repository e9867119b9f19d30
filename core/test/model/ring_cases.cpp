// SPDX-License-Identifier: MIT
#include <array>

#include "message/ring_protocol.hpp"
#include "model/cases.hpp"
#include "model/machine.hpp"

namespace shm::model {
namespace {

using message::RingParts, message::RingReader, message::RingWait, message::RingWriter;

constexpr std::uint32_t kCapacity = 32;  ///< two records with a message of one word
constexpr std::uint32_t kRoom = layout::record_size(4);

struct RingMemory {
  layout::RingBody body{};
  alignas(8) std::array<std::uint32_t, kCapacity / 4> words{};
  std::array<Plain, kCapacity / 4> messages;  ///< the bytes of each word, so that races for them are found

  RingParts parts() { return {&body, reinterpret_cast<std::byte*>(words.data()), kCapacity}; }
  Plain& message_at(const std::byte* bytes) {
    return messages[static_cast<std::size_t>(bytes - reinterpret_cast<const std::byte*>(words.data())) / 4];
  }
};

/// returns  whether there was room
bool append(RingMemory& ring, RingWriter<Machine>& writer, Machine& machine, std::uint32_t value) {
  const auto room = writer.reserve(machine, 4);
  expect(room.has_value(), "a producer finds its ring corrupt");
  if (*room == nullptr) return false;
  ring.message_at(*room).set(value);
  writer.append(machine, 4);
  return true;
}

/// returns  0: there is none
std::uint32_t next(RingMemory& ring, RingReader<Machine>& reader, Machine& machine) {
  const auto record = reader.peek(machine);
  expect(record.has_value(), "a consumer finds its ring corrupt");
  if (record->bytes == nullptr) return 0;
  expect(record->length == 4 && record->tag == layout::RecordTag::message, "a record is another one");
  const std::uint32_t value = ring.message_at(record->bytes).get();
  reader.pass();
  return value;
}

void send(RingMemory& ring, RingWriter<Machine>& writer, Machine& machine, std::uint32_t value) {
  if (!append(ring, writer, machine, value)) {
    expect(finish(RingWait<Machine>(ring.parts(), kRoom)).is_done(), "a producer waits in vain");
    expect(append(ring, writer, machine, value), "there is no room where there was");
  }
  writer.publish(machine);
}

/// More messages than there is room for, each side waiting for the other.
template <int messages>
struct RingWorld {
  static constexpr int kThreads = 2;
  RingMemory ring;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      expect(message::take_role(machine, ring.body.producer.holder).has_value(), "the role of nobody is taken");
      RingWriter<Machine> writer(machine, ring.parts());
      for (std::uint32_t value = 1; value <= messages; ++value) send(ring, writer, machine, value);
      return;
    }
    expect(message::take_role(machine, ring.body.consumer.holder).has_value(), "the role of nobody is taken");
    RingReader<Machine> reader(machine, ring.parts());
    for (std::uint32_t value = 1; value <= messages; ++value) {
      std::uint32_t got = next(ring, reader, machine);
      if (got == 0) {
        expect(finish(RingWait<Machine>(ring.parts(), 0)).is_done(), "a consumer waits in vain");
        got = next(ring, reader, machine);
      }
      expect(got == value, "a message is not the next one");
      reader.release(machine);
    }
  }
  void check() { expect(final_value(ring.body.consumer.position) == messages * kRoom, "a message is lost"); }
};

/// By the holder of the role: whether it sees all that the holders before it have done.
void check_position(RingMemory& ring, Machine& machine) {
  std::uint32_t& position = ring.body.producer.position;
  const std::uint32_t seen = machine.load<Site::ring_own_position>(position);
  const auto same = [](std::uint32_t value) { return value; };
  expect(seen == Explorer::now().change(position, same, std::memory_order_relaxed),
         "a successor does not see how far the one before it got");
}

/// Two that become producer one after the other, or one of them in the other's place; the consumer looks now and then.
struct ProducersWorld {
  static constexpr int kThreads = 3;
  RingMemory ring;

  void run(int thread) {
    Machine machine;
    if (thread < 2) {
      if (!message::take_role(machine, ring.body.producer.holder)) return;
      check_position(ring, machine);
      RingWriter<Machine> writer(machine, ring.parts());
      if (append(ring, writer, machine, static_cast<std::uint32_t>(thread) + 1)) writer.publish(machine);
      message::leave_role(machine, ring.body.producer.holder);
      return;
    }
    RingReader<Machine> reader(machine, ring.parts());
    std::uint32_t seen = 0;
    for (int look = 0; look < 2; ++look) {
      const std::uint32_t value = next(ring, reader, machine);
      expect(value <= 2 && (value == 0 || value != seen), "a message is doubled, or invented");
      if (value != 0) seen = value;
    }
    reader.release(machine);
  }
  void check() {
    const std::uint32_t written = final_value(ring.body.producer.position);
    expect(written <= 2 * kRoom && written % kRoom == 0, "a position is between two records");
    for (int thread = 0; thread < 2; ++thread) {
      if (Explorer::now().has_died(thread)) continue;
      expect(final_value(ring.body.producer.holder) != token_of(thread), "a role is left taken");
    }
  }
};

/// The first consumer dies; a second one goes on where it stopped.
struct ConsumersWorld {
  static constexpr int kThreads = 3;
  RingMemory ring;
  std::uint32_t received = 0;  ///< by the first one, as far as it has got

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      expect(message::take_role(machine, ring.body.consumer.holder).has_value(), "the role of nobody is taken");
      consume(machine, 0);
    } else if (thread == 1) {
      RingWriter<Machine> writer(machine, ring.parts());
      for (std::uint32_t value = 1; value <= 3 && append(ring, writer, machine, value); ++value)
        writer.publish(machine);
    } else if (Explorer::now().has_died(0)) {
      expect(message::take_role(machine, ring.body.consumer.holder).has_value(), "the role of a dead one is taken");
      consume(machine, Explorer::now().load(received, std::memory_order_relaxed));
    }
  }
  void consume(Machine& machine, std::uint32_t before) {
    RingReader<Machine> reader(machine, ring.parts());
    for (int look = 0; look < 2; ++look) {
      const std::uint32_t value = next(ring, reader, machine);
      if (value == 0) continue;
      // Once more what the dead one was shown last, or the one after it.
      expect(value == before || value == before + 1, "a message is lost");
      before = value;
      if (Explorer::now().thread() == 0) Explorer::now().store(received, value, std::memory_order_relaxed);
      reader.release(machine);
    }
  }
};

/// A consumer waits, and hears of the producer's message or of its death.
struct LonelyWorld {
  static constexpr int kThreads = 2;
  RingMemory ring;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      expect(message::take_role(machine, ring.body.producer.holder).has_value(), "the role of nobody is taken");
      RingWriter<Machine> writer(machine, ring.parts());
      (void)append(ring, writer, machine, 1);
      writer.publish(machine);
      message::leave_role(machine, ring.body.producer.holder);
      return;
    }
    if (Explorer::now().load(ring.body.producer.holder, std::memory_order_acquire) == kNobody) return;
    const Step step = finish(RingWait<Machine>(ring.parts(), 0));
    RingReader<Machine> reader(machine, ring.parts());
    if (step.is_done()) {
      expect(next(ring, reader, machine) == 1, "what was waited for is not there");
    } else {
      expect(step.error == Errc::peer_died && Explorer::now().has_died(0), "the living is said to be dead");
      expect(next(ring, reader, machine) == 0, "the last message of the dead is left");
    }
  }
};

/// A producer dies; one finds out, and another one takes the role that is free.
struct BuriedWorld {
  static constexpr int kThreads = 3;
  RingMemory ring;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      expect(message::take_role(machine, ring.body.producer.holder).has_value(), "the role of nobody is taken");
      RingWriter<Machine> writer(machine, ring.parts());
      if (append(ring, writer, machine, 1)) writer.publish(machine);
    } else if (thread == 1) {
      (void)message::bury_holder(machine, ring.body.producer.holder);
    } else if (Explorer::now().has_died(0) && message::take_role(machine, ring.body.producer.holder)) {
      check_position(ring, machine);
    }
  }
};

/// One dies in the role, two others want it: who has got it keeps it.
struct HeirsWorld {
  static constexpr int kThreads = 3;
  RingMemory ring;

  void run(int /*thread*/) {
    Machine machine;
    if (!message::take_role(machine, ring.body.producer.holder)) return;
    check_position(ring, machine);
    const std::uint32_t holder = Explorer::now().load(ring.body.producer.holder, std::memory_order_relaxed);
    expect(holder == machine.me(), "the living is robbed of its role");
  }
};

constexpr Case kCases[] = {
    {"ring: two messages", &explore<RingWorld<2>>, {.bound = 3}, 46617},
    {"ring: three messages, room for two", &explore<RingWorld<3>>, {.bound = 3}, 1927998},
    {"ring: two producers, one after the other", &explore<ProducersWorld>, {.bound = 3}, 180858},
    {"ring: a producer dies", &explore<ProducersWorld>, {.bound = 2, .victim = 0}, 168369},
    {"ring: a consumer dies", &explore<ConsumersWorld>, {.bound = 2, .victim = 0}, 91237},
    {"ring: a consumer waits for one that dies",
     &explore<LonelyWorld>,
     {.bound = 2, .victim = 0, .has_slices = true},
     1169},
    {"ring: a dead producer is found by a third one", &explore<BuriedWorld>, {.bound = 3, .victim = 0}, 3375},
    {"ring: two heirs of one role", &explore<HeirsWorld>, {.bound = 3, .victim = 0}, 13226},
};

}  // namespace

std::span<const Case> ring_cases() { return kCases; }

}  // namespace shm::model
