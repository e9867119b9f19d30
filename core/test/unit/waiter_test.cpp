// SPDX-License-Identifier: MIT
#include <shm/sync/waiter.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <shm/sync/word.hpp>
#include <thread>
#include <vector>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMany = 300;  // more than the kernel waits for at once

/// A waiter whose bell takes what has settled.
class Bench {
 public:
  Waiter& operator*() { return waiter_; }
  Waiter* operator->() { return &waiter_; }

  /// Starts an operation as the binding does. It must have to wait.
  void wait_for(Waiter::Id id, Operation operation, Deadline deadline = Deadline::never()) {
    Step step;
    {
      const Waiter::Turn turn(waiter_);
      step = operation.advance(Effort::announce);
    }
    ASSERT_TRUE(step.is_wait());
    ASSERT_TRUE(waiter_.submit(id, operation, step, deadline));
  }
  /// What this operation has come to, once it has.
  Step settled(Waiter::Id id) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return settled_.contains(id); });
    return settled_[id];
  }
  bool has_settled(Waiter::Id id) {
    const std::lock_guard lock(mutex_);
    return settled_.contains(id);
  }

 private:
  void take() {
    while (const auto settled = waiter_.take_settled()) {
      const std::lock_guard lock(mutex_);
      require(settled_.emplace(settled->id, settled->step).second, "settled twice");
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Waiter::Id, Step> settled_;
  Waiter waiter_{[](void* self) noexcept { static_cast<Bench*>(self)->take(); }, this};
};

class WaiterTest : public testing::Test {
 protected:
  static void change(std::uint32_t& word) { std::atomic_ref(word).fetch_add(1); }
  static void change_and_notify(std::uint32_t& word) {
    change(word);
    notify(word, 1);
  }

  SyncSegment segment_{8};
  std::uint32_t* words_ = segment_->words;
  Bench bench_;
};

TEST_F(WaiterTest, settles_what_has_come) {
  bench_.wait_for(1, wait_operation(words_[0], 0));
  bench_.wait_for(2, wait_operation(words_[1], 0));
  change_and_notify(words_[1]);
  EXPECT_EQ(outcome_of(bench_.settled(2)), Outcome::acquired);
  EXPECT_FALSE(bench_.has_settled(1));
  change_and_notify(words_[0]);
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::acquired);
}

TEST_F(WaiterTest, sees_what_changed_before_it_was_told) {
  Operation operation = wait_operation(words_[0], 0);
  const Step step = operation.advance(Effort::announce);
  change(words_[0]);
  ASSERT_TRUE(bench_->submit(1, operation, step, Deadline::never()));
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::acquired);
}

TEST_F(WaiterTest, notices_a_change_without_a_notification) {
  bench_.wait_for(1, wait_operation(words_[0], 0));
  std::this_thread::sleep_for(100ms);
  change(words_[0]);
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::acquired);
}

TEST_F(WaiterTest, gives_up_what_is_cancelled) {
  bench_.wait_for(1, wait_operation(words_[0], 0));
  bench_.wait_for(2, wait_operation(words_[0], 0));
  bench_->cancel(3);
  bench_->cancel(1);
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::timed_out);
  EXPECT_FALSE(bench_.has_settled(2));
  bench_->cancel(1);
  bench_->cancel(2);
  EXPECT_EQ(outcome_of(bench_.settled(2)), Outcome::timed_out);
}

TEST_F(WaiterTest, gives_up_when_the_deadline_has_passed) {
  const Deadline late = Deadline::in_milliseconds(120);
  const Deadline soon = Deadline::in_milliseconds(30);
  bench_.wait_for(1, wait_operation(words_[0], 0), late);
  bench_.wait_for(2, wait_operation(words_[0], 0), soon);
  bench_.wait_for(3, wait_operation(words_[1], 0), Deadline::now());
  bench_.wait_for(4, wait_operation(words_[1], 0));
  EXPECT_EQ(outcome_of(bench_.settled(3)), Outcome::timed_out);
  EXPECT_EQ(outcome_of(bench_.settled(2)), Outcome::timed_out);
  EXPECT_TRUE(soon.is_past());
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::timed_out);
  EXPECT_TRUE(late.is_past());
  EXPECT_FALSE(bench_.has_settled(4));
}

