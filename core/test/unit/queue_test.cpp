// SPDX-License-Identifier: MIT
#include <shm/message/queue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

constexpr std::uint32_t kLongest = layout::longest_in_queue(layout::kLeastRing);

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class QueueTest : public testing::Test {
 protected:
  /// returns  "nothing": there is none
  static std::string received(Queue& queue, Deadline deadline = Deadline::now()) {
    std::string text;
    const auto got = queue.receive([&](std::span<const std::byte> bytes) { text = text_of(bytes); }, deadline);
    if (!got) return "Errc " + std::to_string(static_cast<int>(got.error().code));
    return *got == Outcome::acquired ? text : "nothing";
  }

  SyncSegment segment_{6};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(QueueTest, hands_each_message_to_one) {
  EXPECT_EQ(received(two_.queue), "nothing");
  EXPECT_EQ(one_.queue.try_send(bytes_of("first")), Outcome::acquired);
  EXPECT_EQ(two_.queue.send(bytes_of("second")), Outcome::acquired);
  EXPECT_EQ(received(one_.queue), "first");
  EXPECT_EQ(received(two_.queue), "second");
  EXPECT_EQ(received(one_.queue), "nothing");
}

TEST_F(QueueTest, is_full_has_room_again_and_refuses_what_is_too_long) {
  const std::vector<std::byte> message(kLongest, std::byte{7});
  EXPECT_EQ(one_.queue.try_send(std::vector<std::byte>(kLongest + 1)), Errc::too_long);
  EXPECT_EQ(one_.queue.try_send(message), Outcome::acquired);
  EXPECT_EQ(one_.queue.try_send(message), Outcome::acquired);
  EXPECT_EQ(one_.queue.try_send({}), Outcome::timed_out);
  EXPECT_EQ(one_.queue.send({}, Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_EQ(received(two_.queue).size(), kLongest);
  EXPECT_EQ(one_.queue.try_send({}), Outcome::acquired);
  EXPECT_EQ(received(two_.queue).size(), kLongest);
  EXPECT_EQ(received(two_.queue), "");
}

TEST_F(QueueTest, every_length_fits_wherever_it_stands) {
  segment_->queue.allocated = segment_->queue.progress.read = segment_->queue.progress.freed =
      0xFFFFFF00;          // its end is the end of the numbers
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same messages every time
  for (int i = 0; i < 20'000; ++i) {
    const std::string text(i % 3 == 0 ? kLongest - random() % 32 : random() % 60 + 1, static_cast<char>('a' + i % 26));
    ASSERT_EQ(one_.queue.try_send(bytes_of(text)), Outcome::acquired) << i;
    ASSERT_EQ(received(two_.queue), text) << i;
  }
}

TEST_F(QueueTest, a_claim_holds_up_what_comes_after_it) {
  const auto first = one_.queue.try_claim(5);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(two_.queue.try_send(bytes_of("second")), Outcome::acquired);
  EXPECT_EQ(received(two_.queue), "nothing");
  std::memcpy((*first)->bytes.data(), "first", 5);
  EXPECT_EQ(two_.queue.commit(**first).error().code, Errc::not_owner);
  EXPECT_TRUE(one_.queue.commit(**first));
  EXPECT_EQ(one_.queue.commit(**first).error().code, Errc::not_owner);
  EXPECT_EQ(received(two_.queue), "first");
  const auto aborted = one_.queue.try_claim(5);
  ASSERT_TRUE(aborted && *aborted);
  EXPECT_TRUE(one_.queue.abort(**aborted));
  EXPECT_EQ(received(two_.queue), "second");
  EXPECT_EQ(received(two_.queue), "nothing");
}

TEST_F(QueueTest, gives_up_the_claim_of_a_dead_producer) {
  Peer victim(segment_);
  ASSERT_TRUE(*victim.queue.try_claim(100));
  ASSERT_TRUE(one_.queue.try_send(bytes_of("after it")));
  EXPECT_EQ(received(two_.queue, Deadline::in_milliseconds(2)), "nothing");
  victim.die();
  EXPECT_EQ(received(two_.queue), "after it");
}

TEST_F(QueueTest, its_locks_are_taken_from_the_dead_and_waited_for_with_a_deadline) {
  for (layout::MutexBody* mutex : {&segment_->queue.producers, &segment_->queue.consumers}) {
    ASSERT_TRUE(one_.queue.try_send(bytes_of("message")));
    Peer victim(segment_);
    ASSERT_EQ(Mutex(victim.participant(), *mutex).lock(), Outcome::acquired);
    const bool is_of_producers = mutex == &segment_->queue.producers;
    if (is_of_producers) {
      EXPECT_EQ(one_.queue.send(bytes_of("later"), Deadline::in_milliseconds(2)), Outcome::timed_out);
    } else {
      EXPECT_EQ(received(two_.queue, Deadline::in_milliseconds(2)), "nothing");
    }
    victim.die();
    EXPECT_EQ(one_.queue.send(bytes_of("later")), Outcome::acquired);
    EXPECT_EQ(received(two_.queue), "message");
    EXPECT_EQ(received(two_.queue), "later");
  }
}

TEST_F(QueueTest, loses_and_doubles_nothing_between_threads) {
  constexpr std::uint32_t kMessages = 50'000;
  Peer three(segment_);
  Peer four(segment_);
  std::atomic<std::uint32_t> left = 2 * kMessages;
  std::vector<std::atomic<std::uint8_t>> seen(std::size_t{2} * kMessages);
  const auto produce = [&](Peer& peer, std::uint32_t producer) {
    std::mt19937 random(producer);  // NOLINT(*-msc51-cpp): the same messages every time
    for (std::uint32_t i = 0; i < kMessages; ++i) {
      const std::vector<std::uint32_t> message(random() % 30 + 2, producer * kMessages + i);
      require(peer.queue.send(std::as_bytes(std::span(message))) == Outcome::acquired, "a message is refused");
    }
  };
  const auto consume = [&](Peer& peer) {
    std::array<std::int64_t, 2> last{-1, -1};
    while (left > 0) {
      const auto read = [&](std::span<const std::byte> bytes) {
        std::vector<std::uint32_t> words(bytes.size() / 4);
        std::memcpy(words.data(), bytes.data(), bytes.size());
        require(std::ranges::all_of(words, [&](std::uint32_t word) { return word == words[0]; }), "a message is torn");
        require(seen.at(words[0]).fetch_add(1) == 0, "a message is doubled");
        std::int64_t& before = last.at(words[0] / kMessages);
        require(words[0] > before, "a producer's order is lost");
        before = words[0];
        --left;
      };
      require(static_cast<bool>(peer.queue.receive(read, Deadline::in_milliseconds(20))), "a receive fails");
    }
  };
  std::thread producers[] = {std::thread([&] { produce(one_, 0); }), std::thread([&] { produce(two_, 1); })};
  std::thread consumers[] = {std::thread([&] { consume(three); }), std::thread([&] { consume(four); })};
  for (std::thread& thread : producers) thread.join();
  for (std::thread& thread : consumers) thread.join();
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& count) { return count == 1; }));
}

