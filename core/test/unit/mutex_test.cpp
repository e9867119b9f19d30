// SPDX-License-Identifier: MIT
#include <shm/sync/mutex.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

using layout::kSuspect, layout::kTokenBits, layout::kWaiters;

class MutexOfTwo : public testing::Test {
 protected:
  [[nodiscard]] std::uint32_t word() const { return segment_->mutex.word; }

  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(MutexOfTwo, holds_the_token_of_its_owner_and_is_zero_when_free) {
  EXPECT_EQ(word(), 0U);
  EXPECT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_EQ(word(), one_.token());
  EXPECT_TRUE(one_.mutex.is_held());
  EXPECT_FALSE(two_.mutex.is_held());
  EXPECT_TRUE(one_.mutex.unlock());
  EXPECT_EQ(word(), 0U);
  EXPECT_FALSE(one_.mutex.is_held());
}

TEST_F(MutexOfTwo, is_the_same_lock_through_copies_of_a_handle) {
  Mutex copy = one_.mutex;
  EXPECT_EQ(copy.lock(), Outcome::acquired);
  EXPECT_TRUE(one_.mutex.is_held());
  EXPECT_TRUE(one_.mutex.unlock());
}

TEST_F(MutexOfTwo, times_out_while_another_one_has_it) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_EQ(two_.mutex.try_lock(), Outcome::timed_out);
  EXPECT_EQ(word(), one_.token()) << "a try leaves no mark";
  EXPECT_EQ(two_.mutex.lock(Deadline::now()), Outcome::timed_out);
  EXPECT_EQ(two_.mutex.lock(Deadline::in_milliseconds(5)), Outcome::timed_out);
  EXPECT_EQ(word(), one_.token() | kWaiters) << "who waited may have taken the wake-up of another";
  EXPECT_TRUE(one_.mutex.unlock());
  EXPECT_EQ(word(), 0U);
  EXPECT_EQ(two_.mutex.try_lock(), Outcome::acquired);
}

TEST_F(MutexOfTwo, is_not_taken_twice_by_the_same_participant) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_EQ(one_.mutex.lock(), Errc::deadlock);
  EXPECT_EQ(one_.mutex.try_lock(), Errc::deadlock);
  EXPECT_EQ(one_.mutex.lock(Deadline::now()), Errc::deadlock);
  EXPECT_EQ(word(), one_.token());
}

TEST_F(MutexOfTwo, is_let_go_by_its_owner_alone) {
  EXPECT_EQ(one_.mutex.unlock(), Errc::not_owner);
  EXPECT_EQ(one_.mutex.make_consistent(), Errc::not_owner);
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_EQ(two_.mutex.unlock(), Errc::not_owner);
  EXPECT_EQ(two_.mutex.unlock_suspect(), Errc::not_owner);
  EXPECT_EQ(two_.mutex.make_consistent(), Errc::not_owner);
  EXPECT_EQ(word(), one_.token());
  EXPECT_TRUE(one_.mutex.unlock());
  EXPECT_EQ(one_.mutex.unlock(), Errc::not_owner);
}

TEST_F(MutexOfTwo, goes_to_the_next_one_when_its_owner_dies) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  const Token dead = one_.token();
  one_.die();
  EXPECT_EQ(two_.mutex.lock(), Outcome::owner_died);
  EXPECT_EQ(word(), two_.token() | kSuspect);
  EXPECT_EQ(segment_->mutex.recoveries, 1U);
  EXPECT_EQ(segment_->mutex.last_dead, dead);
}

TEST_F(MutexOfTwo, goes_to_who_only_tries_when_its_owner_dies) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  one_.die();
  EXPECT_EQ(two_.mutex.try_lock(), Outcome::owner_died);
}

TEST_F(MutexOfTwo, tells_every_owner_that_one_died_until_somebody_says_it_is_repaired) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  one_.die();
  const Peer third(segment_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(two_.mutex.lock(), Outcome::owner_died);
    EXPECT_TRUE(two_.mutex.unlock());
    EXPECT_EQ(word(), kSuspect);
  }
  EXPECT_EQ(two_.mutex.try_lock(), Outcome::owner_died);
  EXPECT_TRUE(two_.mutex.make_consistent());
  EXPECT_EQ(word(), two_.token());
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(two_.mutex.lock(), Outcome::acquired);
}

TEST_F(MutexOfTwo, can_be_let_go_by_who_does_not_know_whether_the_data_is_whole) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  EXPECT_TRUE(one_.mutex.unlock_suspect());
  EXPECT_EQ(word(), kSuspect);
  EXPECT_EQ(two_.mutex.lock(), Outcome::owner_died);
  EXPECT_TRUE(two_.mutex.make_consistent());
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(one_.mutex.lock(), Outcome::acquired);
}

