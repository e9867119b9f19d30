// SPDX-License-Identifier: MIT
#include <shm/sync/condition.hpp>

#include "condition_protocol.hpp"
#include "operation_maker.hpp"
#include "result_of.hpp"
#include "word_protocol.hpp"

namespace shm {

using sync::ConditionWait, sync::Machine, sync::WordWait;

Result<ConditionOutcome> Condition::wait(Mutex& mutex, Deadline deadline) noexcept {
  const Step step = wait_for(wait_operation(mutex), deadline);
  if (!step.is_done()) return sync::error_of(step, "wait");
  return ConditionOutcome{.notified = step.outcome != Outcome::timed_out,
                          .owner_died = step.outcome == Outcome::owner_died || step.detail != 0};
}

void Condition::notify_one() noexcept { notify(1); }
void Condition::notify_all() noexcept { notify(sync::kWakeAll); }

void Condition::notify(std::uint32_t count) noexcept {
  Machine machine(*participant_);
  sync::notify_condition(machine, *body_, count);
}

std::uint32_t Condition::prepare() noexcept {
  Machine machine(*participant_);
  return sync::prepare_condition(machine, *body_);
}

Operation Condition::sleep_operation(std::uint32_t prepared) const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), WordWait<Machine>(body_->sequence, prepared));
}

Operation Condition::wait_operation(const Mutex& mutex) const noexcept {
  const sync::ConditionParts parts{body_, &mutex.body()};
  return sync::OperationMaker::make(Machine(*participant_), ConditionWait<Machine>(parts));
}

}  // namespace shm
