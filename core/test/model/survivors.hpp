// SPDX-License-Identifier: MIT
// Mutants that no configuration notices, and why that is right.
#pragma once

namespace shm::model {

struct Survivor {
  const char* mutant;
  const char* reason;
};

inline constexpr Survivor kSurvivors[] = {
    {"none", "yet"},
};

}  // namespace shm::model
