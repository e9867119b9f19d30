// SPDX-License-Identifier: MIT
#include <shm/sync/rw_lock.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

using layout::kSuspect, layout::kWaiters;

class RwLockOfTwo : public testing::Test {
 protected:
  [[nodiscard]] std::uint32_t writer() const { return segment_->rw_lock.writer.word; }
  [[nodiscard]] std::uint32_t mark(const Peer& peer) const { return segment_->readers[peer.slot()].token; }

  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(RwLockOfTwo, lets_many_read) {
  EXPECT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  EXPECT_EQ(two_.rw_lock.try_lock_shared(), Outcome::acquired);
  EXPECT_EQ(mark(one_), one_.token());
  EXPECT_EQ(mark(two_), two_.token());
  EXPECT_TRUE(one_.rw_lock.unlock_shared());
  EXPECT_EQ(mark(one_), kNobody);
  EXPECT_TRUE(two_.rw_lock.unlock_shared());
  EXPECT_EQ(writer(), 0U);
}

TEST_F(RwLockOfTwo, lets_one_write) {
  EXPECT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  EXPECT_TRUE(one_.rw_lock.is_held());
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::timed_out);
  EXPECT_EQ(two_.rw_lock.try_lock_shared(), Outcome::timed_out);
  EXPECT_EQ(mark(two_), kNobody);
  EXPECT_EQ(two_.rw_lock.lock(Deadline::in_milliseconds(3)), Outcome::timed_out);
  EXPECT_EQ(two_.rw_lock.lock_shared(Deadline::in_milliseconds(3)), Outcome::timed_out);
  EXPECT_TRUE(one_.rw_lock.unlock());
  EXPECT_EQ(writer(), 0U);
  EXPECT_EQ(two_.rw_lock.try_lock_shared(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, counts_how_often_a_participant_reads) {
  for (std::uint32_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
    EXPECT_EQ(one_.rw_lock.reads(), i);
  }
  EXPECT_EQ(two_.rw_lock.reads(), 0U);
  for (std::uint32_t i = 3; i-- > 0;) {
    EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::timed_out);
    EXPECT_TRUE(one_.rw_lock.unlock_shared());
    EXPECT_EQ(one_.rw_lock.reads(), i);
  }
  EXPECT_EQ(one_.rw_lock.unlock_shared(), Errc::not_owner);
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, lets_a_reader_read_again_while_a_writer_waits) {
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  Operation write = two_.rw_lock.lock_operation();
  ASSERT_TRUE(write.advance(Effort::announce).is_wait());
  EXPECT_EQ(one_.rw_lock.try_lock_shared(), Outcome::acquired) << "or both would wait for ever";
  EXPECT_EQ(one_.rw_lock.reads(), 2U);
}

TEST_F(RwLockOfTwo, keeps_new_readers_out_while_a_writer_waits) {
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  Operation write = two_.rw_lock.lock_operation();
  const Step step = write.advance(Effort::suspect);
  ASSERT_TRUE(step.is_wait());
  EXPECT_EQ(step.word, &segment_->rw_lock.drain.sequence);
  Peer third(segment_);
  EXPECT_EQ(third.rw_lock.try_lock_shared(), Outcome::timed_out);
  EXPECT_TRUE(one_.rw_lock.unlock_shared());
  EXPECT_NE(segment_->rw_lock.drain.sequence, step.value) << "the writer is woken";
  EXPECT_EQ(outcome_of(write.advance(Effort::announce)), Outcome::acquired);
}

TEST_F(RwLockOfTwo, that_a_writer_gave_up_is_free_again) {
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  EXPECT_EQ(two_.rw_lock.lock(Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::timed_out);
  EXPECT_EQ(writer(), 0U);
  Peer third(segment_);
  EXPECT_EQ(third.rw_lock.try_lock_shared(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, refuses_what_would_wait_for_itself) {
  ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  EXPECT_EQ(one_.rw_lock.lock(), Errc::deadlock);
  EXPECT_EQ(one_.rw_lock.try_lock(), Errc::deadlock);
  EXPECT_EQ(one_.rw_lock.lock_shared(), Errc::deadlock);
  EXPECT_EQ(one_.rw_lock.try_lock_shared(), Errc::deadlock);
  EXPECT_EQ(mark(one_), kNobody);
  EXPECT_TRUE(one_.rw_lock.unlock());
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  EXPECT_EQ(one_.rw_lock.lock(), Errc::deadlock);
  EXPECT_EQ(one_.rw_lock.try_lock(), Errc::deadlock);
  EXPECT_EQ(writer(), 0U);
}

TEST_F(RwLockOfTwo, is_let_go_by_who_has_it_alone) {
  EXPECT_EQ(one_.rw_lock.unlock(), Errc::not_owner);
  EXPECT_EQ(one_.rw_lock.unlock_shared(), Errc::not_owner);
  ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  EXPECT_EQ(two_.rw_lock.unlock(), Errc::not_owner);
  EXPECT_EQ(two_.rw_lock.downgrade(), Errc::not_owner);
  EXPECT_EQ(two_.rw_lock.make_consistent(), Errc::not_owner);
  EXPECT_EQ(one_.rw_lock.unlock_shared(), Errc::not_owner);
  EXPECT_TRUE(one_.rw_lock.unlock());
}

TEST_F(RwLockOfTwo, turns_a_writer_into_a_reader) {
  ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  EXPECT_TRUE(one_.rw_lock.downgrade());
  EXPECT_EQ(one_.rw_lock.reads(), 1U);
  EXPECT_FALSE(one_.rw_lock.is_held());
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::timed_out);
  EXPECT_EQ(two_.rw_lock.try_lock_shared(), Outcome::acquired);
  EXPECT_TRUE(one_.rw_lock.unlock_shared());
}

TEST_F(RwLockOfTwo, forgets_a_dead_reader_without_suspicion) {
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  const std::uint32_t slot = one_.slot();
  one_.die();
  EXPECT_EQ(two_.rw_lock.lock(), Outcome::acquired);
  EXPECT_EQ(segment_->readers[slot].token, kNobody);
}

TEST_F(RwLockOfTwo, goes_to_a_trying_writer_past_a_dead_reader) {
  ASSERT_EQ(one_.rw_lock.lock_shared(), Outcome::acquired);
  one_.die();
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, goes_from_a_dead_writer_to_the_next) {
  ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  one_.die();
  EXPECT_EQ(two_.rw_lock.lock(), Outcome::owner_died);
  EXPECT_TRUE(two_.rw_lock.unlock());
  EXPECT_EQ(writer(), kSuspect);
  EXPECT_EQ(two_.rw_lock.lock_shared(), Outcome::owner_died);
  EXPECT_TRUE(two_.rw_lock.unlock_shared());
  EXPECT_EQ(two_.rw_lock.try_lock(), Outcome::owner_died);
  EXPECT_TRUE(two_.rw_lock.make_consistent());
  EXPECT_TRUE(two_.rw_lock.unlock());
  EXPECT_EQ(two_.rw_lock.lock_shared(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, lets_readers_in_after_a_dead_writer_who_are_told_until_a_writer_has_repaired) {
  ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
  one_.die();
  Peer third(segment_);
  EXPECT_EQ(two_.rw_lock.lock_shared(), Outcome::owner_died);
  EXPECT_EQ(writer(), kSuspect);
  EXPECT_EQ(third.rw_lock.try_lock_shared(), Outcome::owner_died);
  EXPECT_EQ(third.rw_lock.make_consistent(), Errc::not_owner) << "a reader repairs nothing";
  EXPECT_TRUE(two_.rw_lock.unlock_shared());
  EXPECT_TRUE(third.rw_lock.unlock_shared());
  EXPECT_EQ(third.rw_lock.lock(), Outcome::owner_died);
  EXPECT_TRUE(third.rw_lock.make_consistent());
  EXPECT_TRUE(third.rw_lock.unlock());
  EXPECT_EQ(two_.rw_lock.lock_shared(), Outcome::acquired);
}

TEST_F(RwLockOfTwo, stays_suspect_when_a_writer_gives_up_after_taking_it_from_the_dead) {
  Peer reader(segment_);
  ASSERT_EQ(reader.rw_lock.lock_shared(), Outcome::acquired);
  Operation write = one_.rw_lock.lock_operation();
  ASSERT_TRUE(write.advance(Effort::announce).is_wait());
  one_.die();
  EXPECT_EQ(two_.rw_lock.lock(Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_EQ(writer(), kSuspect);
}

TEST_F(RwLockOfTwo, takes_what_no_participant_wrote_for_the_dead) {
  segment_->rw_lock.writer.word = token_of(700, 3);
  const std::uint32_t other = two_.slot() == 5 ? 6 : 5;
  segment_->readers[other] = {token_of(701, 3), 9};
  segment_->readers[two_.slot()] = {token_of(702, 3), 9};
  EXPECT_EQ(two_.rw_lock.reads(), 0U);
  EXPECT_EQ(two_.rw_lock.lock(), Outcome::owner_died);
  EXPECT_EQ(segment_->readers[other].token, kNobody);
  EXPECT_EQ(segment_->readers[two_.slot()].token, kNobody);
}

TEST_F(RwLockOfTwo, is_taken_although_somebody_else_wrote_the_writer_s_own_mark) {
  Operation write = one_.rw_lock.lock_operation();
  ASSERT_EQ(two_.rw_lock.lock_shared(), Outcome::acquired);
  ASSERT_TRUE(write.advance(Effort::announce).is_wait());
  std::uint32_t other = 0;
  while (other == one_.slot() || other == two_.slot()) ++other;
  segment_->readers[other].token = one_.token();
  EXPECT_TRUE(two_.rw_lock.unlock_shared());
  EXPECT_EQ(outcome_of(write.advance(Effort::announce)), Outcome::acquired);
}

TEST_F(RwLockOfTwo, wakes_readers_and_writers_that_sleep) {
  Peer third(segment_);
  for (int round = 0; round < 30; ++round) {
    ASSERT_EQ(one_.rw_lock.lock(), Outcome::acquired);
    std::thread reader([&] {
      EXPECT_EQ(two_.rw_lock.lock_shared(), Outcome::acquired);
      EXPECT_TRUE(two_.rw_lock.unlock_shared());
    });
    std::thread writer([&] {
      EXPECT_EQ(third.rw_lock.lock(), Outcome::acquired);
      EXPECT_TRUE(third.rw_lock.unlock());
    });
    while ((std::atomic_ref(segment_->rw_lock.writer.word).load() & kWaiters) == 0) std::this_thread::yield();
    EXPECT_TRUE(one_.rw_lock.unlock());
    reader.join();
    writer.join();
  }
  EXPECT_EQ(writer() & ~kWaiters, 0U);
}

TEST(RwLock, has_a_cell_for_each_participant) {
  EXPECT_EQ(RwLock::body_size(1), 136U);
  EXPECT_EQ(RwLock::body_size(1023), 128U + 1023 * 8);
}

}  // namespace
}  // namespace shm::test
