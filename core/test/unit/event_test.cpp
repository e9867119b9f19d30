// SPDX-License-Identifier: MIT
#include <shm/sync/event.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

class EventOfTwo : public testing::Test {
 protected:
  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(EventOfTwo, stays_set_until_it_is_reset) {
  EXPECT_FALSE(one_.manual.is_set());
  EXPECT_EQ(one_.manual.try_wait(), Outcome::timed_out);
  EXPECT_EQ(one_.manual.wait(Deadline::in_milliseconds(2)), Outcome::timed_out);
  two_.manual.set();
  two_.manual.set();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one_.manual.wait(), Outcome::acquired);
  EXPECT_TRUE(one_.manual.is_set());
  one_.manual.reset();
  one_.manual.reset();
  EXPECT_FALSE(two_.manual.is_set());
  EXPECT_EQ(one_.manual.try_wait(), Outcome::timed_out);
}

TEST_F(EventOfTwo, passes_who_was_waiting_when_it_was_set_and_reset_at_once) {
  Operation before = one_.manual.wait_operation();
  EXPECT_TRUE(before.advance(Effort::suspect).is_wait());
  two_.manual.set();
  two_.manual.reset();
  EXPECT_EQ(outcome_of(before.advance(Effort::announce)), Outcome::acquired);
  EXPECT_TRUE(one_.manual.wait_operation().advance(Effort::announce).is_wait()) << "who comes afterwards has missed it";
}

TEST_F(EventOfTwo, counts_how_often_it_was_set_modulo_its_bits) {
  segment_->manual.state = 0xFFFFFFFE;
  Operation wait = one_.manual.wait_operation();
  EXPECT_TRUE(wait.advance(Effort::suspect).is_wait());
  two_.manual.set();
  EXPECT_EQ(segment_->manual.state, 1U);
  two_.manual.reset();
  EXPECT_EQ(outcome_of(wait.advance(Effort::announce)), Outcome::acquired);
}

TEST_F(EventOfTwo, that_resets_itself_passes_one_for_each_signal) {
  EXPECT_EQ(one_.automatic.try_wait(), Outcome::timed_out);
  two_.automatic.set();
  two_.automatic.set();
  EXPECT_TRUE(one_.automatic.is_set());
  EXPECT_EQ(one_.automatic.wait(), Outcome::acquired);
  EXPECT_FALSE(one_.automatic.is_set());
  EXPECT_EQ(one_.automatic.try_wait(), Outcome::timed_out);
  EXPECT_EQ(one_.automatic.wait(Deadline::in_milliseconds(2)), Outcome::timed_out);
  two_.automatic.set();
  two_.automatic.reset();
  EXPECT_EQ(one_.automatic.try_wait(), Outcome::timed_out);
}

TEST_F(EventOfTwo, that_resets_itself_and_has_an_impossible_state_is_corrupt) {
  for (const std::uint32_t state : {2U, 3U, 0xFFFFFFFFU}) {
    segment_->automatic.state = state;
    EXPECT_EQ(one_.automatic.wait(), Errc::corrupt);
    EXPECT_EQ(one_.automatic.try_wait(), Errc::corrupt);
  }
}

TEST_F(EventOfTwo, wakes_all_that_sleep) {
  Peer third(segment_);
  for (int round = 0; round < 30; ++round) {
    segment_->manual.changed.gate = 0;
    std::thread first([&] { EXPECT_EQ(two_.manual.wait(), Outcome::acquired); });
    std::thread second([&] { EXPECT_EQ(third.manual.wait(), Outcome::acquired); });
    while (std::atomic_ref(segment_->manual.changed.gate).load() == 0) std::this_thread::yield();
    one_.manual.set();
    first.join();
    second.join();
    one_.manual.reset();
  }
}

TEST_F(EventOfTwo, that_resets_itself_wakes_who_sleeps) {
  for (int round = 0; round < 50; ++round) {
    segment_->automatic.changed.gate = 0;
    std::thread sleeper([&] { EXPECT_EQ(two_.automatic.wait(), Outcome::acquired); });
    while (std::atomic_ref(segment_->automatic.changed.gate).load() == 0) std::this_thread::yield();
    one_.automatic.set();
    sleeper.join();
    EXPECT_FALSE(one_.automatic.is_set());
  }
}

TEST_F(EventOfTwo, that_is_set_wakes_who_its_killed_setter_has_not) {
  Operation wait = one_.manual.wait_operation();
  const Step step = wait.advance(Effort::suspect);
  ASSERT_TRUE(step.is_wait());
  segment_->manual.state = 3;  // set by somebody who was killed before he woke anybody
  two_.manual.set();
  EXPECT_NE(*step.word, step.value);
}

}  // namespace
}  // namespace shm::test
