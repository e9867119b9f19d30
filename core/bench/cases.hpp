// SPDX-License-Identifier: MIT
// What is measured, for each contender.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace shm::bench {

struct Job {
  std::string variant;
  std::uint64_t operations = 0;
  std::uint64_t warmup = 0;  ///< operations before those
};

struct Measured {
  double nanoseconds = 0;  ///< of one operation
  std::map<std::string, double> figures;
};

using Case = Measured (*)(const Job&);

/// returns  null if the case has no such contender
Case find_case(const std::string& verb, const std::string& contender);

}  // namespace shm::bench
