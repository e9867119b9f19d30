// SPDX-License-Identifier: MIT
#include <shm/sync/event.hpp>

#include "event_protocol.hpp"
#include "operation_maker.hpp"
#include "result_of.hpp"

namespace shm {

using sync::EventWait, sync::Machine, sync::Site;

Result<Outcome> Event::wait(Deadline deadline) noexcept {
  return sync::result_of(wait_for(wait_operation(), deadline), "wait");
}

Result<Outcome> Event::try_wait() noexcept {
  Machine machine(*participant_);
  EventWait<Machine> wait({body_, reset_ == Reset::automatic});
  return sync::result_of(wait.advance(machine, Effort::glance), "try_wait");
}

void Event::set() noexcept {
  Machine machine(*participant_);
  sync::set_event(machine, {body_, reset_ == Reset::automatic});
}

void Event::reset() noexcept {
  Machine machine(*participant_);
  sync::reset_event(machine, {body_, reset_ == Reset::automatic});
}

bool Event::is_set() const noexcept {
  return (Machine(*participant_).load<Site::event_probe>(body_->state) & sync::kEventIsSet) != 0;
}

Operation Event::wait_operation() const noexcept {
  const sync::EventParts parts{body_, reset_ == Reset::automatic};
  return sync::OperationMaker::make(Machine(*participant_), EventWait<Machine>(parts));
}

}  // namespace shm
