// SPDX-License-Identifier: MIT
#pragma once

#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>

namespace shm {

enum class Reset : std::uint8_t {
  manual,     ///< stays set, and lets everybody pass, until reset()
  automatic,  ///< lets one pass, who resets it; a signal that a killed waiter has taken is gone
};

/// Something that has happened. With Reset::manual a waiter also passes if it was set and reset since the wait began.
/// Thread safety: any participant and thread at once.
/// source   docs/algorithms.md#event
class Event {
 public:
  Event(const Participant& participant, layout::EventBody& body, Reset reset) noexcept
      : participant_(&participant), body_(&body), reset_(reset) {}

  Result<Outcome> wait(Deadline deadline = Deadline::never()) noexcept;  ///< acquired or timed_out
  Result<Outcome> try_wait() noexcept;
  void set() noexcept;
  void reset() noexcept;
  [[nodiscard]] bool is_set() const noexcept;

  [[nodiscard]] Operation wait_operation() const noexcept;

 private:
  const Participant* participant_;
  layout::EventBody* body_;
  Reset reset_;
};

}  // namespace shm
