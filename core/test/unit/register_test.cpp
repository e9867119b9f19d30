// SPDX-License-Identifier: MIT
#include <shm/message/register.hpp>

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

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class RegisterTest : public testing::Test {
 protected:
  static std::string text_in(const Register& value) {
    std::array<std::byte, kValueSize> bytes{};
    const auto version = value.read(bytes);
    if (!version) return "Errc " + std::to_string(static_cast<int>(version.error().code));
    return version->number == 0 ? "nothing" : std::string(reinterpret_cast<const char*>(bytes.data()), version->length);
  }

  SyncSegment segment_{4};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(RegisterTest, holds_the_latest_value) {
  EXPECT_EQ(text_in(two_.value), "nothing");
  EXPECT_EQ(two_.value.version(), 0U);
  EXPECT_EQ(one_.value.write(bytes_of("first")), Outcome::acquired);
  EXPECT_EQ(text_in(two_.value), "first");
  EXPECT_EQ(two_.value.try_write(bytes_of("second")), Outcome::acquired);
  EXPECT_EQ(text_in(one_.value), "second");
  EXPECT_EQ(text_in(two_.value), "second");
  EXPECT_EQ(one_.value.write({}), Outcome::acquired);
  EXPECT_EQ(text_in(two_.value), "");
  EXPECT_EQ(one_.value.version(), 3U);
}

TEST_F(RegisterTest, refuses_what_is_too_long_and_too_small) {
  EXPECT_EQ(one_.value.write(std::vector<std::byte>(kValueSize)), Outcome::acquired);
  EXPECT_EQ(one_.value.write(std::vector<std::byte>(kValueSize + 1)), Errc::too_long);
  EXPECT_EQ(one_.value.try_write(std::vector<std::byte>(kValueSize + 1)), Errc::too_long);
  std::array<std::byte, kValueSize - 1> small{};
  EXPECT_EQ(one_.value.read(small).error().code, Errc::invalid_argument);
  EXPECT_EQ(one_.value.version(), 1U);
}

TEST_F(RegisterTest, says_when_it_changes) {
  EXPECT_EQ(two_.value.changed(0, Deadline::in_milliseconds(2)), Outcome::timed_out);
  std::thread writer([&] { (void)one_.value.write(bytes_of("new")); });
  EXPECT_EQ(two_.value.changed(0), Outcome::acquired);
  writer.join();
  EXPECT_EQ(text_in(two_.value), "new");
  EXPECT_EQ(two_.value.changed(7), Outcome::acquired);
}

TEST_F(RegisterTest, is_never_torn) {
  constexpr std::uint32_t kWrites = 100'000;
  std::atomic<bool> is_over = false;
  const auto write = [&](Peer& peer, std::uint32_t seed) {
    std::mt19937 random(seed);  // NOLINT(*-msc51-cpp): the same values every time
    for (std::uint32_t i = 0; i < kWrites; ++i) {
      const std::vector<std::byte> value(random() % kValueSize + 1, static_cast<std::byte>(random()));
      require(peer.value.write(value) == Outcome::acquired, "a write fails");
    }
  };
  Peer third(segment_);
  std::thread first_writer([&] { write(one_, 1); });
  std::thread second_writer([&] { write(two_, 2); });
  std::thread reader([&] {
    std::array<std::byte, kValueSize> bytes{};
    while (!is_over) {
      const auto version = third.value.read(bytes);
      if (!version || version->number == 0) continue;
      const std::span value(bytes.data(), version->length);
      require(std::ranges::all_of(value, [&](std::byte byte) { return byte == value[0]; }), "a value is torn");
    }
  });
  first_writer.join();
  second_writer.join();
  is_over = true;
  reader.join();
  EXPECT_EQ(one_.value.version(), 2 * kWrites);
}

TEST_F(RegisterTest, goes_on_after_its_version_has_been_the_largest) {
  ASSERT_TRUE(one_.value.write(bytes_of("x")));
  segment_->value.version = 0xFFFFFFFE;
  for (const std::uint32_t version : {0xFFFFFFFFU, 1U, 2U, 3U}) {
    const std::string text = "version " + std::to_string(version);
    EXPECT_EQ(one_.value.write(bytes_of(text)), Outcome::acquired);
    EXPECT_EQ(one_.value.version(), version);
    EXPECT_EQ(text_in(two_.value), text);
  }
}

TEST_F(RegisterTest, of_a_dead_writer_has_the_value_before) {
  ASSERT_TRUE(one_.value.write(bytes_of("whole")));
  Peer victim(segment_);
  ASSERT_EQ(victim.value.writer().lock(), Outcome::acquired);
  EXPECT_EQ(one_.value.try_write(bytes_of("not yet")), Outcome::timed_out);
  EXPECT_EQ(one_.value.write(bytes_of("not yet"), Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_EQ(text_in(one_.value), "whole");
  victim.die();
  EXPECT_EQ(text_in(one_.value), "whole");
  EXPECT_EQ(one_.value.write(bytes_of("next")), Outcome::acquired);
  EXPECT_EQ(text_in(two_.value), "next");
}

TEST_F(RegisterTest, of_any_bytes_gives_errors_and_stays_within_itself) {
  std::mt19937 random(3);  // NOLINT(*-msc51-cpp)
  int failures = 0;
  for (int i = 0; i < 3000; ++i) {
    for (std::uint64_t& word : segment_->value_slots) {
      word = random() % 2 == 0 ? std::uint64_t{kValueSize + random() % 3} << 32U | (random() % 8) : ~std::uint64_t{0};
    }
    segment_->value.version = random() % 2 == 0 ? random() % 8 : static_cast<std::uint32_t>(random());
    std::vector<std::byte> exact(kValueSize);
    const auto version = one_.value.read(exact);
    failures += version ? 0 : 1;
    if (version) {
      EXPECT_LE(version->length, kValueSize);
    }
    EXPECT_EQ(one_.value.write(bytes_of("text")), Outcome::acquired);
    EXPECT_EQ(text_in(two_.value), "text");
  }
  EXPECT_GT(failures, 100);
}

}  // namespace
}  // namespace shm::test
