// SPDX-License-Identifier: MIT
#include <shm/message/topic.hpp>

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

constexpr std::uint32_t kLongest = layout::longest_in_topic(layout::kLeastRing);

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class TopicTest : public testing::Test {
 protected:
  /// returns  "nothing": there is none; "-n text" after a loss of n
  static std::string received(TopicSubscriber& subscriber, Deadline deadline = Deadline::now()) {
    std::array<std::byte, kLongest> buffer{};
    const auto got = subscriber.receive(buffer, deadline);
    if (!got) return "Errc " + std::to_string(static_cast<int>(got.error().code));
    if (!*got) return "nothing";
    std::string text;
    if ((*got)->lost != 0) text.append("-").append(std::to_string((*got)->lost)).append(" ");
    return text.append(reinterpret_cast<const char*>((*got)->bytes.data()), (*got)->bytes.size());
  }

  SyncSegment segment_{6};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(TopicTest, tells_all_who_listen_from_then_on) {
  EXPECT_EQ(one_.topic.publish(bytes_of("before")), Outcome::acquired);
  TopicSubscriber late = *two_.topic.subscribe();
  TopicSubscriber early = *two_.topic.subscribe(Topic::From::earliest);
  EXPECT_EQ(received(late), "nothing");
  EXPECT_EQ(one_.topic.try_publish(bytes_of("after")), Outcome::acquired);
  EXPECT_EQ(two_.topic.publish({}), Outcome::acquired);
  EXPECT_EQ(received(early), "before");
  for (TopicSubscriber* subscriber : {&late, &early}) {
    EXPECT_EQ(received(*subscriber), "after");
    EXPECT_EQ(received(*subscriber), "");
    EXPECT_EQ(received(*subscriber), "nothing");
    EXPECT_EQ(subscriber->lost(), 0U);
  }
}

TEST_F(TopicTest, of_nothing_earliest_is_latest) {
  TopicSubscriber early = *two_.topic.subscribe(Topic::From::earliest);
  EXPECT_EQ(received(early), "nothing");
  EXPECT_EQ(one_.topic.publish(bytes_of("first")), Outcome::acquired);
  EXPECT_EQ(received(early), "first");
}

TEST_F(TopicTest, refuses_what_is_too_long_and_too_small) {
  EXPECT_EQ(one_.topic.publish(std::vector<std::byte>(kLongest + 1)), Errc::too_long);
  EXPECT_EQ(one_.topic.try_publish(std::vector<std::byte>(kLongest + 1)), Errc::too_long);
  TopicSubscriber subscriber = *two_.topic.subscribe();
  EXPECT_EQ(one_.topic.publish(bytes_of("five5")), Outcome::acquired);
  std::array<std::byte, 4> small{};
  EXPECT_EQ(subscriber.try_receive(small).error().code, Errc::too_long);
  EXPECT_EQ(received(subscriber), "five5");
}

TEST_F(TopicTest, counts_what_is_lost_exactly) {
  segment_->topic.head = {.published = 0xFFFFF800, .latest = 0xFFFFF800};  // its end is the end of the numbers
  segment_->topic.tail = 0xFFFFF800;
  segment_->topic_records[(0xFFFFF800 % layout::kLeastRing) / 8] = std::uint64_t{0xFFFFFFF0} << 32U;  // of sequences
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same messages every time
  std::uint64_t next = 0;
  TopicSubscriber subscriber = *two_.topic.subscribe();
  std::uint64_t expected = 0;
  std::uint64_t lost = 0;
  for (int round = 0; round < 3000; ++round) {
    for (std::uint32_t count = random() % 30; count > 0; --count) {
      std::vector<std::uint64_t> message(1 + random() % (kLongest / 8), next++);
      ASSERT_EQ(one_.topic.publish(std::as_bytes(std::span(message))), Outcome::acquired);
    }
    std::array<std::byte, kLongest> buffer{};
    for (auto got = subscriber.try_receive(buffer); got && *got; got = subscriber.try_receive(buffer)) {
      std::array<std::uint64_t, kLongest / 8> words{};
      std::memcpy(words.data(), buffer.data(), (*got)->bytes.size());
      for (std::size_t i = 0; i < (*got)->bytes.size() / 8; ++i) ASSERT_EQ(words[i], words[0]) << "torn";
      ASSERT_EQ(words[0], expected + (*got)->lost) << round;
      expected = words[0] + 1;
      lost += (*got)->lost;
    }
    ASSERT_EQ(expected, next);
  }
  EXPECT_EQ(subscriber.lost(), lost);
  EXPECT_GT(lost, 1000U);
}

TEST_F(TopicTest, a_death_in_a_publication_leaves_it_out_or_complete) {
  TopicSubscriber subscriber = *two_.topic.subscribe();
  EXPECT_EQ(one_.topic.publish(bytes_of("first")), Outcome::acquired);
  Peer victim(segment_);
  ASSERT_EQ(victim.topic.writer().lock(), Outcome::acquired);
  segment_->topic.head.latest = segment_->topic.head.published;  // begun
  segment_->topic_records[segment_->topic.head.published / 8] = std::uint64_t{1} << 32U | 7U;
  EXPECT_EQ(one_.topic.try_publish(bytes_of("x")), Outcome::timed_out);
  victim.die();
  EXPECT_EQ(one_.topic.publish(bytes_of("second")), Outcome::acquired);
  EXPECT_EQ(received(subscriber), "first");
  EXPECT_EQ(received(subscriber), "second");
  EXPECT_EQ(subscriber.lost(), 0U);
}

TEST_F(TopicTest, tears_nothing_and_counts_exactly_between_threads) {
  constexpr std::uint64_t kMessages = 100'000;
  Peer three(segment_);
  Peer four(segment_);
  const auto listen = [&](Peer& peer, TopicSubscriber subscriber) {
    (void)peer;
    std::uint64_t expected = 0;
    std::uint64_t count = 0;
    std::array<std::byte, kLongest> buffer{};
    while (expected < kMessages) {
      const auto got = subscriber.receive(buffer, Deadline::in_milliseconds(5000));
      require(got && *got, "a message does not come");
      std::array<std::uint64_t, kLongest / 8> words{};
      std::memcpy(words.data(), buffer.data(), (*got)->bytes.size());
      const std::size_t length = (*got)->bytes.size() / 8;
      require(std::all_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length),
                          [&](std::uint64_t word) { return word == words[0]; }),
              "a message is torn");
      require(words[0] == expected + (*got)->lost, "a loss is miscounted");
      expected = words[0] + 1;
      ++count;
    }
    require(count + subscriber.lost() == kMessages, "a loss is miscounted");
  };
  std::thread listeners[] = {std::thread([&, subscriber = *three.topic.subscribe()] { listen(three, subscriber); }),
                             std::thread([&, subscriber = *four.topic.subscribe()] { listen(four, subscriber); })};
  std::mt19937 random(2);  // NOLINT(*-msc51-cpp)
  for (std::uint64_t number = 0; number < kMessages; ++number) {
    const std::vector<std::uint64_t> message(1 + random() % 30, number);
    require(one_.topic.publish(std::as_bytes(std::span(message))) == Outcome::acquired, "a message is refused");
    if (number % 1000 == 0) std::this_thread::yield();
  }
  for (std::thread& listener : listeners) listener.join();
}

