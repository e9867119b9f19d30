// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>
namespace shm::fault_guard {
using Slot = int;
constexpr Slot kNone = -1;
inline Result<Slot> add(std::byte*, std::uint64_t) noexcept { return 0; }
inline void remove(Slot) noexcept {}
inline bool has_faulted(Slot) noexcept { return false; }
}
