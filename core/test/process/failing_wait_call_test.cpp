// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <shm/sync/waiter.hpp>
#include <shm/sync/word.hpp>

#include "support/outcomes.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

struct Bell {
  std::atomic<int> rings{0};

  static void ring(void* self) noexcept {
    auto& rings = static_cast<Bell*>(self)->rings;
    ++rings;
    rings.notify_all();
  }
};

TEST(WaiterOnAnOldKernel, settles_all_the_same_and_is_woken_by_requests) {
  refuse_waiting_for_many();
  std::uint32_t words[3] = {};
  Bell bell;
  Waiter waiter(Bell::ring, &bell);
  for (Waiter::Id id = 0; id < 3; ++id) {
    const Deadline deadline = id == 2 ? Deadline::in_milliseconds(1) : Deadline::never();
    ASSERT_TRUE(waiter.submit(id, wait_operation(words[id], 0), Step::wait(words[id], 0), deadline));
  }
  auto next = [&, heard = 0]() mutable {
    for (;;) {
      if (const auto settled = waiter.take_settled()) return *settled;
      bell.rings.wait(heard);
      heard = bell.rings;
    }
  };
  EXPECT_EQ(next().id, 2U) << "the deadline";
  std::atomic_ref(words[1]).store(1);
  notify(words[1], 1);
  EXPECT_EQ(next().id, 1U);
  waiter.cancel(0);
  EXPECT_EQ(outcome_of(next().step), Outcome::timed_out);
  disarm();
}

}  // namespace
}  // namespace shm::test
