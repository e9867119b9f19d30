// SPDX-License-Identifier: MIT
#include <shm/process_id.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/child.hpp"

namespace shm::test {
namespace {

TEST(ProcessId, of_this_process_is_the_same_as_ever) {
  const ProcessId self = ProcessId::self();
  EXPECT_EQ(self.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(check(self), ProcessState::same);
  EXPECT_TRUE(self.is_near(ProcessId::self()));
}

TEST(ProcessId, of_another_process_with_our_number_is_gone) {
  ProcessId other = ProcessId::self();
  --other.start_time;
  EXPECT_EQ(check(other), ProcessState::gone);
}

TEST(ProcessId, without_a_start_time_is_unknown_while_there_is_a_process) {
  ProcessId other = ProcessId::self();
  other.start_time = 0;
  EXPECT_EQ(check(other), ProcessState::unknown);
}

TEST(ProcessId, of_no_possible_number_is_unknown) {
  EXPECT_EQ(check({.pid = 0}), ProcessState::unknown);
  EXPECT_EQ(check({.pid = 0xFFFFFFFF}), ProcessState::unknown) << "kill(-1) would mean everybody";
}

TEST(ProcessId, is_near_only_in_a_namespace_that_is_known) {
  EXPECT_FALSE(ProcessId().is_near(ProcessId()));
  EXPECT_FALSE(ProcessId{.pid_namespace = 1}.is_near({.pid_namespace = 2}));
}

TEST(ProcessId, of_a_killed_child_is_gone_before_and_after_its_parent_knows) {
  ProcessId id;
  {
    const Child<ProcessId> child([] { return ProcessId::self(); });
    id = *child;
    EXPECT_EQ(check(id), ProcessState::same);
    child.kill();
    EXPECT_EQ(check(id), ProcessState::gone) << "a zombie";
  }
  EXPECT_EQ(check(id), ProcessState::gone);
}

}  // namespace
}  // namespace shm::test
