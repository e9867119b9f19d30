// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "soak/worker.hpp"

namespace shm::soak {

struct Plan {
  std::uint64_t kills = 50'000;
  std::uint64_t seed = 0;
  int workers = 6;  ///< at most kMostWorkers
  Fault fault = Fault::none;
  int patience = 30;  ///< seconds without progress that are a hang
  bool is_talkative = true;
};

/// Kills workers at random, and starts others in their place.
/// returns  empty; or what has failed
std::string soak(const Plan& plan);

}  // namespace shm::soak
