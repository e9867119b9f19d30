// SPDX-License-Identifier: MIT
#include <shm/sync/word.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

TEST(Word, with_another_value_is_not_waited_for) {
  const std::uint32_t word = 7;
  EXPECT_EQ(wait(word, 6), Outcome::acquired);
}

TEST(Word, that_stays_the_same_times_out) {
  const std::uint32_t word = 7;
  EXPECT_EQ(wait(word, 7, Deadline::now()), Outcome::timed_out);
  EXPECT_EQ(wait(word, 7, Deadline::in_milliseconds(2)), Outcome::timed_out);
}

TEST(Word, that_nobody_waits_for_wakes_nobody) {
  const std::uint32_t word = 7;
  EXPECT_EQ(notify(word, 5), 0U);
}

TEST(Word, is_waited_for_through_any_mapping_of_its_memory) {
  const SyncSegment segment;
  const int file = segment.open();
  void* other = ::mmap(nullptr, sizeof(SyncObjects), PROT_READ, MAP_SHARED, file, 0);
  ASSERT_NE(other, MAP_FAILED);
  ::close(file);
  const std::uint32_t& seen = static_cast<const SyncObjects*>(other)->words[0];
  for (std::uint32_t i = 0; i < 50; ++i) {
    std::atomic<bool> has_begun = false;
    std::thread waiter([&] {
      has_begun = true;
      EXPECT_EQ(wait(seen, i), Outcome::acquired);
    });
    while (!has_begun) std::this_thread::yield();
    std::atomic_ref(segment->words[0]).fetch_add(1);
    notify(segment->words[0], 1);
    waiter.join();
  }
  ::munmap(other, sizeof(SyncObjects));
}

TEST(Word, is_not_left_for_a_notification_alone) {
  const SyncSegment segment;
  Operation operation = wait_operation(segment->words[1], 0);
  EXPECT_TRUE(operation.advance(Effort::suspect).is_wait());
  notify(segment->words[1], 1);
  EXPECT_TRUE(operation.advance(Effort::announce).is_wait());
  segment->words[1] = 1;
  EXPECT_EQ(outcome_of(operation.advance(Effort::announce)), Outcome::acquired);
}

}  // namespace
}  // namespace shm::test
