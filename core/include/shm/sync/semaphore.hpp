// SPDX-License-Identifier: MIT
#pragma once

#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

/// A count of permits, for signals: who releases need not be who acquired. A killed holder has used its permit up; to
/// limit how many do something at once take LeasedSemaphore.
/// Thread safety: any participant and thread at once. Fairness: none.
/// source   docs/algorithms.md#semaphore
class Semaphore {
 public:
  /// shape    most: permits that can be free at once, up to 2^31 - 1
  Semaphore(const Participant& participant, layout::SemaphoreBody& body, std::uint32_t most) noexcept
      : participant_(&participant), body_(&body), most_(most) {}

  Result<Outcome> acquire(Deadline deadline = Deadline::never()) noexcept;  ///< acquired or timed_out
  Result<Outcome> try_acquire() noexcept;
  /// errors   full: more permits would be free than there are; none is given back then
  Result<void> release(std::uint32_t count = 1) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept;  ///< free permits, at some moment of the call

  [[nodiscard]] Operation acquire_operation() const noexcept;

 private:
  const Participant* participant_;
  layout::SemaphoreBody* body_;
  std::uint32_t most_;
};

/// A permit of a LeasedSemaphore, by its number.
struct Lease {
  Outcome outcome = Outcome::timed_out;
  std::uint32_t permit = 0;
};

/// A limit for how many participants do something at once. A permit belongs to the participant that acquired it, and is
/// free again when that one dies.
/// Thread safety and fairness as Mutex.
/// source   docs/algorithms.md#semaphore
class LeasedSemaphore {
 public:
  static constexpr std::uint32_t kMostPermits = 4096;

  /// shape    one cell for each permit
  LeasedSemaphore(const Participant& participant, layout::LeasedSemaphoreBody& body,
                  std::span<std::uint32_t> holders) noexcept
      : participant_(&participant), body_(&body), holders_(holders) {}

  static constexpr std::uint64_t body_size(std::uint32_t permits) noexcept {
    return layout::kLeaseHolders + std::uint64_t{permits} * sizeof(std::uint32_t);
  }

  Result<Lease> acquire(Deadline deadline = Deadline::never()) noexcept;
  Result<Lease> try_acquire() noexcept;
  Result<void> release(std::uint32_t permit) noexcept;  ///< errors: not_owner
  [[nodiscard]] std::uint32_t value() const noexcept;   ///< permits that nobody has, at some moment of the call

  [[nodiscard]] Operation acquire_operation() const noexcept;  ///< its detail is the permit

 private:
  const Participant* participant_;
  layout::LeasedSemaphoreBody* body_;
  std::span<std::uint32_t> holders_;
};

}  // namespace shm
