// SPDX-License-Identifier: MIT
#include <shm/sync/semaphore.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

class SemaphoreOfTwo : public testing::Test {
 protected:
  SyncSegment segment_{8};
  Peer one_{segment_};
  Peer two_{segment_};
};

TEST_F(SemaphoreOfTwo, hands_out_what_was_released) {
  EXPECT_EQ(one_.semaphore.try_acquire(), Outcome::timed_out);
  EXPECT_EQ(one_.semaphore.acquire(Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_TRUE(two_.semaphore.release(2));
  EXPECT_EQ(one_.semaphore.value(), 2U);
  EXPECT_EQ(one_.semaphore.acquire(), Outcome::acquired);
  EXPECT_EQ(one_.semaphore.try_acquire(), Outcome::acquired);
  EXPECT_EQ(two_.semaphore.try_acquire(), Outcome::timed_out);
  EXPECT_EQ(two_.semaphore.value(), 0U);
}

TEST_F(SemaphoreOfTwo, refuses_more_permits_than_there_are_and_changes_nothing) {
  EXPECT_EQ(one_.semaphore.release(kPermits + 1), Errc::full);
  EXPECT_TRUE(one_.semaphore.release(kPermits - 1));
  EXPECT_EQ(one_.semaphore.release(2), Errc::full);
  EXPECT_EQ(one_.semaphore.release(0xFFFFFFFF), Errc::full);
  EXPECT_EQ(one_.semaphore.value(), kPermits - 1);
  EXPECT_TRUE(one_.semaphore.release());
  EXPECT_EQ(one_.semaphore.release(), Errc::full);
  EXPECT_TRUE(one_.semaphore.release(0));
}

TEST_F(SemaphoreOfTwo, of_the_largest_size_counts_to_its_end) {
  constexpr std::uint32_t kMost = 0x7FFFFFFF;
  Semaphore large(one_.participant(), segment_->semaphore, kMost);
  EXPECT_TRUE(large.release(kMost));
  EXPECT_EQ(large.value(), kMost);
  EXPECT_EQ(large.release(), Errc::full);
  EXPECT_EQ(large.acquire(), Outcome::acquired);
  EXPECT_EQ(large.value(), kMost - 1);
}

TEST_F(SemaphoreOfTwo, with_an_impossible_count_is_corrupt) {
  for (const std::uint32_t value : {kPermits + 1, 0x80000000U, 0xFFFFFFFFU}) {
    segment_->semaphore.value = value;
    EXPECT_EQ(one_.semaphore.acquire(), Errc::corrupt);
    EXPECT_EQ(one_.semaphore.try_acquire(), Errc::corrupt);
    EXPECT_EQ(one_.semaphore.release(), Errc::corrupt);
    EXPECT_EQ(segment_->semaphore.value, value);
  }
}

TEST_F(SemaphoreOfTwo, does_not_get_back_what_a_dead_holder_had) {
  EXPECT_TRUE(one_.semaphore.release(1));
  EXPECT_EQ(one_.semaphore.acquire(), Outcome::acquired);
  one_.die();
  EXPECT_EQ(two_.semaphore.try_acquire(), Outcome::timed_out);
}

TEST_F(SemaphoreOfTwo, wakes_who_sleeps_for_a_permit) {
  for (int round = 0; round < 50; ++round) {
    segment_->semaphore.freed.gate = 0;
    std::thread sleeper([&] { EXPECT_EQ(two_.semaphore.acquire(), Outcome::acquired); });
    while (std::atomic_ref(segment_->semaphore.freed.gate).load() == 0) std::this_thread::yield();
    EXPECT_TRUE(one_.semaphore.release());
    sleeper.join();
  }
}

TEST_F(SemaphoreOfTwo, leases_each_permit_to_one) {
  std::set<std::uint32_t> permits;
  for (std::uint32_t i = 0; i < kPermits; ++i) {
    const auto lease = (i % 2 == 0 ? one_ : two_).leased.acquire();
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->outcome, Outcome::acquired);
    EXPECT_TRUE(permits.insert(lease->permit).second);
    EXPECT_EQ(one_.leased.value(), kPermits - 1 - i);
  }
  EXPECT_EQ(one_.leased.try_acquire()->outcome, Outcome::timed_out);
  EXPECT_EQ(two_.leased.acquire(Deadline::in_milliseconds(2))->outcome, Outcome::timed_out);
}

TEST_F(SemaphoreOfTwo, takes_a_leased_permit_back_from_its_holder_alone) {
  const auto lease = one_.leased.try_acquire();
  ASSERT_TRUE(lease);
  EXPECT_EQ(two_.leased.release(lease->permit), Errc::not_owner);
  EXPECT_EQ(one_.leased.release((lease->permit + 1) % kPermits), Errc::not_owner);
  EXPECT_EQ(one_.leased.release(kPermits), Errc::not_owner);
  EXPECT_EQ(one_.leased.release(0xFFFFFFFF), Errc::not_owner);
  EXPECT_TRUE(one_.leased.release(lease->permit));
  EXPECT_EQ(one_.leased.release(lease->permit), Errc::not_owner);
  EXPECT_EQ(one_.leased.value(), kPermits);
}

TEST_F(SemaphoreOfTwo, leases_what_a_dead_holder_had_to_another) {
  const auto first = two_.leased.acquire();
  ASSERT_TRUE(first);
  for (std::uint32_t i = 1; i < kPermits; ++i) ASSERT_TRUE(one_.leased.acquire());
  EXPECT_EQ(two_.leased.try_acquire()->outcome, Outcome::timed_out);
  one_.die();
  std::set<std::uint32_t> permits{first->permit};
  for (std::uint32_t i = 1; i < kPermits; ++i) {
    const auto lease = i == 1 ? two_.leased.try_acquire() : two_.leased.acquire();
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->outcome, Outcome::acquired);
    EXPECT_TRUE(permits.insert(lease->permit).second);
  }
  EXPECT_EQ(two_.leased.try_acquire()->outcome, Outcome::timed_out);
}