TEST_F(WaiterTest, drops_what_waits_for_memory_that_goes_away) {
  constexpr std::size_t kSize = 4096;
  for (Waiter::Id id = 0; id < 60; id += 3) {
    void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto* words = static_cast<std::uint32_t*>(memory);
    bench_.wait_for(id, wait_operation(words[0], 0));
    bench_.wait_for(id + 1, wait_operation(words[kSize / 4 - 1], 0));
    bench_.wait_for(id + 2, wait_operation(words_[0], 0));
    if (id % 2 == 0) std::this_thread::sleep_for(1ms);
    bench_->drop_within({static_cast<const std::byte*>(memory), kSize});
    ::munmap(memory, kSize);
    EXPECT_EQ(bench_.settled(id).error, Errc::closed);
    EXPECT_EQ(bench_.settled(id + 1).kind, Step::Kind::failed);
    EXPECT_FALSE(bench_.has_settled(id + 2));
  }
}

TEST_F(WaiterTest, drops_everything_when_it_stops) {
  for (Waiter::Id id = 0; id < kMany; ++id) bench_.wait_for(id, wait_operation(words_[0], 0));
  bench_->stop();
  EXPECT_FALSE(bench_.has_settled(0)) << "the bell";
  for (Waiter::Id id = 0; id < kMany; ++id) {
    const auto settled = bench_->take_settled();
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->id, id);
    EXPECT_EQ(settled->step.error, Errc::closed);
  }
  EXPECT_FALSE(bench_->take_settled());
  EXPECT_EQ(bench_->submit(1, wait_operation(words_[0], 0), Step::wait(words_[0], 0), Deadline::never()), Errc::closed);
  bench_->stop();
}

TEST_F(WaiterTest, ends_while_it_waits) {
  for (int i = 0; i < 100; ++i) {
    Bench other;
    for (Waiter::Id id = 0; id < 3; ++id) other.wait_for(id, wait_operation(words_[id], 0));
    if (i % 2 == 0) std::this_thread::yield();
  }
}

TEST_F(WaiterTest, waits_for_more_words_than_the_kernel_does) {
  std::vector<std::uint32_t> words(kMany);
  for (Waiter::Id id = 0; id < kMany; ++id) bench_.wait_for(id, wait_operation(words[id], 0));
  for (Waiter::Id id = kMany; id-- > 0;) {
    change_and_notify(words[id]);
    EXPECT_EQ(outcome_of(bench_.settled(id)), Outcome::acquired);
  }
}

TEST_F(WaiterTest, lets_all_who_wait_for_a_word_look_at_it) {
  for (Waiter::Id id = 0; id < kMany; ++id) bench_.wait_for(id, wait_operation(words_[0], 0));
  change_and_notify(words_[0]);
  for (Waiter::Id id = 0; id < kMany; ++id) EXPECT_EQ(outcome_of(bench_.settled(id)), Outcome::acquired);
}

