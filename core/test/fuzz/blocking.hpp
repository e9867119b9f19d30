// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>

#include "fuzz/machine.hpp"
#include "sync/result_of.hpp"

namespace shm::fuzz {

/// What an operation may still wait for when its deadline has passed.
enum class AfterDeadline : std::uint8_t {
  nothing,
  a_lock,  ///< it has a lock to take back, and ends when those who hold that let go or die
};

/// A blocking operation: as a whole, and as one in progress of each of the two actors.
template <class Protocol>
class Blocking {
 public:
  explicit Blocking(const Protocol& fresh, AfterDeadline after = AfterDeadline::nothing) noexcept
      : fresh_(fresh), after_(after) {}

  Step run(Machine& machine, Act act) noexcept {
    std::optional<Protocol>& begun = begun_[act.is_second() ? 1 : 0];
    switch (act.way()) {
      case Act::Way::whole: {
        Protocol protocol = fresh_;
        return drive(machine, protocol, act.detail % 8);
      }
      case Act::Way::attempt:
        return sync::attempt(fresh_, machine);
      case Act::Way::advance: {
        if (!begun) begun = fresh_;
        const Step step = begun->advance(machine, static_cast<Effort>(act.detail % 4));
        if (step.is_wait())
          machine.sleep(step);
        else
          begun.reset();
        return step;
      }
      case Act::Way::give_up: {
        if (!begun) return Step::failed(Errc::closed);
        const Step step = finish(machine, *begun);
        begun.reset();
        return step;
      }
    }
    return Step::failed(Errc::closed);
  }

 private:
  /// As a thread with a deadline, which passes after so many slices.
  Step drive(Machine& machine, Protocol& protocol, int slices) noexcept {
    Step step = protocol.advance(machine, Effort::glance);
    for (int slice = 0; step.is_wait(); ++slice) {
      step = protocol.advance(machine, slice % 2 == 0 ? Effort::suspect : Effort::announce);
      if (!step.is_wait()) break;
      if (slice == slices) return finish(machine, protocol);
      machine.sleep(step);
    }
    return step;
  }

  Step finish(Machine& machine, Protocol& protocol) noexcept {
    Step step = protocol.give_up(machine);
    if (!step.is_wait()) return step;
    check(after_ == AfterDeadline::a_lock, "a wait that goes on after its deadline");
    machine.sleep(step);
    machine.settle();
    for (int slice = 0; step.is_wait(); ++slice) {
      check(slice < 2, "a wait that goes on when nobody else is there");
      step = protocol.advance(machine, Effort::suspect);
    }
    machine.unsettle();
    return step;
  }

  Protocol fresh_;
  AfterDeadline after_;
  std::array<std::optional<Protocol>, 2> begun_;
};

/// Runs the script: calls `act` with each of its steps.
template <class Play>
void play(const Head& head, Machine& machine, const Play& act) noexcept {
  for (std::size_t i = 0; i < kMostActs; ++i) {
    const Act next{head.acts[i], head.details[i]};
    machine.become(next.is_second());
    act(next);
  }
}

}  // namespace shm::fuzz