TEST_F(MutexOfTwo, is_dead_if_the_slot_of_its_owner_has_another_tenant) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  const std::uint32_t slot = one_.slot();
  one_.die();
  std::vector<std::unique_ptr<Peer>> peers;
  while (peers.empty() || peers.back()->slot() != slot) peers.push_back(std::make_unique<Peer>(segment_));
  EXPECT_EQ(peers.back()->mutex.try_lock(), Outcome::owner_died) << "its own slot, but not its token";
}

TEST_F(MutexOfTwo, takes_what_no_participant_wrote_for_a_dead_owner) {
  for (const std::uint32_t token : {token_of(8, 1), token_of(900, 77), token_of(one_.slot(), 0), kTokenBits}) {
    segment_->mutex.word = token | kWaiters;
    EXPECT_EQ(two_.mutex.lock(), Outcome::owner_died) << std::hex << token;
    EXPECT_TRUE(two_.mutex.make_consistent());
    EXPECT_TRUE(two_.mutex.unlock());
  }
}

TEST_F(MutexOfTwo, that_was_taken_away_by_force_is_not_freed_by_its_former_owner) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  segment_->mutex.word = two_.token() | kWaiters;  // by a peer that does what it likes
  EXPECT_EQ(one_.mutex.unlock(), Errc::not_owner);
  EXPECT_EQ(word(), two_.token() | kWaiters);
}

TEST_F(MutexOfTwo, keeps_the_mark_of_waiters_when_one_of_them_gets_it) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  Operation lock = two_.mutex.lock_operation();
  EXPECT_TRUE(lock.advance(Effort::glance).is_wait());
  EXPECT_EQ(word(), one_.token());
  const Step step = lock.advance(Effort::suspect);
  ASSERT_TRUE(step.is_wait());
  EXPECT_EQ(step.word, &segment_->mutex.word);
  EXPECT_EQ(step.value, one_.token() | kWaiters);
  EXPECT_TRUE(one_.mutex.unlock());
  EXPECT_EQ(word(), 0U);
  EXPECT_TRUE(lock.advance(Effort::announce).is_done());
  EXPECT_EQ(word(), two_.token() | kWaiters) << "others may sleep whose wake-up it had";
  EXPECT_TRUE(two_.mutex.unlock());
  EXPECT_EQ(word(), 0U);
}

TEST_F(MutexOfTwo, is_not_asked_whether_its_owner_lives_by_a_glance_or_an_announcement) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  one_.die();
  for (const Effort effort : {Effort::glance, Effort::announce}) {
    EXPECT_TRUE(two_.mutex.lock_operation().advance(effort).is_wait());
  }
  EXPECT_EQ(outcome_of(two_.mutex.lock_operation().advance(Effort::probe)), Outcome::owner_died);
}

TEST_F(MutexOfTwo, is_not_held_after_giving_up) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  Operation lock = two_.mutex.lock_operation();
  EXPECT_TRUE(lock.advance(Effort::announce).is_wait());
  EXPECT_EQ(outcome_of(lock.give_up()), Outcome::timed_out);
  EXPECT_EQ(word(), one_.token() | kWaiters);
}

TEST_F(MutexOfTwo, wakes_who_sleeps_for_it) {
  for (int round = 0; round < 50; ++round) {
    ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
    std::thread sleeper([&] {
      EXPECT_EQ(two_.mutex.lock(), Outcome::acquired);
      EXPECT_TRUE(two_.mutex.unlock());
    });
    while ((std::atomic_ref(segment_->mutex.word).load() & kWaiters) == 0) std::this_thread::yield();
    EXPECT_TRUE(one_.mutex.unlock());
    sleeper.join();
  }
}

TEST_F(MutexOfTwo, is_taken_from_the_dead_by_who_sleeps_already) {
  ASSERT_EQ(one_.mutex.lock(), Outcome::acquired);
  std::thread sleeper([&] { EXPECT_EQ(two_.mutex.lock(), Outcome::owner_died); });
  while ((std::atomic_ref(segment_->mutex.word).load() & kWaiters) == 0) std::this_thread::yield();
  one_.die();
  sleeper.join();
  EXPECT_EQ(word() & ~kWaiters, two_.token() | kSuspect);
}

TEST(Operation, of_nothing_fails) {
  Operation none;
  EXPECT_EQ(none.advance(Effort::glance).kind, Step::Kind::failed);
  EXPECT_EQ(none.give_up().error, Errc::closed);
}

TEST(Slices, grow_and_stay_below_50_milliseconds) {
  Slices slices;
  std::uint64_t longest = 0;
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t length = slices.next();
    const double wanted = std::min(double(8 << std::min(i, 4)), 40.0) * 1e6;
    EXPECT_GE(double(length), wanted * 0.74);
    EXPECT_LE(double(length), wanted * 1.26);
    longest = std::max(longest, length);
  }
  EXPECT_LE(longest, 50'000'000U);
}

}  // namespace
}  // namespace shm::test
