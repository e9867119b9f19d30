// SPDX-License-Identifier: MIT
// Every system call of a listing fails once, with each error it may have: the listing fails too, or goes without what
// the call was for; nothing is left behind.
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <set>
#include <shm/inventory.hpp>
#include <string_view>

#include "support/listing.hpp"
#include "support/own_objects.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

constexpr int kErrors[] = {ENOMEM, EMFILE, EACCES, EPERM, EIO, EINTR, EINVAL, ENOENT, ESRCH, ENOSYS};
// All there are of the segments. Of the processes, whose number is any, the first ones'.
constexpr int kMostCalls = 150;

void fail_every_call(const std::function<Result<void>()>& list) {
  const std::set<std::string_view> never_interrupted = {"stat", "shmctl"};
  for (const int os_error : kErrors) {
    for (int number = 1; number <= kMostCalls; ++number) {
      const Leftovers before = Leftovers::now();
      fail_call(number, os_error);
      const Result<void> listed = list();
      const bool was_reached = disarm();
      ASSERT_EQ(Leftovers::now(), before) << "call " << number << " failed with errno " << os_error;
      if (!was_reached) {
        ASSERT_TRUE(listed) << "no call failed, and yet it did";
        break;
      }
      if (listed) continue;
      EXPECT_EQ(listed.error().os_error, os_error);
      EXPECT_TRUE(os_error != EINTR || never_interrupted.contains(listed.error().operation));
    }
  }
}

class FailingInventoryCall : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Segment::create(name_, {.size = 1}));
    ASSERT_TRUE(Segment::create(key_, {.size = 1}));
  }
  void TearDown() override {
    ASSERT_TRUE(Segment::unlink(name_));
    ASSERT_TRUE(Segment::unlink(key_));
  }

  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();
};

TEST_F(FailingInventoryCall, of_the_segments_leaves_nothing) {
  fail_every_call([] { return for_each_segment([](const ListedSegment&) {}); });
}

TEST_F(FailingInventoryCall, of_the_holders_leaves_nothing) {
  const auto posix = Segment::open(name_);
  const auto system_v = Segment::open(key_);
  ASSERT_TRUE(posix && system_v);
  fail_every_call([]() -> Result<void> {
    const auto seen = for_each_holder([](const Holder&) {});
    if (!seen) return seen.error();
    return {};
  });
}

TEST_F(FailingInventoryCall, of_the_holders_may_be_for_want_of_memory) {
  const auto segment = Segment::open(name_);
  ASSERT_TRUE(segment);
  refuse_memory();
  const auto seen = for_each_holder([](const Holder&) {});
  disarm();
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().os_error, ENOMEM);
  EXPECT_EQ(visits(::getpid(), listed(name_.view())->status.id), 1);
}

}  // namespace
}  // namespace shm::test
