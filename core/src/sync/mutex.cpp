// SPDX-License-Identifier: MIT
#include <shm/sync/mutex.hpp>

#include "mutex_protocol.hpp"
#include "operation_maker.hpp"
#include "result_of.hpp"

namespace shm {

using sync::Leaves, sync::Machine, sync::MutexLock, sync::Site;

Result<Outcome> Mutex::lock(Deadline deadline) noexcept {
  Machine machine(*participant_);
  if (sync::lock_at_once(machine, *body_)) return Outcome::acquired;
  return sync::result_of(wait_for(lock_operation(), deadline), "lock");
}

Result<Outcome> Mutex::try_lock() noexcept {
  Machine machine(*participant_);
  if (sync::lock_at_once(machine, *body_)) return Outcome::acquired;
  return sync::result_of(sync::attempt(MutexLock<Machine>(*body_), machine), "try_lock");
}

Result<void> Mutex::unlock() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::unlock(machine, *body_, Leaves::as_found), "unlock");
}

Result<void> Mutex::unlock_suspect() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::unlock(machine, *body_, Leaves::suspect), "unlock");
}

Result<void> Mutex::make_consistent() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::make_consistent(machine, *body_), "make_consistent");
}

bool Mutex::is_held() const noexcept {
  const Machine machine(*participant_);
  return (machine.load<Site::mutex_look>(body_->word) & layout::kTokenBits) == machine.me();
}

Operation Mutex::lock_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), MutexLock<Machine>(*body_));
}

}  // namespace shm