TEST_F(QueueTest, a_lease_ends_with_its_holder) {
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(one_.queue.try_send(bytes_of(text)));
  Peer victim(segment_);
  const auto taken = victim.queue.try_lease();
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ(text_of((*taken)->bytes), "a");
  const auto other = two_.queue.try_lease();
  ASSERT_TRUE(other && *other);
  EXPECT_EQ(text_of((*other)->bytes), "b");
  EXPECT_FALSE((*other)->is_redelivered);
  victim.die();
  const auto last = one_.queue.lease();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ(text_of((*last)->bytes), "c") << "what the dead had comes after what nobody had";
  EXPECT_TRUE(one_.queue.done(**last));
  const auto again = one_.queue.lease();
  ASSERT_TRUE(again && *again);
  EXPECT_EQ(text_of((*again)->bytes), "a");
  EXPECT_TRUE((*again)->is_redelivered);
  EXPECT_TRUE(one_.queue.done(**again));
  EXPECT_EQ(one_.queue.done(**again).error().code, Errc::not_owner);
  EXPECT_EQ(one_.queue.done(**other).error().code, Errc::not_owner);
  EXPECT_TRUE(two_.queue.give_back(**other));
  const auto returned = one_.queue.lease();
  ASSERT_TRUE(returned && *returned);
  EXPECT_EQ(text_of((*returned)->bytes), "b");
  EXPECT_TRUE((*returned)->is_redelivered);
  EXPECT_TRUE(one_.queue.done(**returned));
  EXPECT_FALSE(*one_.queue.lease(Deadline::in_milliseconds(2)));
}

