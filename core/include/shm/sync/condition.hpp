// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/mutex.hpp>
#include <shm/sync/operation.hpp>

namespace shm {

struct ConditionOutcome {
  bool notified = false;    ///< false: the deadline has passed. The mutex is held all the same
  bool owner_died = false;  ///< as Mutex::lock()
};

/// Waits for a change of what a mutex protects. Waits can end without a notification: look at the data again.
/// Thread safety: wait() as the mutex; notify anybody.
/// source   docs/algorithms.md#condition
class Condition {
 public:
  Condition(const Participant& participant, layout::ConditionBody& body) noexcept
      : participant_(&participant), body_(&body) {}

  /// Lets the mutex go, waits, and takes it again, for which the deadline doesn't count.
  /// errors   not_owner: the participant doesn't hold the mutex
  Result<ConditionOutcome> wait(Mutex& mutex, Deadline deadline = Deadline::never()) noexcept;
  void notify_one() noexcept;
  void notify_all() noexcept;
  void notify(std::uint32_t count) noexcept;  ///< wakes at most so many

  /// wait() in its parts, for who lets the mutex go and takes it again in ways of his own: prepare() while he holds it,
  /// then the unlock, then sleep_operation(), then the lock.
  [[nodiscard]] std::uint32_t prepare() noexcept;
  [[nodiscard]] Operation sleep_operation(std::uint32_t prepared) const noexcept;

  /// Its detail is 1 if it timed out and an owner of the mutex died.
  [[nodiscard]] Operation wait_operation(const Mutex& mutex) const noexcept;

 private:
  const Participant* participant_;
  layout::ConditionBody* body_;
};

}  // namespace shm
