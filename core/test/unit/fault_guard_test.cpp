// SPDX-License-Identifier: MIT
#include "fault_guard.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "support/lost_pages.hpp"

namespace shm::test {
namespace {

using fault_guard::kNone;
using fault_guard::Slot;

TEST(FaultGuard, marks_the_range_of_a_lost_page_and_no_other) {
  const Mapping lost(3);
  const Mapping whole(3);
  const Slot of_lost = *fault_guard::add(lost.base(), lost.size());
  const Slot of_whole = *fault_guard::add(whole.base(), whole.size());
  write(lost.page(0), 7);
  lost.resize(kPage);
  EXPECT_EQ(read(lost.page(0)), 7);
  EXPECT_FALSE(fault_guard::has_faulted(of_lost)) << "not touched yet";
  EXPECT_EQ(read(lost.page(2)), 0);
  EXPECT_TRUE(fault_guard::has_faulted(of_lost));
  EXPECT_EQ(read(lost.page(0)), 7);
  EXPECT_EQ(read(whole.page(2)), 0);
  EXPECT_FALSE(fault_guard::has_faulted(of_whole));
  fault_guard::remove(of_lost);
  fault_guard::remove(of_whole);
}

TEST(FaultGuard, guards_the_last_page_to_its_end_and_from_its_beginning) {
  const Mapping lost(1);
  const Slot slot = *fault_guard::add(lost.base() + 8, 100);
  lost.resize(0);
  EXPECT_EQ(read(lost.base() + kPage - 1), 0);
  EXPECT_TRUE(fault_guard::has_faulted(slot));
  lost.map_again();
  EXPECT_EQ(read(lost.base()), 0);
  fault_guard::remove(slot);
}

TEST(FaultGuard, leaves_errno_alone) {
  const Mapping lost(1);
  const Slot slot = *fault_guard::add(lost.base(), lost.size());
  lost.resize(0);
  errno = ENOTTY;
  const int value = read(lost.base());
  std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler knows that a load leaves errno alone
  const int after = errno;
  EXPECT_EQ(value, 0);
  EXPECT_EQ(after, ENOTTY);
  fault_guard::remove(slot);
}

TEST(FaultGuard, takes_no_slot_for_a_range_of_no_bytes) {
  const Mapping mapping(1);
  const Result<Slot> slot = fault_guard::add(mapping.base(), 0);
  ASSERT_TRUE(slot);
  EXPECT_EQ(*slot, kNone);
  EXPECT_FALSE(fault_guard::has_faulted(kNone));
  fault_guard::remove(kNone);
}

TEST(FaultGuard, marks_every_range_that_a_lost_page_is_in) {
  const Mapping lost(4);
  const Slot all = *fault_guard::add(lost.base(), lost.size());
  const Slot last = *fault_guard::add(lost.page(3), kPage);
  const Slot first = *fault_guard::add(lost.page(0), kPage);
  const Slot all_again = *fault_guard::add(lost.base(), lost.size());
  lost.resize(0);
  EXPECT_EQ(read(lost.page(3)), 0);
  EXPECT_TRUE(fault_guard::has_faulted(all));
  EXPECT_TRUE(fault_guard::has_faulted(last));
  EXPECT_FALSE(fault_guard::has_faulted(first));
  EXPECT_TRUE(fault_guard::has_faulted(all_again));

  fault_guard::remove(all);
  EXPECT_EQ(read(lost.page(1)), 0) << "the other range guards it still";
  for (const Slot slot : {last, first, all_again}) fault_guard::remove(slot);
}

TEST(FaultGuard, forgets_the_mark_with_the_range) {
  const Mapping lost(1);
  lost.resize(0);
  const Slot before = *fault_guard::add(lost.base(), lost.size());
  EXPECT_EQ(read(lost.base()), 0);
  EXPECT_TRUE(fault_guard::has_faulted(before));
  fault_guard::remove(before);
  const Slot after = *fault_guard::add(lost.base(), lost.size());
  EXPECT_EQ(after, before) << "the lowest one";
  EXPECT_FALSE(fault_guard::has_faulted(after));
  fault_guard::remove(after);
}

TEST(FaultGuard, refuses_more_ranges_than_it_has_room_for_until_one_ends) {
  const Mapping lost(1);
  const Mapping other(1);
  lost.resize(0);
  std::vector<Slot> slots;
  for (int i = 0; i < fault_guard::kMostRanges; ++i) {
    const Result<Slot> slot = fault_guard::add(other.base(), other.size());
    ASSERT_TRUE(slot) << i;
    slots.push_back(*slot);
  }
  const Result<Slot> refused = fault_guard::add(lost.base(), lost.size());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::system);
  EXPECT_EQ(refused.error().os_error, ENOMEM);

  for (const Slot given_back : {slots.back(), slots.front(), slots[1234]}) {
    fault_guard::remove(given_back);
    const Result<Slot> slot = fault_guard::add(lost.base(), lost.size());
    ASSERT_TRUE(slot);
    EXPECT_EQ(*slot, given_back);
    lost.map_again();
    EXPECT_EQ(read(lost.base()), 0);
    EXPECT_TRUE(fault_guard::has_faulted(*slot));
  }
  for (const Slot slot : slots) fault_guard::remove(slot);
}

}  // namespace
}  // namespace shm::test
