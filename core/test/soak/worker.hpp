// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <shm/segment_name.hpp>

#include "soak/ledger.hpp"

namespace shm::soak {

/// A fault that is put into the mutex, so that the run shows that it would be noticed.
enum class Fault : std::uint8_t {
  none,
  blind,    ///< nobody is ever found dead: what a dead owner had stays locked
  robbing,  ///< whoever is in the way is taken for dead now and then
};

/// Does one thing after the other until it is killed.
[[noreturn]] void work(const SegmentName& name, Ledger& ledger, int number, std::uint64_t seed, Fault fault) noexcept;

}  // namespace shm::soak