TEST_F(WaiterTest, takes_operations_from_many_threads) {
  constexpr Waiter::Id kThreads = 4;
  std::vector<std::thread> threads;
  for (Waiter::Id thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (Waiter::Id i = 0; i < kMany; ++i) {
        const Waiter::Id id = thread * kMany + i;
        std::uint32_t& word = words_[thread];
        bench_.wait_for(id, wait_operation(word, static_cast<std::uint32_t>(i)));
        if (i % 3 == 0) bench_->cancel(id);
        change_and_notify(word);
        EXPECT_TRUE(bench_.settled(id).is_done());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(WaiterTest, sleeps_while_nothing_happens) {
  const auto rounds_of_a_second = [&] {
    const std::uint64_t before = bench_->rounds();
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(500ms);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return static_cast<double>(bench_->rounds() - before) / seconds.count();
  };
  EXPECT_EQ(rounds_of_a_second(), 0) << "no thread yet";
  // 40 ms -25 % are 34 rounds; the first slices are shorter.
  for (Waiter::Id id = 0; id < 100; ++id) bench_.wait_for(id, wait_operation(words_[id % 5], 0));
  std::this_thread::sleep_for(200ms);
  EXPECT_LT(rounds_of_a_second(), 40);
  for (Waiter::Id id = 0; id < 100; ++id) bench_->cancel(id);
  for (Waiter::Id id = 0; id < 100; ++id) (void)bench_.settled(id);
  std::this_thread::sleep_for(50ms);
  EXPECT_LT(rounds_of_a_second(), 5) << "with nothing to wait for";
}

TEST_F(WaiterTest, gets_a_lock_for_its_participant) {
  Peer mine(segment_);
  Peer other(segment_);
  EXPECT_EQ(other.mutex.lock(), Outcome::acquired);
  bench_.wait_for(1, mine.mutex.lock_operation());
  EXPECT_FALSE(bench_.has_settled(1));
  EXPECT_TRUE(other.mutex.unlock());
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::acquired);
  EXPECT_TRUE(mine.mutex.is_held());
}

TEST_F(WaiterTest, notices_a_death) {
  Peer mine(segment_);
  Peer other(segment_);
  EXPECT_EQ(other.mutex.lock(), Outcome::acquired);
  bench_.wait_for(1, mine.mutex.lock_operation());
  other.die();
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::owner_died);
}

TEST_F(WaiterTest, has_a_lock_or_leaves_it_when_it_is_cancelled_as_the_lock_comes) {
  Peer mine(segment_);
  Peer other(segment_);
  int acquired = 0;
  for (Waiter::Id id = 0; id < 400; ++id) {
    ASSERT_EQ(other.mutex.lock(), Outcome::acquired);
    bench_.wait_for(id, mine.mutex.lock_operation());
    std::thread canceller([&] { bench_->cancel(id); });
    if (id % 2 == 0) std::this_thread::yield();
    ASSERT_TRUE(other.mutex.unlock());
    canceller.join();
    const auto outcome = outcome_of(bench_.settled(id));
    ASSERT_EQ(mine.mutex.is_held(), outcome == Outcome::acquired);
    if (outcome == Outcome::acquired) ++acquired;
    (void)mine.mutex.unlock();
  }
  RecordProperty("acquired", acquired);
}

TEST_F(WaiterTest, gets_the_mutex_back_for_a_condition_that_is_given_up) {
  Peer mine(segment_);
  Peer other(segment_);
  EXPECT_EQ(mine.mutex.lock(), Outcome::acquired);
  bench_.wait_for(1, mine.condition.wait_operation(mine.mutex));
  EXPECT_EQ(other.mutex.lock(), Outcome::acquired) << "it waits for the condition";
  bench_->cancel(1);
  const std::uint64_t before = bench_->rounds();
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(bench_->rounds() - before, 30U) << "its deadline counts no more";
  EXPECT_FALSE(bench_.has_settled(1));
  EXPECT_TRUE(other.mutex.unlock());
  EXPECT_EQ(outcome_of(bench_.settled(1)), Outcome::timed_out);
  EXPECT_TRUE(mine.mutex.is_held());
}

class YoungTest : public WaiterTest {
 protected:
  void wait_for_word(Waiter::Id id, Deadline deadline = Deadline::never()) {
    Operation operation = wait_operation(words_[0], 0);
    const Step step = operation.advance(Effort::glance);
    ASSERT_TRUE(step.is_wait());
    ASSERT_TRUE(waiter_.submit_young(id, operation, step, deadline));
  }
  /// Until its youth is over.
  Waiter::Polled poll_until_grown() {
    for (;;) {
      const Waiter::Polled polled = waiter_.poll();
      if (!polled.has_young) return polled;
    }
  }
  /// What the thread settles, without a bell that takes it.
  std::optional<Waiter::Settled> next() {
    for (;;) {
      if (const auto settled = waiter_.take_settled()) return settled;
      std::this_thread::sleep_for(1ms);
    }
  }
  Waiter waiter_{[](void*) noexcept {}, nullptr};
};

TEST_F(YoungTest, what_comes_soon_comes_by_polling_while_the_thread_sleeps_on) {
  wait_for_word(1);
  while (waiter_.rounds() == 0) std::this_thread::yield();
  change(words_[0]);  // nobody is notified
  const Waiter::Polled polled = waiter_.poll();
  EXPECT_TRUE(polled.has_settled);
  EXPECT_FALSE(polled.has_young);
  const auto settled = waiter_.take_settled();
  ASSERT_TRUE(settled);
  EXPECT_EQ(settled->id, 1U);
  EXPECT_TRUE(settled->step.is_done());
}

TEST_F(YoungTest, what_takes_longer_is_left_to_the_thread) {
  wait_for_word(1);
  EXPECT_TRUE(poll_until_grown().has_grown);
  EXPECT_FALSE(waiter_.poll().has_grown);
  change_and_notify(words_[0]);
  EXPECT_TRUE(next()->step.is_done());
}

TEST_F(YoungTest, it_times_out) {
  wait_for_word(1, Deadline::in_milliseconds(5));
  (void)poll_until_grown();
  EXPECT_EQ(outcome_of(next()->step), Outcome::timed_out);
}

TEST_F(YoungTest, it_can_be_cancelled_and_dropped) {
  wait_for_word(1);
  waiter_.cancel(1);
  EXPECT_EQ(outcome_of(next()->step), Outcome::timed_out);
  wait_for_word(2);
  waiter_.drop_within(std::as_bytes(std::span(&*segment_, 1)));
  EXPECT_EQ(next()->step.error, Errc::closed);
  wait_for_word(3);
  waiter_.stop();
  EXPECT_EQ(next()->id, 3U);
}

}  // namespace
}  // namespace shm::test
