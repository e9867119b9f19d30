// SPDX-License-Identifier: MIT
#include <shm/sync/condition.hpp>

#include <gtest/gtest.h>

#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

class ConditionOfTwo : public testing::Test {
 protected:
  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(ConditionOfTwo, needs_its_mutex) {
  EXPECT_EQ(one_.condition.wait(one_.mutex), Errc::not_owner);
  ASSERT_EQ(two_.mutex.lock(), Outcome::acquired);
  EXPECT_EQ(one_.condition.wait(one_.mutex), Errc::not_owner);
  EXPECT_TRUE(two_.mutex.is_held());
}

TEST_F(ConditionOfTwo, lets_the_mutex_go_and_has_it_again_after_a_notification) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  Operation wait = one_.condition.wait_operation(one_.mutex);
  const Step step = wait.advance(Effort::suspect);
  ASSERT_TRUE(step.is_wait());
  EXPECT_EQ(step.word, &segment_->condition.sequence);
  EXPECT_EQ(two_.mutex.try_lock(), Outcome::acquired);
  EXPECT_TRUE(wait.advance(Effort::suspect).is_wait());
  two_.condition.notify_one();
  EXPECT_NE(segment_->condition.sequence, step.value);
  const Step for_mutex = wait.advance(Effort::announce);
  ASSERT_TRUE(for_mutex.is_wait());
  EXPECT_EQ(for_mutex.word, &segment_->mutex.word);
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(outcome_of(wait.advance(Effort::announce)), Outcome::acquired);
  EXPECT_TRUE(one_.mutex.is_held());
}

TEST_F(ConditionOfTwo, has_the_mutex_again_when_the_deadline_has_passed) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  const auto result = one_.condition.wait(one_.mutex, Deadline::in_milliseconds(2));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->notified);
  EXPECT_FALSE(result->owner_died);
  EXPECT_TRUE(one_.mutex.is_held());
}

TEST_F(ConditionOfTwo, waits_for_the_mutex_after_the_deadline_however_long_it_takes) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  Operation wait = one_.condition.wait_operation(one_.mutex);
  ASSERT_TRUE(wait.advance(Effort::suspect).is_wait());
  ASSERT_EQ(two_.mutex.lock(), Outcome::acquired);
  EXPECT_TRUE(wait.give_up().is_wait());
  EXPECT_TRUE(wait.advance(Effort::suspect).is_wait());
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(outcome_of(wait.advance(Effort::announce)), Outcome::timed_out);
  EXPECT_TRUE(one_.mutex.is_held());
}

TEST_F(ConditionOfTwo, that_is_given_up_after_a_notification_was_notified) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  Operation wait = one_.condition.wait_operation(one_.mutex);
  ASSERT_TRUE(wait.advance(Effort::suspect).is_wait());
  ASSERT_EQ(two_.mutex.lock(), Outcome::acquired);
  two_.condition.notify_all();
  ASSERT_TRUE(wait.advance(Effort::announce).is_wait());
  EXPECT_TRUE(wait.give_up().is_wait());
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(outcome_of(wait.advance(Effort::announce)), Outcome::acquired);
}

TEST_F(ConditionOfTwo, tells_that_an_owner_of_the_mutex_died_meanwhile) {
  for (const bool notifies : {true, false}) {
    Peer victim(segment_);
    ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
    Operation wait = one_.condition.wait_operation(one_.mutex);
    ASSERT_TRUE(wait.advance(Effort::suspect).is_wait());
    ASSERT_EQ(victim.mutex.lock(), Outcome::acquired);
    if (notifies) victim.condition.notify_one();
    victim.die();
    const Step step = notifies ? wait.advance(Effort::suspect) : wait.give_up();
    ASSERT_TRUE(step.is_done());
    EXPECT_EQ(step.outcome, notifies ? Outcome::owner_died : Outcome::timed_out);
    EXPECT_EQ(step.detail, notifies ? 0U : 1U);
    EXPECT_TRUE(one_.mutex.make_consistent());
    EXPECT_TRUE(one_.mutex.unlock());
  }
}

TEST_F(ConditionOfTwo, leaves_the_mutex_suspect_if_nobody_has_repaired) {
  segment_->mutex.word = layout::kSuspect;
  ASSERT_EQ(one_.mutex.lock(), Outcome::owner_died);
  Operation wait = one_.condition.wait_operation(one_.mutex);
  ASSERT_TRUE(wait.advance(Effort::suspect).is_wait());
  EXPECT_EQ(segment_->mutex.word, layout::kSuspect);
}

TEST_F(ConditionOfTwo, asks_the_kernel_only_if_somebody_ever_waited) {
  EXPECT_EQ(segment_->condition.ever_waited, 0U);
  one_.condition.notify_all();
  EXPECT_EQ(segment_->condition.sequence, 1U);
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_TRUE(one_.condition.wait(one_.mutex, Deadline::now()));
  EXPECT_EQ(segment_->condition.ever_waited, 1U);
}

TEST_F(ConditionOfTwo, hands_a_value_to_and_fro) {
  constexpr std::uint32_t kRounds = 300;
  const auto play = [&](Peer& peer, std::uint32_t side) {
    for (std::uint32_t i = 0; i < kRounds; ++i) {
      EXPECT_EQ(peer.mutex.lock(), Outcome::acquired);
      while (segment_->words[0] % 2 != side) EXPECT_TRUE(peer.condition.wait(peer.mutex));
      ++segment_->words[0];
      peer.condition.notify_one();
      EXPECT_TRUE(peer.mutex.unlock());
    }
  };
  std::thread other([&] { play(two_, 1); });
  play(one_, 0);
  other.join();
  EXPECT_EQ(segment_->words[0], 2 * kRounds);
}

}  // namespace
}  // namespace shm::test
