// SPDX-License-Identifier: MIT
#include <shm/sync/barrier.hpp>

#include "barrier_protocol.hpp"
#include "operation_maker.hpp"
#include "result_of.hpp"

namespace shm {

using sync::BarrierWait, sync::Machine;

Result<BarrierOutcome> Barrier::wait(Deadline deadline) noexcept {
  const Step step = wait_for(wait_operation(), deadline);
  if (!step.is_done()) return sync::error_of(step, "wait");
  return BarrierOutcome{step.outcome, step.detail != 0};
}

Operation Barrier::wait_operation() const noexcept {
  const sync::BarrierParts parts{body_, cells_};
  return sync::OperationMaker::make(Machine(*participant_), BarrierWait<Machine>(parts));
}

}  // namespace shm
