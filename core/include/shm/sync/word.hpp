// SPDX-License-Identifier: MIT
// Waiting for any aligned 32-bit word of any shared memory, across processes.
#pragma once

#include <cstdint>
#include <shm/deadline.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>

namespace shm {

/// Waits until the word has another value. A notification alone, without a change, ends no wait.
/// returns  acquired or timed_out
/// threads  any
Result<Outcome> wait(const std::uint32_t& word, std::uint32_t value, Deadline deadline = Deadline::never()) noexcept;
/// Lets at most so many who wait for the word look at it. To be called after the store.
/// returns  how many were asleep
std::uint32_t notify(const std::uint32_t& word, std::uint32_t count) noexcept;

[[nodiscard]] Operation wait_operation(const std::uint32_t& word, std::uint32_t value) noexcept;

}  // namespace shm
