// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "fuzz/acts.hpp"
#include "fuzz/blocking.hpp"

namespace shm::fuzz {

/// What libFuzzer calls, of a target with one block of shared memory. `Fuzzed` is made of the input and acts.
template <class Fuzzed>
int run_message_target(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kSlots = 8;
  Input input(data, size);
  if (!input) return 0;
  Fuzzed fuzzed(input);
  const std::array blocks{fuzzed.block.bytes()};
  Machine machine(input.head(), kSlots, blocks);
  if constexpr (requires { fuzzed.begin(machine); }) fuzzed.begin(machine);
  play(input.head(), machine, [&](Act act) { fuzzed.act(machine, act); });
  return 0;
}

}  // namespace shm::fuzz