TEST_F(TopicTest, of_any_bytes_gives_errors_and_stays_within_itself) {
  std::mt19937 random(3);  // NOLINT(*-msc51-cpp)
  const auto word = [&]() -> std::uint32_t {
    constexpr std::uint32_t kWords[] = {
        0, 8, layout::kLeastRing, layout::kLeastRing - 8, kLongest, 0xFFFFFFFF, 0xFFFFFFF8, 1, 16, 24};
    return random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : kWords[random() % std::size(kWords)];
  };
  TopicSubscriber subscriber = *two_.topic.subscribe();
  int corrupt = 0;
  for (int i = 0; i < 20'000; ++i) {
    for (std::uint64_t& pair : segment_->topic_records) pair = std::uint64_t{word()} << 32U | word() % 600;
    segment_->topic.writer = {};
    segment_->topic.head = {.published = word(), .latest = word()};
    segment_->topic.tail = word();
    std::array<std::byte, kLongest> buffer{};
    const auto got = subscriber.try_receive(buffer);
    corrupt += !got && got.error().code == Errc::corrupt ? 1 : 0;
    (void)one_.topic.publish(bytes_of("message"), Deadline::now());
    (void)subscriber.receive(buffer, Deadline::now());
    if (auto other = two_.topic.subscribe(i % 2 == 0 ? Topic::From::latest : Topic::From::earliest)) {
      (void)other->try_receive(buffer);
      subscriber = *other;
    }
  }
  EXPECT_GT(corrupt, 100);
}

}  // namespace
}  // namespace shm::test
