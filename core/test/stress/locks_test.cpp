// SPDX-License-Identifier: MIT
// Threads, each a participant of its own, at the locks of one mapping, with plain data between them. Above all for the
// thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

constexpr int kThreads = 4;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kRounds = 20'000;
#else
constexpr int kRounds = 100'000;
#endif

template <class Body>
void in_threads(const SyncSegment& segment, Body body) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&segment, &body, number] {
      Peer me(segment);
      body(me, number);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Stress, mutex) {
  const SyncSegment segment;
  std::uint64_t count = 0;
  in_threads(segment, [&](Peer& me, int /*number*/) {
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_EQ(me.mutex.lock(), Outcome::acquired);
      ++count;
      ASSERT_TRUE(me.mutex.unlock());
    }
  });
  EXPECT_EQ(count, std::uint64_t{kThreads} * kRounds);
}

TEST(Stress, mutex_with_deadlines) {
  const SyncSegment segment;
  std::uint64_t count = 0;
  std::atomic<std::uint64_t> acquired = 0;
  in_threads(segment, [&](Peer& me, int number) {
    for (int round = 0; round < kRounds / 10; ++round) {
      const Deadline deadline = Deadline::in_milliseconds(number * 0.02);
      if (me.mutex.lock(deadline) == Outcome::timed_out) continue;
      ++count;
      ++acquired;
      ASSERT_TRUE(me.mutex.unlock());
    }
  });
  EXPECT_EQ(count, acquired);
}

TEST(Stress, rw_lock) {
  const SyncSegment segment;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  in_threads(segment, [&](Peer& me, int number) {
    for (int round = 0; round < kRounds; ++round) {
      if ((round + number) % 8 != 0) {
        ASSERT_EQ(me.rw_lock.lock_shared(), Outcome::acquired);
        ASSERT_EQ(first, second);
        ASSERT_TRUE(me.rw_lock.unlock_shared());
        continue;
      }
      ASSERT_EQ(me.rw_lock.lock(), Outcome::acquired);
      ++first;
      ++second;
      if (round % 3 == 0) {
        ASSERT_TRUE(me.rw_lock.downgrade());
        ASSERT_EQ(first, second);
        ASSERT_TRUE(me.rw_lock.unlock_shared());
      } else {
        ASSERT_TRUE(me.rw_lock.unlock());
      }
    }
  });
  EXPECT_EQ(first, second);
}

TEST(Stress, semaphore_of_one_permit) {
  const SyncSegment segment;
  std::uint64_t count = 0;
  Peer first(segment);
  ASSERT_TRUE(first.semaphore.release());
  in_threads(segment, [&](Peer& me, int /*number*/) {
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_EQ(me.semaphore.acquire(), Outcome::acquired);
      ++count;
      ASSERT_TRUE(me.semaphore.release());
    }
  });
  EXPECT_EQ(count, std::uint64_t{kThreads} * kRounds);
}

TEST(Stress, leased_semaphore) {
  const SyncSegment segment;
  std::uint64_t counts[kPermits] = {};
  in_threads(segment, [&](Peer& me, int /*number*/) {
    for (int round = 0; round < kRounds; ++round) {
      const Result<Lease> lease = me.leased.acquire();
      ASSERT_TRUE(lease);
      ++counts[lease->permit];
      ASSERT_TRUE(me.leased.release(lease->permit));
    }
  });
  EXPECT_EQ(counts[0] + counts[1] + counts[2], std::uint64_t{kThreads} * kRounds);
}

TEST(Stress, automatic_event_passes_a_turn_on) {
  const SyncSegment segment;
  std::uint64_t count = 0;
  Peer first(segment);
  first.automatic.set();
  in_threads(segment, [&](Peer& me, int /*number*/) {
    for (int round = 0; round < kRounds / 4; ++round) {
      ASSERT_EQ(me.automatic.wait(), Outcome::acquired);
      ++count;
      me.automatic.set();
    }
  });
  EXPECT_EQ(count, std::uint64_t{kThreads} * (kRounds / 4));
}

TEST(Stress, condition_passes_goods_on) {
  const SyncSegment segment;
  int goods = 0;
  int taken = 0;
  in_threads(segment, [&](Peer& me, int number) {
    for (int round = 0; round < kRounds / 4; ++round) {
      ASSERT_EQ(me.mutex.lock(), Outcome::acquired);
      if (number % 2 == 0) {
        ++goods;
        me.condition.notify_one();
      } else {
        while (goods == 0) ASSERT_TRUE(me.condition.wait(me.mutex));
        --goods;
        ++taken;
      }
      ASSERT_TRUE(me.mutex.unlock());
    }
  });
  EXPECT_EQ(goods, 0);
  EXPECT_EQ(taken, kThreads / 2 * (kRounds / 4));
}

TEST(Stress, barrier_keeps_the_phases_apart) {
  static_assert(kParties < kThreads);
  const SyncSegment segment;
  std::uint64_t counts[kParties] = {};
  in_threads(segment, [&](Peer& me, int number) {
    if (number >= static_cast<int>(kParties)) return;
    for (std::uint64_t round = 1; round <= kRounds / 20; ++round) {
      counts[number] = round;
      ASSERT_TRUE(me.barrier.wait());
      for (const std::uint64_t& other : counts) ASSERT_EQ(other, round);
      ASSERT_TRUE(me.barrier.wait());
    }
  });
}

}  // namespace
}  // namespace shm::test