TEST_F(QueueTest, what_the_dead_had_is_received_without_a_lease_as_well) {
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(one_.queue.try_send(bytes_of(text)));
  Peer victim(segment_);
  ASSERT_TRUE(*victim.queue.try_lease());
  const auto returned = two_.queue.try_lease();
  ASSERT_TRUE(returned && *returned);
  victim.die();
  EXPECT_TRUE(two_.queue.give_back(**returned));
  EXPECT_EQ(two_.queue.give_back(**returned).error().code, Errc::not_owner);
  EXPECT_EQ(two_.queue.done({{}, 8, false}).error().code, Errc::not_owner);
  EXPECT_EQ(received(one_.queue), "b");
  EXPECT_EQ(received(one_.queue), "c");
  EXPECT_EQ(received(one_.queue), "a");
  EXPECT_EQ(received(one_.queue), "nothing");
}

TEST_F(QueueTest, what_is_leased_is_not_written_over) {
  const std::string message(400, 'm');
  ASSERT_TRUE(one_.queue.try_send(bytes_of("kept")));
  const auto kept = two_.queue.try_lease();
  ASSERT_TRUE(kept && *kept);
  int sent = 0;
  while (one_.queue.try_send(bytes_of(message)) == Outcome::acquired) ++sent;
  EXPECT_GT(sent, 5);
  for (int i = 0; i < sent; ++i) {
    const auto lease = one_.queue.try_lease();
    ASSERT_TRUE(lease && *lease);
    EXPECT_TRUE(one_.queue.done(**lease));
  }
  EXPECT_EQ(one_.queue.try_send(bytes_of(message)), Outcome::timed_out) << "over a message that somebody has";
  EXPECT_EQ(text_of((*kept)->bytes), "kept");
  EXPECT_TRUE(two_.queue.done(**kept));
  EXPECT_EQ(one_.queue.try_send(bytes_of(message)), Outcome::acquired);
}

TEST_F(QueueTest, of_any_bytes_gives_errors_and_stays_within_itself) {
  std::mt19937 random(3);  // NOLINT(*-msc51-cpp)
  const auto word = [&]() -> std::uint32_t {
    constexpr std::uint32_t kWords[] = {
        0, 16, layout::kLeastRing, layout::kLeastRing - 16, kLongest, 0xFFFFFFFF, 0xFFFFFFF0, 1, 2, 3, 4, 5};
    return random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : kWords[random() % std::size(kWords)];
  };
  int corrupt = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::uint32_t position = 0;
    for (std::uint64_t& pair : segment_->queue_entries) {
      pair = std::uint64_t{word() % 64} << 32U | (position | (word() & 7U));
      position += 8;
    }
    segment_->queue.producers = segment_->queue.consumers = {};
    segment_->queue.allocated = word();
    segment_->queue.progress = {.read = word(), .freed = word(), .returned = word()};
    const auto check = [&](std::span<const std::byte> bytes) {
      const auto* begin = reinterpret_cast<const std::byte*>(segment_->queue_entries);
      ASSERT_TRUE(bytes.data() >= begin && bytes.data() + bytes.size() <= begin + layout::kLeastRing);
    };
    const auto got = one_.queue.try_receive([&](auto bytes) { check(bytes); });
    corrupt += got == Errc::corrupt ? 1 : 0;
    const auto claim = one_.queue.try_claim(word() % kLongest);
    if (claim && *claim) {
      check((*claim)->bytes);
      std::ranges::fill((*claim)->bytes, std::byte{1});
      (void)one_.queue.commit(**claim);
    }
    (void)one_.queue.receive([&](auto bytes) { check(bytes); }, Deadline::now());
    const auto lease = one_.queue.lease(Deadline::now());
    if (lease && *lease) {
      check((*lease)->bytes);
      (void)(random() % 2 == 0 ? one_.queue.done(**lease) : one_.queue.give_back(**lease));
    }
    (void)one_.queue.send(bytes_of("text"), Deadline::now());
  }
  EXPECT_GT(corrupt, 100);
}

}  // namespace
}  // namespace shm::test
