// SPDX-License-Identifier: MIT
//   shm_soak [KILLS [SEED]]
// Kills processes at random while they use everything that a managed segment has, and looks whether anything is lost,
// taken from the living, or never had again. First two runs with a fault put in, which have to be noticed.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "soak/driver.hpp"

int main(int count, char** arguments) {
  using namespace shm::soak;
  const auto now = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  const std::uint64_t kills = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 50'000;
  const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : now % 1'000'000'000;
  std::printf("seed %lu\n", static_cast<unsigned long>(seed));
  for (const Fault fault : {Fault::blind, Fault::robbing}) {
    const std::string noticed =
        soak({.kills = 20'000, .seed = seed, .fault = fault, .patience = 2, .is_talkative = false});
    if (noticed.empty()) {
      std::printf("a fault was put in, and not noticed: %s\n", fault == Fault::blind ? "blind" : "robbing");
      return EXIT_FAILURE;
    }
    std::printf("control: %.*s\n", static_cast<int>(noticed.find_first_of("(;")), noticed.c_str());
  }
  const std::string failure = soak({.kills = kills, .seed = seed});
  if (failure.empty()) return EXIT_SUCCESS;
  std::printf("FAILED: %s\n", failure.c_str());
  return EXIT_FAILURE;
}
