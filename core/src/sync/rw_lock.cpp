// SPDX-License-Identifier: MIT
#include "rw_lock_protocol.hpp"

#include <shm/sync/rw_lock.hpp>

#include "operation_maker.hpp"
#include "result_of.hpp"

namespace shm {

using sync::Leaves, sync::Machine, sync::ReadLock, sync::RwLockParts, sync::Site, sync::WriteLock;

Result<Outcome> RwLock::lock(Deadline deadline) noexcept {
  return sync::result_of(wait_for(lock_operation(), deadline), "lock");
}

Result<Outcome> RwLock::try_lock() noexcept {
  Machine machine(*participant_);
  WriteLock<Machine> lock(RwLockParts{body_, readers_});
  const Step step = lock.advance(machine, Effort::probe);
  // Not through half of it: readers are in the way.
  return sync::result_of(step.is_wait() ? lock.give_up(machine) : step, "try_lock");
}

Result<void> RwLock::unlock() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::unlock_writer(machine, {body_, readers_}, Leaves::as_found), "unlock");
}

Result<void> RwLock::unlock_suspect() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::unlock_writer(machine, {body_, readers_}, Leaves::suspect), "unlock");
}

Result<void> RwLock::make_consistent() noexcept {
  Machine machine(*participant_);
  const bool is_held = sync::make_consistent<Machine, Site::writer_look>(machine, body_->writer);
  return sync::held_or(is_held, "make_consistent");
}

Result<Outcome> RwLock::lock_shared(Deadline deadline) noexcept {
  return sync::result_of(wait_for(lock_shared_operation(), deadline), "lock_shared");
}

Result<Outcome> RwLock::try_lock_shared() noexcept {
  Machine machine(*participant_);
  return sync::result_of(sync::attempt(ReadLock<Machine>({body_, readers_}), machine), "try_lock_shared");
}

Result<void> RwLock::unlock_shared() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::unlock_reader(machine, {body_, readers_}), "unlock_shared");
}

Result<void> RwLock::downgrade() noexcept {
  Machine machine(*participant_);
  return sync::held_or(sync::downgrade(machine, {body_, readers_}), "downgrade");
}

bool RwLock::is_held() const noexcept {
  const Machine machine(*participant_);
  return (machine.load<Site::writer_look>(body_->writer.word) & layout::kTokenBits) == machine.me();
}

std::uint32_t RwLock::reads() const noexcept {
  const Machine machine(*participant_);
  return sync::reads_of(machine, readers_[machine.slot()]);
}

Operation RwLock::lock_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), WriteLock<Machine>({body_, readers_}));
}

Operation RwLock::lock_shared_operation() const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), ReadLock<Machine>({body_, readers_}));
}

}  // namespace shm
