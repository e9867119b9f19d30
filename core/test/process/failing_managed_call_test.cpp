// SPDX-License-Identifier: MIT
// Every system call of everything that makes or ends a ManagedSegment fails once, or is the last before a SIGKILL.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <functional>
#include <optional>

#include "support/children.hpp"
#include "support/failing_calls.hpp"
#include "support/own_managed.hpp"

namespace shm::test {
namespace {

const ManagedOptions kOptions{.size = 5000, .participants = 4, .objects = 4};

class FailingManagedCall : public OwnManaged {
 protected:
  void SetUp() override {
    OwnManaged::SetUp();
    ASSERT_TRUE(ManagedSegment::open_or_create(name_, kOptions));  // the sweep, and the handlers of fork()
  }
  void TearDown() override {
    disarm();
    segment_.reset();
    OwnManaged::TearDown();
  }
  /// Keeps what was made until the calls don't fail any more.
  bool kept(Result<ManagedSegment> made) {
    if (!made) return false;
    segment_ = *std::move(made);
    return true;
  }
  void end() { segment_.reset(); }

  std::optional<ManagedSegment> segment_;
};

TEST_F(FailingManagedCall, in_create_leaves_nothing) {
  const auto operation = [&] { return kept(create(kOptions)); };
  fail_every_call(kAllErrors, operation, [&] { end(); });
  fail_every_call(
      kAllErrors, operation, [&] { end(); }, [] { refuse_unnamed_files(); });
}

TEST_F(FailingManagedCall, in_open_leaves_nothing) {
  const auto holder = create(kOptions);
  ASSERT_TRUE(holder);
  for (const bool guard : {false, true}) {
    fail_every_call(
        kAllErrors, [&] { return kept(open({.guard = guard})); }, [&] { end(); });
  }
}

TEST_F(FailingManagedCall, in_open_or_create_leaves_nothing) {
  const auto operation = [&] { return kept(ManagedSegment::open_or_create(name_, kOptions)); };
  fail_every_call(kAllErrors, operation, [&] { end(); });
  const auto holder = create(kOptions);
  ASSERT_TRUE(holder);
  fail_every_call(kAllErrors, operation, [&] { end(); });
}

TEST_F(FailingManagedCall, in_close_leaves_at_most_a_name_that_the_next_one_removes) {
  const Leftovers before = Leftovers::now();
  for (const int os_error : kAllErrors) {
    for (int number = 1;; ++number) {
      ASSERT_LT(number, 100);
      Result<ManagedSegment> segment = create(kOptions);
      ASSERT_TRUE(segment);
      fail_call(number, os_error);
      const auto closed = segment->close();
      const bool was_reached = disarm();
      EXPECT_FALSE(segment->is_open());
      EXPECT_TRUE(closed || was_reached);
      if (!closed || !closed->destroyed) {
        EXPECT_TRUE(open()) << "call " << number << ", errno " << os_error;  // and is the last to close it
      }
      ASSERT_EQ(Leftovers::now(), before) << "call " << number << ", errno " << os_error;
      if (!was_reached) break;
    }
  }
}

TEST_F(FailingManagedCall, in_questions_changes_nothing) {
  Result<ManagedSegment> segment = create(kOptions);
  Result<ManagedSegment> other = open();
  ASSERT_TRUE(segment && other);
  for (const int os_error : kAllErrors) {
    for (int number = 1; number < 20; ++number) {
      fail_call(number, os_error);
      EXPECT_FALSE(segment->participant().is_dead(other->participant().token()))
          << "call " << number << ", errno " << os_error;
      disarm();
      fail_call(number, os_error);
      EXPECT_FALSE(segment->is_retired());
      disarm();
    }
  }
}

/// Runs `operation` in children that are killed before call 1, 2, 3, ... and looks after each with `check`.
/// returns  the number of kills
int kill_before_every_call(const std::function<void()>& operation, const std::function<void(pid_t)>& check) {
  constexpr int kMostCalls = 200;
  for (int number = 1; number < kMostCalls; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      kill_before_call(number);
      operation();
      ::_exit(0);
    }
    const std::string ending = ending_of(child);
    check(child);
    if (ending == kEndedWell) return number - 1;
    EXPECT_EQ(ending, killed_by(SIGKILL));
  }
  ADD_FAILURE() << "the operation does not end";
  return 0;
}

TEST_F(FailingManagedCall, that_is_the_last_of_a_creator_leaves_no_segment_or_a_finished_one) {
  for (const bool has_unnamed : {true, false}) {
    const Leftovers before = Leftovers::now();
    int hidden = 0;
    const int kills = kill_before_every_call(
        [&] {
          if (!has_unnamed) refuse_unnamed_files();
          Result<ManagedSegment> segment = create(kOptions);
          must(segment.has_value());
          must(segment->find_or_make("a", kMutex).has_value());
          (void)segment->close();
        },
        [&](pid_t child) {
          hidden += remove_hidden_drafts("/dev/shm", [&](pid_t pid) { return pid == child; });
          Result<ManagedSegment> segment = open();
          if (!segment) {
            EXPECT_EQ(segment.error().os_error, ENOENT) << segment.error().operation;
            EXPECT_FALSE(has_name());
            return;
          }
          EXPECT_EQ(segment->participant().slot_count(), 4U);
          const auto object = segment->find_or_make("a", kMutex);
          EXPECT_TRUE(object);
          EXPECT_TRUE(segment->close()->destroyed);
        });
    EXPECT_GE(kills, 15);
    EXPECT_EQ(hidden > 0, !has_unnamed);
    EXPECT_EQ(Leftovers::now(), before);
  }
}

TEST_F(FailingManagedCall, that_is_the_last_of_a_user_leaves_the_segment_to_the_others) {
  Result<ManagedSegment> holder = create(kOptions);
  ASSERT_TRUE(holder);
  const int kills = kill_before_every_call(
      [&] {
        Result<ManagedSegment> segment = open();
        must(segment.has_value());
        (void)segment->close();
      },
      [&](pid_t) {
        EXPECT_TRUE(has_name());
        EXPECT_TRUE(open());
        EXPECT_FALSE(holder->is_retired());
      });
  EXPECT_GE(kills, 10);
}

}  // namespace
}  // namespace shm::test