TEST_F(SemaphoreOfTwo, leases_what_no_participant_wrote) {
  for (std::uint32_t i = 0; i < kPermits; ++i) segment_->holders[i] = token_of(500 + i, 4) | layout::kWaiters;
  for (std::uint32_t i = 0; i < kPermits; ++i) EXPECT_EQ(one_.leased.acquire()->outcome, Outcome::acquired);
  EXPECT_EQ(one_.leased.try_acquire()->outcome, Outcome::timed_out);
}

TEST_F(SemaphoreOfTwo, wakes_who_sleeps_for_a_leased_permit) {
  std::uint32_t permit = 0;
  for (std::uint32_t i = 0; i < kPermits; ++i) permit = one_.leased.acquire()->permit;
  for (int round = 0; round < 50; ++round) {
    segment_->leased.freed.gate = 0;
    std::thread sleeper([&] {
      const auto lease = two_.leased.acquire();
      EXPECT_TRUE(lease && lease->permit == permit);
      EXPECT_TRUE(two_.leased.release(permit));
    });
    while (std::atomic_ref(segment_->leased.freed.gate).load() == 0) std::this_thread::yield();
    EXPECT_TRUE(one_.leased.release(permit));
    sleeper.join();
    EXPECT_EQ(one_.leased.acquire()->permit, permit);
  }
}

TEST(LeasedSemaphore, of_the_largest_size_leases_all_its_permits) {
  const SyncSegment segment(8);
  const Peer one(segment);
  std::vector<std::uint32_t> holders(LeasedSemaphore::kMostPermits, 0);
  LeasedSemaphore large(one.participant(), segment->leased, holders);
  for (std::uint32_t i = 0; i < LeasedSemaphore::kMostPermits; ++i) {
    EXPECT_EQ(large.try_acquire()->outcome, Outcome::acquired);
  }
  EXPECT_EQ(large.value(), 0U);
  EXPECT_EQ(large.try_acquire()->outcome, Outcome::timed_out);
  EXPECT_EQ(LeasedSemaphore::body_size(LeasedSemaphore::kMostPermits), 64U + 4 * 4096);
}

}  // namespace
}  // namespace shm::test
