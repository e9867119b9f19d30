// SPDX-License-Identifier: MIT
#include <shm/sync/barrier.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

class BarrierOfThree : public testing::Test {
 protected:
  [[nodiscard]] std::uint32_t phase() const { return segment_->barrier.phase; }
  [[nodiscard]] Operation arrived(const Peer& peer) const {
    Operation wait = peer.barrier.wait_operation();
    EXPECT_TRUE(wait.advance(Effort::suspect).is_wait());
    return wait;
  }
  static void expect_passed(Operation& wait) {
    EXPECT_EQ(outcome_of(wait.advance(Effort::announce)), Outcome::acquired);
  }

  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
  Peer three_{segment_};
};

TEST_F(BarrierOfThree, passes_all_when_the_last_one_arrives_again_and_again) {
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(phase(), i);
    Operation first = arrived(one_);
    Operation second = arrived(two_);
    EXPECT_TRUE(first.advance(Effort::suspect).is_wait());
    const auto last = three_.barrier.wait();
    ASSERT_TRUE(last);
    EXPECT_TRUE(last->is_last);
    EXPECT_EQ(last->outcome, Outcome::acquired);
    expect_passed(first);
    expect_passed(second);
  }
}

TEST_F(BarrierOfThree, passes_when_its_phase_comes_to_zero_again) {
  segment_->barrier.phase = 0xFFFFFFFF;
  Operation first = arrived(one_);
  Operation second = arrived(two_);
  EXPECT_TRUE(three_.barrier.wait()->is_last);
  EXPECT_EQ(phase(), 0U);
  expect_passed(first);
  expect_passed(second);
  EXPECT_TRUE(one_.barrier.wait_operation().advance(Effort::suspect).is_wait());
}

TEST_F(BarrierOfThree, takes_the_arrival_back_of_who_does_not_want_to_wait_any_longer) {
  EXPECT_EQ(one_.barrier.wait(Deadline::in_milliseconds(2))->outcome, Outcome::timed_out);
  for (const layout::BarrierCell& cell : segment_->cells) EXPECT_EQ(cell.token, kNobody);
  Operation second = arrived(two_);
  Operation third = arrived(three_);
  EXPECT_EQ(phase(), 0U);
  EXPECT_TRUE(one_.barrier.wait()->is_last);
  expect_passed(second);
  expect_passed(third);
}

TEST_F(BarrierOfThree, that_is_given_up_too_late_was_passed) {
  Operation first = arrived(one_);
  Operation second = arrived(two_);
  EXPECT_TRUE(three_.barrier.wait());
  EXPECT_EQ(outcome_of(first.give_up()), Outcome::acquired);
  expect_passed(second);
  EXPECT_EQ(segment_->barrier.mutex.word & layout::kTokenBits, kNobody);
}

TEST_F(BarrierOfThree, does_not_count_the_dead) {
  Peer victim(segment_);
  (void)arrived(victim);
  victim.die();
  Operation first = arrived(one_);
  Operation second = arrived(two_);
  EXPECT_EQ(phase(), 0U);
  EXPECT_TRUE(first.advance(Effort::suspect).is_wait());
  EXPECT_TRUE(three_.barrier.wait()->is_last);
  expect_passed(first);
  expect_passed(second);
}

TEST_F(BarrierOfThree, goes_on_after_a_death_inside) {
  Peer victim(segment_);
  segment_->barrier.mutex.word = victim.token();
  victim.die();
  Operation first = arrived(one_);
  Operation second = arrived(two_);
  EXPECT_EQ(segment_->barrier.mutex.word & ~layout::kWaiters, 0U) << "it repairs itself";
  EXPECT_TRUE(three_.barrier.wait()->is_last);
  expect_passed(first);
  expect_passed(second);
}

TEST_F(BarrierOfThree, that_more_than_its_parties_have_arrived_at_is_corrupt) {
  Peer fourth(segment_);
  for (std::uint32_t i = 0; i < kParties; ++i) segment_->cells[i] = {0, (i == 0 ? one_ : two_).token()};
  EXPECT_EQ(fourth.barrier.wait(), Errc::corrupt);
  EXPECT_EQ(segment_->barrier.mutex.word, 0U);
  segment_->barrier.mutex.word = fourth.token();
  EXPECT_EQ(fourth.barrier.wait(), Errc::corrupt) << "nobody holds it while he is not inside";
}

TEST_F(BarrierOfThree, takes_what_no_participant_wrote_for_the_dead) {
  for (layout::BarrierCell& cell : segment_->cells) cell = {0, token_of(600, 9)};
  Operation first = arrived(one_);
  Operation second = arrived(two_);
  EXPECT_TRUE(three_.barrier.wait()->is_last);
  expect_passed(first);
  expect_passed(second);
}

TEST_F(BarrierOfThree, of_one_party_passes_at_once) {
  Barrier alone(one_.participant(), segment_->barrier, std::span(segment_->cells, 1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(alone.wait()->is_last);
}

TEST_F(BarrierOfThree, keeps_threads_in_step) {
  constexpr std::uint32_t kRounds = 100;
  std::atomic<std::uint32_t> lasts = 0;
  const auto run = [&](Peer& peer) {
    for (std::uint32_t i = 0; i < kRounds; ++i) {
      std::atomic_ref(segment_->words[0]).fetch_add(1);
      const auto passed = peer.barrier.wait();
      EXPECT_TRUE(passed && passed->outcome == Outcome::acquired);
      EXPECT_GE(std::atomic_ref(segment_->words[0]).load(), (i + 1) * kParties);
      if (passed->is_last) ++lasts;
    }
  };
  std::thread second([&] { run(two_); });
  std::thread third([&] { run(three_); });
  run(one_);
  second.join();
  third.join();
  EXPECT_EQ(lasts, kRounds);
}

}  // namespace
}  // namespace shm::test
