// SPDX-License-Identifier: MIT
#pragma once

#include <shm/result.hpp>
#include <shm/sync/operation.hpp>

namespace shm::sync {

inline Error error_of(const Step& step, const char* verb) noexcept { return {step.error, 0, verb}; }

inline Result<Outcome> result_of(const Step& step, const char* verb) noexcept {
  if (step.is_wait()) return Outcome::timed_out;
  if (!step.is_done()) return error_of(step, verb);
  return step.outcome;
}

/// One attempt, which takes from the dead, and leaves no mark.
template <class Protocol, class M>
Step attempt(Protocol protocol, M& machine) noexcept {
  const Step step = protocol.advance(machine, Effort::glance);
  return step.is_wait() ? protocol.advance(machine, Effort::probe) : step;
}

inline Result<void> held_or(bool is_held, const char* verb) noexcept {
  if (is_held) return {};
  return Error{Errc::not_owner, 0, verb};
}

}  // namespace shm::sync
