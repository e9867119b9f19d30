// SPDX-License-Identifier: MIT
#pragma once

#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

struct BarrierOutcome {
  Outcome outcome = Outcome::timed_out;  ///< acquired: all have arrived
  bool is_last = false;                  ///< this one completed the phase; exactly one is, unless it is killed
};

/// Lets its parties pass when all of them have arrived, again and again. Who dies while it waits doesn't count any
/// more: somebody else has to arrive instead. Thread safety: as the participant. source   docs/algorithms.md#barrier
class Barrier {
 public:
  static constexpr std::uint32_t kMostParties = 4096;

  /// shape    one cell for each party
  Barrier(const Participant& participant, layout::BarrierBody& body, std::span<layout::BarrierCell> cells) noexcept
      : participant_(&participant), body_(&body), cells_(cells) {}

  static constexpr std::uint64_t body_size(std::uint32_t parties) noexcept {
    return layout::kBarrierCells + std::uint64_t{parties} * sizeof(layout::BarrierCell);
  }

  /// timed_out takes the arrival back.
  Result<BarrierOutcome> wait(Deadline deadline = Deadline::never()) noexcept;

  [[nodiscard]] Operation wait_operation() const noexcept;  ///< its detail is 1 for the last one

 private:
  const Participant* participant_;
  layout::BarrierBody* body_;
  std::span<layout::BarrierCell> cells_;
};

}  // namespace shm
