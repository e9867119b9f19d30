// SPDX-License-Identifier: MIT
#include <shm/message/ring.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

constexpr std::uint32_t kCapacity = layout::kLeastRing;
constexpr std::uint32_t kLongest = layout::longest_message(kCapacity);

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class RingTest : public testing::Test {
 protected:
  /// returns  empty: there is none
  static std::string received(RingConsumer& consumer) {
    std::string text;
    const auto got = consumer.try_receive([&](std::span<const std::byte> bytes) {
      text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    return got ? text : "Errc " + std::to_string(static_cast<int>(got.error().code));
  }

  SyncSegment segment_{4};
  Peer one_{segment_};
  Peer two_{segment_};
  Ring& here_ = one_.ring;
  Ring& there_ = two_.ring;
};

TEST_F(RingTest, hands_over_messages_in_order) {
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  EXPECT_EQ(received(consumer), "");
  EXPECT_EQ(producer.try_send(bytes_of("first")), Outcome::acquired);
  EXPECT_EQ(producer.send(bytes_of("second")), Outcome::acquired);
  EXPECT_EQ(received(consumer), "first");
  EXPECT_EQ(received(consumer), "second");
  EXPECT_EQ(consumer.receive([](auto) {}, Deadline::in_milliseconds(2)), Outcome::timed_out);
}

TEST_F(RingTest, is_full_and_has_room_again) {
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  const std::vector<std::byte> message(kLongest, std::byte{7});
  EXPECT_EQ(producer.try_send(message), Outcome::acquired);
  EXPECT_EQ(producer.try_send(message), Outcome::acquired);
  EXPECT_EQ(producer.try_send({}), Outcome::timed_out);
  EXPECT_EQ(producer.send(message, Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_EQ(received(consumer).size(), kLongest);
  EXPECT_EQ(producer.try_send({}), Outcome::acquired);
  EXPECT_EQ(received(consumer).size(), kLongest);
}

TEST_F(RingTest, refuses_what_is_longer_than_half_of_it) {
  RingProducer producer = *here_.producer();
  EXPECT_EQ(producer.try_send(std::vector<std::byte>(kLongest + 1)), Errc::too_long);
  EXPECT_EQ(producer.try_claim(kLongest + 1).error().code, Errc::too_long);
  EXPECT_EQ(producer.try_claim(0xFFFFFFFF).error().code, Errc::too_long);
  EXPECT_EQ(segment_->ring.producer.position, 0U);
}

TEST_F(RingTest, every_length_fits_wherever_the_ring_stands) {
  segment_->ring.producer.position = segment_->ring.consumer.position =
      0xFFFFFF00;  // its end is the end of the numbers
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same messages every time
  for (int i = 0; i < 20'000; ++i) {
    const std::string text(i % 3 == 0 ? kLongest - random() % 16 : random() % 40 + 1, static_cast<char>('a' + i % 26));
    ASSERT_EQ(producer.try_send(bytes_of(text)), Outcome::acquired) << i;
    ASSERT_EQ(received(consumer), text) << i;
  }
}

TEST_F(RingTest, hands_over_many_messages_between_threads) {
  constexpr std::uint32_t kMessages = 200'000;
  std::thread sender([&] {
    RingProducer producer = *here_.producer();
    std::mt19937 random(2);  // NOLINT(*-msc51-cpp)
    for (std::uint32_t i = 0; i < kMessages; ++i) {
      const std::vector<std::uint32_t> message(random() % 50 + 1, i);
      require(producer.send(std::as_bytes(std::span(message))) == Outcome::acquired, "a message is refused");
    }
  });
  RingConsumer consumer = *there_.consumer();
  std::mt19937 random(2);  // NOLINT(*-msc51-cpp)
  for (std::uint32_t i = 0; i < kMessages; ++i) {
    const std::size_t length = (random() % 50 + 1) * 4;
    const auto got = consumer.receive([&](std::span<const std::byte> bytes) {
      ASSERT_EQ(bytes.size(), length);
      std::vector<std::uint32_t> words(length / 4);
      std::memcpy(words.data(), bytes.data(), length);
      ASSERT_TRUE(std::ranges::all_of(words, [&](std::uint32_t word) { return word == i; })) << i;
    });
    ASSERT_EQ(got, Outcome::acquired);
  }
  sender.join();
}

TEST_F(RingTest, gives_bytes_to_write_in_place) {
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  const auto dropped = producer.try_claim(100);
  ASSERT_TRUE(dropped && *dropped);
  std::ranges::fill(**dropped, std::byte{1});
  EXPECT_EQ(received(consumer), "");
  const auto claim = producer.try_claim(100);
  ASSERT_TRUE(claim && *claim);
  std::memcpy((*claim)->data(), "shorter", 7);
  producer.commit(7);
  EXPECT_EQ(received(consumer), "shorter");
}

TEST_F(RingTest, drains_what_is_there) {
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(producer.try_send(bytes_of("message")));
  std::uint32_t count = 0;
  const auto read = [&](auto) { ++count; };
  EXPECT_EQ(*consumer.drain(read, 3), 3U);
  EXPECT_EQ(*consumer.drain(read, 100), 2U);
  EXPECT_EQ(*consumer.drain(read, 100), 0U);
  EXPECT_EQ(count, 5U);
}

TEST_F(RingTest, says_once_that_nothing_follows) {
  RingProducer producer = *here_.producer();
  RingConsumer consumer = *there_.consumer();
  ASSERT_TRUE(producer.try_send(bytes_of("last")));
  EXPECT_EQ(producer.end(), Outcome::acquired);
  EXPECT_EQ(received(consumer), "last");
  EXPECT_EQ(consumer.receive([](auto) {}), Errc::ended);
  EXPECT_EQ(received(consumer), "");
}

TEST_F(RingTest, has_one_of_each_at_a_time) {
  std::optional<RingProducer> producer(*here_.producer());
  EXPECT_EQ(here_.producer().error().code, Errc::role_taken);
  EXPECT_EQ(there_.producer().error().code, Errc::role_taken);
  EXPECT_EQ(here_.producer_token(), one_.token());
  RingConsumer consumer = *here_.consumer();
  EXPECT_EQ(there_.consumer().error().code, Errc::role_taken);
  producer.reset();
  EXPECT_EQ(here_.producer_token(), kNobody);
  EXPECT_TRUE(there_.producer());
}

TEST_F(RingTest, a_successor_goes_on_where_a_dead_producer_stopped) {
  RingConsumer consumer = *there_.consumer();
  {
    Peer victim(segment_);
    RingProducer producer = *victim.ring.producer();
    ASSERT_TRUE(producer.try_send(bytes_of("published")));
    ASSERT_TRUE(producer.try_claim(50));
    EXPECT_EQ(here_.producer().error().code, Errc::role_taken);
    victim.die();
    RingProducer successor = *here_.producer();
    ASSERT_TRUE(successor.try_send(bytes_of("next")));
    producer.leave();  // it has no say any more
    EXPECT_EQ(here_.producer_token(), one_.token());
  }
  EXPECT_EQ(received(consumer), "published");
  EXPECT_EQ(received(consumer), "next");
}

TEST_F(RingTest, a_dead_consumers_message_is_the_successors) {
  RingProducer producer = *here_.producer();
  ASSERT_TRUE(producer.try_send(bytes_of("message")));
  Peer victim(segment_);
  RingConsumer consumer = *victim.ring.consumer();
  ASSERT_TRUE(consumer.try_receive([&](auto) { victim.die(); }));  // too late: it was received
  ASSERT_TRUE(producer.try_send(bytes_of("other")));
  RingConsumer successor = *there_.consumer();
  EXPECT_EQ(received(successor), "other");
}

TEST_F(RingTest, a_death_is_told_once_to_who_waits_in_vain) {
  RingConsumer consumer = *there_.consumer();
  {
    Peer victim(segment_);
    RingProducer producer = *victim.ring.producer();
    ASSERT_TRUE(producer.try_send(bytes_of("left")));
    victim.die();
    EXPECT_EQ(consumer.receive([](auto) {}), Outcome::acquired);
    EXPECT_EQ(consumer.receive([](auto) {}), Errc::peer_died);
    EXPECT_EQ(consumer.receive([](auto) {}, Deadline::in_milliseconds(2)), Outcome::timed_out);
  }
  EXPECT_EQ(here_.producer_token(), kNobody);
}

TEST_F(RingTest, of_any_bytes_gives_errors_and_stays_within_itself) {
  std::mt19937 random(3);  // NOLINT(*-msc51-cpp)
  const auto word = [&]() -> std::uint32_t {
    constexpr std::uint32_t kWords[] = {0,          8,          kCapacity,  kCapacity - 8, kLongest, kLongest + 1,
                                        0xFFFFFFFF, 0xFFFFFFF8, 0x7FFFFFFF, 0x80000000,    4,        16};
    return random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : kWords[random() % std::size(kWords)];
  };
  int corrupt = 0;
  for (int i = 0; i < 30'000; ++i) {
    for (std::uint64_t& pair : segment_->ring_records)
      pair = std::uint64_t{word()} << 32U | (random() % 8 == 0 ? 8U : word());
    segment_->ring.producer = {word(), kNobody};
    segment_->ring.consumer = {word(), kNobody};
    RingProducer producer = *here_.producer();
    RingConsumer consumer = *there_.consumer();
    const auto read = [&](std::span<const std::byte> bytes) {
      const auto* begin = reinterpret_cast<const std::byte*>(segment_->ring_records);
      ASSERT_TRUE(bytes.data() >= begin && bytes.data() + bytes.size() <= begin + kCapacity);
    };
    if (random() % 2 == 0) segment_->ring.producer.position = word();
    corrupt += static_cast<int>(consumer.drain(read, 1000) == Errc::corrupt);
    const auto claim = producer.try_claim(word() % (kLongest + 2));
    if (claim && *claim) {
      read(**claim);
      std::ranges::fill(**claim, std::byte{1});
      producer.commit(static_cast<std::uint32_t>((*claim)->size()));
    }
    (void)producer.send(bytes_of("text"), Deadline::now());
    (void)consumer.receive(read, Deadline::now());
  }
  EXPECT_GT(corrupt, 1000);
}

}  // namespace
}  // namespace shm::test
