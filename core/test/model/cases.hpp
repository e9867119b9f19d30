// SPDX-License-Identifier: MIT
// The list of configurations. To add one: a world over the real protocol and a row in the file of its protocol; run,
// look at the number of executions it reports, and write it into the row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/explorer.hpp"

namespace shm::model {

struct Case {
  const char* name;
  Report (*run)(const Settings&);
  Settings settings;
  std::uint64_t executions;  ///< how many there are; another number needs a word in the change description
};

std::span<const Case> mutex_cases();
std::span<const Case> rw_lock_cases();
std::span<const Case> event_count_cases();
std::span<const Case> semaphore_cases();
std::span<const Case> event_cases();
std::span<const Case> condition_cases();
std::span<const Case> barrier_cases();
std::span<const Case> ring_cases();
std::span<const Case> register_cases();
std::span<const Case> queue_cases();
std::span<const Case> topic_cases();

inline std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& cases :
       {mutex_cases(), rw_lock_cases(), event_count_cases(), semaphore_cases(), event_cases(), condition_cases(),
        barrier_cases(), ring_cases(), register_cases(), queue_cases(), topic_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace shm::model
