// SPDX-License-Identifier: MIT
// source   one cell for each party, so that who died while waiting doesn't count: docs/algorithms.md#barrier
#pragma once

#include <span>

#include "event_count.hpp"
#include "mutex_protocol.hpp"

namespace shm::sync {

struct BarrierParts {
  layout::BarrierBody* body = nullptr;
  std::span<layout::BarrierCell> cells;  ///< one for each party
};

/// Its detail is 1 for the last one to arrive.
template <class M>
class BarrierWait {
 public:
  explicit BarrierWait(const BarrierParts& parts) noexcept : parts_(parts), lock_(parts.body->mutex) {}

  Step advance(M& machine, Effort effort) noexcept {
    if (stage_ == Stage::wait) return look(machine, effort);
    const Step step = lock_.advance(machine, effort);
    if (step.kind == Step::Kind::failed) return Step::failed(Errc::corrupt);  // nobody holds it between two attempts
    if (step.is_wait()) return step;
    return stage_ == Stage::arrive ? arrive(machine, effort) : withdraw(machine);
  }

  Step give_up(M& machine) noexcept {
    if (stage_ == Stage::arrive) return Step::done(Outcome::timed_out);
    if (stage_ == Stage::wait) {
      stage_ = Stage::withdraw;
      lock_ = MutexLock<M>(parts_.body->mutex);
    }
    return advance(machine, Effort::suspect);
  }

 private:
  enum class Stage : std::uint8_t { arrive, wait, withdraw };

  bool has_passed(M& machine) noexcept {
    return machine.template load<Site::barrier_passed>(parts_.body->phase) != phase_;  // sync: barrier
  }

  Step look(M& machine, Effort effort) noexcept {
    layout::BarrierBody& body = *parts_.body;
    if (has_passed(machine)) return Step::done(Outcome::acquired);
    if (!is_announced(effort)) return Step::wait(body.phase, phase_);
    const std::uint32_t sequence = prepare_to_wait(machine, body.passed);
    if (has_passed(machine)) return Step::done(Outcome::acquired);
    return Step::wait(body.passed.sequence, sequence);
  }

  bool counts(M& machine, const layout::BarrierCell& cell) noexcept {
    if (machine.template load<Site::barrier_cell>(cell.phase) != phase_) return false;
    const Token token = machine.template load<Site::barrier_cell>(cell.token) & layout::kTokenBits;
    if (token == kNobody) return false;
    return token == machine.me() || !machine.is_dead(token);
  }

  Step arrive(M& machine, Effort effort) noexcept {
    phase_ = machine.template load<Site::barrier_phase>(parts_.body->phase);
    std::size_t arrived = 0;
    layout::BarrierCell* free = nullptr;
    for (layout::BarrierCell& cell : parts_.cells) {
      if (counts(machine, cell)) {
        ++arrived;
      } else if (free == nullptr) {
        free = &cell;
      }
    }
    if (free == nullptr) return fail(machine);
    cell_ = free;
    // Nobody's first: a death in between must not count with the phase of one arrival and the token of another.
    machine.template store<Site::barrier_cell>(free->token, kNobody);
    machine.template store<Site::barrier_cell>(free->phase, phase_);
    machine.template store<Site::barrier_cell>(free->token, machine.me());
    if (arrived + 1 < parts_.cells.size()) {
      if (!unlock(machine, parts_.body->mutex, Leaves::consistent)) return Step::failed(Errc::corrupt);
      stage_ = Stage::wait;
      return look(machine, effort);
    }
    machine.template store<Site::barrier_open>(parts_.body->phase, phase_ + 1);  // sync: barrier
    const bool unlocked = unlock(machine, parts_.body->mutex, Leaves::consistent);
    notify(machine, parts_.body->passed);
    return unlocked ? Step::done(Outcome::acquired, 1) : Step::failed(Errc::corrupt);
  }

  Step withdraw(M& machine) noexcept {
    const bool passed = has_passed(machine);
    if (!passed) machine.template store<Site::barrier_cell>(cell_->token, kNobody);
    if (!unlock(machine, parts_.body->mutex, Leaves::consistent)) return Step::failed(Errc::corrupt);
    return Step::done(passed ? Outcome::acquired : Outcome::timed_out);
  }

  Step fail(M& machine) noexcept {
    (void)unlock(machine, parts_.body->mutex, Leaves::consistent);
    return Step::failed(Errc::corrupt);
  }

  BarrierParts parts_;
  MutexLock<M> lock_;
  Stage stage_ = Stage::arrive;
  layout::BarrierCell* cell_ = nullptr;
  std::uint32_t phase_ = 0;
};

}  // namespace shm::sync
