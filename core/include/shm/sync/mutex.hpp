// SPDX-License-Identifier: MIT
#pragma once

#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>

namespace shm {

/// Exclusive lock that survives its owner: whoever is killed holding it, at any instruction, the next one gets it and
/// is told. Only the death of the owner, which the kernel proves, takes it away; never a time-out, and not SIGSTOP.
///
/// Handle to words in shared memory; copies are the same lock. What is held belongs to the participant.
/// Thread safety: that of the participant: one thread at a time, except through Operation.
/// Fairness: none; a lock that is let go goes to whoever asks first.
///
/// | word                      | lock() | unlock() |
/// |---------------------------|--------|----------|
/// | 0                         | acquired | not_owner |
/// | suspect                   | owner_died | not_owner |
/// | own token                 | deadlock | free |
/// | token of somebody alive   | waits | not_owner |
/// | token of somebody dead    | owner_died | not_owner |
/// source   docs/algorithms.md#mutex
class Mutex {
 public:
  Mutex(const Participant& participant, layout::MutexBody& body) noexcept : participant_(&participant), body_(&body) {}

  /// returns  acquired; owner_died: held, and what it protects may be half changed; timed_out
  /// errors   deadlock: the participant holds it
  /// crash    death at any instant: the lock is free or the next one takes it from the dead
  Result<Outcome> lock(Deadline deadline = Deadline::never()) noexcept;
  /// Never waits; timed_out if somebody alive has it.
  Result<Outcome> try_lock() noexcept;
  /// errors   not_owner
  /// crash    death before its one store: as if killed holding it; after it: free
  Result<void> unlock() noexcept;
  /// unlock() by who doesn't know whether the data is whole: the next owners are told owner_died.
  Result<void> unlock_suspect() noexcept;
  /// The data is repaired: the next owner is not told. Until somebody has called it, every owner is.
  /// errors   not_owner
  Result<void> make_consistent() noexcept;

  [[nodiscard]] bool is_held() const noexcept;  ///< by the participant

  [[nodiscard]] Operation lock_operation() const noexcept;
  [[nodiscard]] layout::MutexBody& body() const noexcept { return *body_; }
  [[nodiscard]] const Participant& participant() const noexcept { return *participant_; }

 private:
  const Participant* participant_;
  layout::MutexBody* body_;
};

}  // namespace shm
