// SPDX-License-Identifier: MIT
#include <shm/sync/semaphore.hpp>

#include "operation_maker.hpp"
#include "result_of.hpp"
#include "semaphore_protocol.hpp"

namespace shm {

using sync::LeaseAcquire, sync::Machine, sync::SemaphoreAcquire, sync::Site;

namespace {

Result<Lease> lease_of(const Step& step, const char* verb) noexcept {
  if (step.is_wait()) return Lease{};
  if (!step.is_done()) return sync::error_of(step, verb);
  return Lease{step.outcome, step.detail};
}

}  // namespace

Result<Outcome> Semaphore::acquire(Deadline deadline) noexcept {
  return sync::result_of(wait_for(acquire_operation(), deadline), "acquire");
}

Result<Outcome> Semaphore::try_acquire() noexcept {
  Machine machine(*participant_);
  return sync::result_of(SemaphoreAcquire<Machine>({body_, most_}).advance(machine, Effort::glance), "try_acquire");
}

Result<void> Semaphore::release(std::uint32_t count) noexcept {
  Machine machine(*participant_);
  return sync::release_permits(machine, {body_, most_}, count);
}

std::uint32_t Semaphore::value() const noexcept {
  return Machine(*participant_).load<Site::semaphore_probe>(body_->value);
}

Operation Semaphore::acquire_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), SemaphoreAcquire<Machine>({body_, most_}));
}

Result<Lease> LeasedSemaphore::acquire(Deadline deadline) noexcept {
  return lease_of(wait_for(acquire_operation(), deadline), "acquire");
}

Result<Lease> LeasedSemaphore::try_acquire() noexcept {
  Machine machine(*participant_);
  return lease_of(sync::attempt(LeaseAcquire<Machine>({body_, holders_}), machine), "try_acquire");
}

Result<void> LeasedSemaphore::release(std::uint32_t permit) noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::release_lease(machine, {body_, holders_}, permit), "release");
}

std::uint32_t LeasedSemaphore::value() const noexcept {
  const Machine machine(*participant_);
  std::uint32_t free = 0;
  for (const std::uint32_t& holder : holders_) free += machine.load<Site::lease_probe>(holder) == kNobody ? 1U : 0U;
  return free;
}

Operation LeasedSemaphore::acquire_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), LeaseAcquire<Machine>({body_, holders_}));
}

}  // namespace shm
