// SPDX-License-Identifier: MIT
#include "model/cases.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

namespace shm::model {
namespace {

void run_all(std::span<const Case> cases) {
  for (const Case& one : cases) {
    const auto begin = std::chrono::steady_clock::now();
    const Report report = one.run(one.settings);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    (void)std::printf("%-45s %10lu executions %7.2f s\n", one.name, static_cast<unsigned long>(report.executions),
                      took.count());
    (void)std::fflush(stdout);
    EXPECT_TRUE(report.is_clean()) << one.name << ": " << report.failure;
    EXPECT_EQ(report.executions, one.executions) << one.name << ": the list says another number of executions";
  }
}

TEST(Model, mutex) { run_all(mutex_cases()); }
TEST(Model, rw_lock) { run_all(rw_lock_cases()); }
TEST(Model, event_count) { run_all(event_count_cases()); }
TEST(Model, semaphores) { run_all(semaphore_cases()); }
TEST(Model, event) { run_all(event_cases()); }
TEST(Model, condition) { run_all(condition_cases()); }
TEST(Model, barrier) { run_all(barrier_cases()); }
TEST(Model, ring) { run_all(ring_cases()); }
TEST(Model, queue) { run_all(queue_cases()); }
TEST(Model, topic) { run_all(topic_cases()); }
TEST(Model, value_register) { run_all(register_cases()); }

}  // namespace
}  // namespace shm::model
