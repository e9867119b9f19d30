// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <shm/managed_segment.hpp>

#include "support/own_objects.hpp"

namespace shm::test {
namespace {

class ManagedObjects : public testing::Test {
 protected:
  ManagedSegment first_ = *ManagedSegment::create(unique_name(), {.size = 65536});
};

TEST_F(ManagedObjects, found_by_name_are_the_same) {
  Mutex one = *first_.mutex("one");
  Mutex again = *first_.mutex("one");
  Mutex other = *first_.mutex("other");
  ASSERT_EQ(*one.lock(), Outcome::acquired);
  EXPECT_EQ(again.lock().error().code, Errc::deadlock);
  EXPECT_EQ(*other.try_lock(), Outcome::acquired);
  EXPECT_TRUE(again.unlock());
}

TEST_F(ManagedObjects, of_another_type_or_with_other_parameters_are_refused) {
  ASSERT_TRUE(first_.semaphore("pool", 4, 4));
  EXPECT_EQ(first_.semaphore("pool", 5, 5).error().code, Errc::type_mismatch);
  EXPECT_EQ(first_.leased_semaphore("pool", 4).error().code, Errc::type_mismatch);
  EXPECT_EQ(first_.mutex("pool").error().code, Errc::type_mismatch);
  ASSERT_TRUE(first_.event("ready"));
  EXPECT_EQ(first_.event("ready", Reset::automatic).error().code, Errc::type_mismatch);
  ASSERT_TRUE(first_.barrier("start", 2));
  EXPECT_EQ(first_.barrier("start", 3).error().code, Errc::type_mismatch);
}

TEST_F(ManagedObjects, parameters_out_of_range_are_refused) {
  EXPECT_EQ(first_.semaphore("s", 0, 0).error().code, Errc::invalid_argument);
  EXPECT_EQ(first_.semaphore("s", 2, 3).error().code, Errc::invalid_argument);
  EXPECT_EQ(first_.leased_semaphore("s", 4097).error().code, Errc::invalid_argument);
  EXPECT_EQ(first_.barrier("b", 0).error().code, Errc::invalid_argument);
}

TEST_F(ManagedObjects, begin_as_they_were_asked_for) {
  EXPECT_EQ(first_.semaphore("plain", 9, 3)->value(), 3U);
  EXPECT_EQ(first_.semaphore("plain", 9, 5)->value(), 3U) << "it is there already";
  EXPECT_EQ(first_.leased_semaphore("leased", 4)->value(), 4U);
  EXPECT_FALSE(first_.event("event")->is_set());
  RwLock lock = *first_.rw_lock("lock");
  EXPECT_EQ(*lock.lock_shared(), Outcome::acquired);
  EXPECT_EQ(lock.lock().error().code, Errc::deadlock);
  EXPECT_TRUE(lock.unlock_shared());
  EXPECT_TRUE(first_.barrier("barrier", 1)->wait()->is_last);
  Mutex mutex = *first_.mutex("mutex");
  ASSERT_TRUE(mutex.lock());
  EXPECT_FALSE(first_.condition("condition")->wait(mutex, Deadline::now())->notified);
  EXPECT_TRUE(mutex.is_held());
}

}  // namespace
}  // namespace shm::test
