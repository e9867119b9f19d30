// SPDX-License-Identifier: MIT
#include <array>

#include "message/topic_protocol.hpp"
#include "model/cases.hpp"
#include "model/machine.hpp"

namespace shm::model {
namespace {

using message::TopicCursor, message::TopicMessage, message::TopicParts, message::TopicRead, message::TopicWait;

constexpr std::uint32_t kCapacity = 64;  ///< four records with a message of one word
constexpr std::uint32_t kFirst = 100;    ///< what is published says how many were published before it, plus this

struct TopicMemory {
  layout::TopicBody body{};
  alignas(8) std::array<std::uint32_t, kCapacity / 4> words{};

  TopicParts parts() { return {&body, reinterpret_cast<std::byte*>(words.data()), kCapacity}; }
};

void publish(TopicMemory& topic, Machine& machine, std::uint32_t value) {
  const std::array words{kFirst + value};
  expect(message::publish(machine, topic.parts(), std::as_bytes(std::span(words))).has_value(), "a topic is corrupt");
}

/// As a reader would; it ends with what is there, or with the writers being faster.
struct Reader {
  TopicCursor cursor;
  std::uint32_t lost = 0;
  std::uint32_t received = 0;

  void read(TopicMemory& topic, Machine& machine) {
    std::array<std::uint32_t, 2> words{};
    const TopicMessage message =
        message::read_next(machine, topic.parts(), cursor, std::as_writable_bytes(std::span(words)));
    expect(message.result != TopicRead::corrupt && message.result != TopicRead::short_of_room, "a topic is corrupt");
    if (message.result != TopicRead::message) return;
    expect(message.length == 4 && words[0] == kFirst + cursor.expected - 1, "a message is of another place");
    lost += message.lost;
    ++received;
    expect(lost <= cursor.expected && lost + received <= cursor.expected, "a loss is miscounted");
  }
};

/// Several messages, more than there is room for, and a reader that looks now and then.
template <int messages, int reads>
struct PublishWorld {
  static constexpr int kThreads = 2;
  TopicMemory topic;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      for (std::uint32_t value = 0; value < messages; ++value) publish(topic, machine, value);
      return;
    }
    Reader reader;
    for (int look = 0; look < reads; ++look) reader.read(topic, machine);
    expect(reader.lost + reader.received == reader.cursor.expected, "a loss is miscounted");
  }
};

/// Somebody who begins in the middle knows where he is.
template <bool is_from_earliest>
struct LateWorld {
  static constexpr int kThreads = 2;
  TopicMemory topic;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      for (std::uint32_t value = 0; value < 5; ++value) publish(topic, machine, value);
      return;
    }
    Reader reader;
    if (!message::begin_reading(machine, topic.parts(), is_from_earliest, reader.cursor)) return;
    const std::uint32_t begin = reader.cursor.expected;
    expect(begin == reader.cursor.position / 16, "a reader is somewhere else than it believes");
    reader.read(topic, machine);
    expect(begin + reader.lost + reader.received == reader.cursor.expected, "a loss is miscounted");
  }
};

/// A publisher that may die, and one that goes on; a reader.
struct SuccessorWorld {
  static constexpr int kThreads = 3;
  TopicMemory topic;

  void run(int thread) {
    Machine machine;
    if (thread == 2) {
      Reader reader;
      reader.read(topic, machine);
      reader.read(topic, machine);
      expect(reader.lost + reader.received == reader.cursor.expected, "a loss is miscounted");
      return;
    }
    expect(finish(sync::MutexLock<Machine>(topic.body.writer)).is_done(), "a publisher does not get the lock");
    std::uint32_t next = 0;
    const std::uint32_t published = Explorer::now().load(topic.body.head.published, std::memory_order_relaxed);
    expect(message::next_sequence(machine, topic.parts(), published, next), "two publish");
    publish(topic, machine, next);
    expect(sync::unlock(machine, topic.body.writer, sync::Leaves::consistent), "a publisher is robbed");
  }
};

bool sees_latest(std::uint32_t& word) {
  const auto same = [](std::uint32_t value) { return value; };
  const std::uint32_t seen = Explorer::now().load(word, std::memory_order_relaxed);
  return seen == Explorer::now().change(word, same, std::memory_order_relaxed);
}

/// Four are there. A publisher takes the oldest one back, and may die; the next one writes over it while it is read.
struct LapWorld {
  static constexpr int kThreads = 3;
  TopicMemory topic;
  LapWorld() {
    for (std::uint32_t i = 0; i < 4; ++i) {
      topic.parts().record_at(16 * i) = {.length = 4, .sequence = i};
      topic.words[4 * i + 2] = kFirst + i;
    }
    topic.body.head = {.published = 64, .latest = 48};
  }

  void run(int thread) {
    Machine machine;
    if (thread == 2) {
      Reader reader;
      reader.read(topic, machine);
      return;
    }
    // In the place of the lock, whose words would be too many for the explorer.
    if (thread == 1 && (!Explorer::now().has_died(0) || !machine.is_dead(token_of(0)))) return;
    if (thread == 1 && !(sees_latest(topic.body.tail) && sees_latest(topic.body.head.published))) return;
    std::uint32_t next = 0;
    const std::uint32_t published = Explorer::now().load(topic.body.head.published, std::memory_order_relaxed);
    (void)message::next_sequence(machine, topic.parts(), published, next);
    publish(topic, machine, next);
  }
};

/// One waits for what another one publishes.
struct NewsWorld {
  static constexpr int kThreads = 2;
  TopicMemory topic;

  void run(int thread) {
    Machine machine;
    if (thread == 0) return publish(topic, machine, 0);
    expect(finish(TopicWait<Machine>(topic.parts(), 0)).is_done(), "a message is not noticed");
    Reader reader;
    reader.read(topic, machine);
    expect(reader.received == 1, "a message is noticed before it is there");
  }
};

constexpr Case kCases[] = {
    {"topic: six messages, two reads", &explore<PublishWorld<6, 2>>, {.bound = 2}, 1325088},
    {"topic: begun in the middle", &explore<LateWorld<false>>, {.bound = 2}, 162844},
    {"topic: begun at the earliest", &explore<LateWorld<true>>, {.bound = 2}, 626490},
    {"topic: a publisher dies", &explore<SuccessorWorld>, {.bound = 2, .victim = 0, .has_slices = true}, 304496},
    {"topic: a dead one's place is written over",
     &explore<LapWorld>,
     {.bound = 2, .victim = 0, .has_slices = true},
     389819},
    {"topic: a message is awaited", &explore<NewsWorld>, {.bound = 3}, 1683},
};

}  // namespace

std::span<const Case> topic_cases() { return kCases; }

}  // namespace shm::model
