// SPDX-License-Identifier: MIT
// Every system call of every operation fails once, with each error it may have: nothing is left behind, and the next
// attempt succeeds.
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <shm/segment.hpp>
#include <span>

#include "fault_guard.hpp"
#include "support/failing_calls.hpp"
#include "support/own_objects.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

constexpr int kFewErrors[] = {ENOSPC, EINTR};  // for large segments, whose pages take their time
constexpr std::uint64_t kSmall = 4096;
constexpr std::uint64_t kPopulatedByThreads = std::uint64_t{64} << 20;

class FailingSystemCall : public testing::TestWithParam<std::uint64_t> {
 protected:
  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();

  static std::span<const int> errors() {
    return GetParam() > kSmall ? std::span<const int>(kFewErrors) : std::span<const int>(kAllErrors);
  }
  [[nodiscard]] bool create_posix() const {
    return Segment::create(name_, {.size = GetParam(), .populate = true, .layout = Layout::compat}).has_value();
  }
  void unlink_posix() const { ASSERT_TRUE(Segment::unlink(name_)); }
};

TEST_P(FailingSystemCall, in_create_of_a_posix_segment_leaves_nothing) {
  fail_every_call(
      errors(), [&] { return create_posix(); }, [&] { unlink_posix(); });
}

TEST_P(FailingSystemCall, in_create_without_unnamed_files_leaves_nothing) {
  fail_every_call(
      errors(), [&] { return create_posix(); }, [&] { unlink_posix(); }, [] { refuse_unnamed_files(); });
}

TEST_P(FailingSystemCall, in_create_without_link_by_descriptor_leaves_nothing) {
  fail_every_call(
      errors(), [&] { return create_posix(); }, [&] { unlink_posix(); }, [] { refuse_link_by_descriptor(); });
}

TEST_P(FailingSystemCall, in_create_of_a_sparse_segment_leaves_nothing) {
  fail_every_call(
      errors(), [&] { return Segment::create(name_, {.size = GetParam(), .reserve = false}).has_value(); },
      [&] { unlink_posix(); });
}

TEST_P(FailingSystemCall, in_open_of_a_posix_segment_leaves_nothing) {
  ASSERT_TRUE(create_posix());
  fail_every_call(
      errors(), [&] { return Segment::open(name_, {.layout = Layout::compat}).has_value(); }, [] {});
  unlink_posix();
}

TEST_P(FailingSystemCall, in_create_of_a_system_v_segment_leaves_nothing) {
  fail_every_call(
      errors(), [&] { return Segment::create(key_, {.size = GetParam()}).has_value(); },
      [&] { ASSERT_TRUE(Segment::unlink(key_)); });
}

TEST_P(FailingSystemCall, in_open_of_a_system_v_segment_leaves_nothing) {
  const Result<Segment> segment = Segment::create(key_, {.size = GetParam()});
  ASSERT_TRUE(segment);
  fail_every_call(
      errors(), [&] { return Segment::open(key_).has_value(); }, [] {});
  ASSERT_TRUE(Segment::unlink(key_));
}

TEST_P(FailingSystemCall, in_unlink_leaves_the_segment_or_none) {
  for (int number = 1;; ++number) {
    ASSERT_TRUE(create_posix());
    fail_call(number, EACCES);
    const bool unlinked = Segment::unlink(name_).has_value();
    const bool was_reached = disarm();
    EXPECT_EQ(Segment::open(name_).has_value(), !unlinked);
    if (!unlinked) unlink_posix();
    if (!was_reached) break;
  }
}

TEST(FailingSystemCall, in_adding_a_guarded_range_takes_no_slot) {
  alignas(4096) static std::byte page[4096];
  const int lowest = *fault_guard::add(page, sizeof page);
  fault_guard::remove(lowest);
  for (int number = 1;; ++number) {
    ::signal(SIGBUS, SIG_DFL);
    fail_call(number, EINVAL);
    const Result<fault_guard::Slot> slot = fault_guard::add(page, sizeof page);
    const bool was_reached = disarm();
    EXPECT_EQ(slot.has_value(), !was_reached);
    const int next = *fault_guard::add(page, sizeof page);
    EXPECT_EQ(next, was_reached ? lowest : lowest + 1);
    fault_guard::remove(next);
    if (was_reached) continue;
    fault_guard::remove(*slot);
    EXPECT_EQ(number, 3) << "asked for the handler, and set it";
    break;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FailingSystemCall, testing::Values(kSmall, kPopulatedByThreads));

}  // namespace
}  // namespace shm::test
