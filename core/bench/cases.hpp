// SPDX-License-Identifier: MIT
// What is measured, for each contender.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

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

/// returns  null if there is no such case
Case find_case(std::string_view verb, std::string_view contender, std::string_view variant);

}  // namespace shm::bench
