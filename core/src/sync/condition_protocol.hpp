// SPDX-License-Identifier: MIT
// source   a sequence of notifications: docs/algorithms.md#condition
#pragma once

#include "mutex_protocol.hpp"

namespace shm::sync {

struct ConditionParts {
  layout::ConditionBody* body = nullptr;
  layout::MutexBody* mutex = nullptr;  ///< held by the participant
};

/// Before the mutex is let go: a notification in between is not missed.
/// returns  what to sleep for: that the sequence is another
template <class M>
std::uint32_t prepare_condition(M& machine, layout::ConditionBody& body) noexcept {
  machine.template store<Site::condition_mark>(body.ever_waited, 1);  // sync: condition gate
  return machine.template load<Site::condition_sequence>(body.sequence);
}

/// Lets the mutex go, sleeps until a notification, and takes the mutex again, whatever happens meanwhile: also after
/// give_up(). Its detail is 1 if an owner of the mutex died, where the outcome is that the time was over.
template <class M>
class ConditionWait {
 public:
  explicit ConditionWait(const ConditionParts& parts) noexcept : parts_(parts), lock_(*parts.mutex) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::ConditionBody& body = *parts_.body;
    if (stage_ == Stage::unlock) {
      before_ = prepare_condition(machine, body);
      if (!unlock(machine, *parts_.mutex, Leaves::as_found)) return Step::failed(Errc::not_owner);
      stage_ = Stage::sleep;
    }
    if (stage_ == Stage::sleep) {
      if (machine.template load<Site::condition_moved>(body.sequence) == before_)
        return Step::wait(body.sequence, before_);
      stage_ = Stage::lock;
      effort = Effort::suspect;  // the first attempt at another word
    }
    const Step step = lock_.advance(machine, effort);
    if (!step.is_done() || !has_given_up_) return step;
    return Step::done(Outcome::timed_out, step.outcome == Outcome::owner_died ? 1 : 0);
  }

  Step give_up(M& machine) noexcept {
    has_given_up_ = stage_ == Stage::sleep;
    if (stage_ == Stage::sleep) stage_ = Stage::lock;
    return advance(machine, Effort::suspect);
  }

 private:
  enum class Stage : std::uint8_t { unlock, sleep, lock };

  ConditionParts parts_;
  MutexLock<M> lock_;
  Stage stage_ = Stage::unlock;
  bool has_given_up_ = false;
  std::uint32_t before_ = 0;
};

template <class M>
void notify_condition(M& machine, layout::ConditionBody& body, std::uint32_t count) noexcept {
  machine.template add<Site::condition_advance>(body.sequence, 1);
  machine.template fence<Site::condition_before_wake>();  // sync: condition gate
  if (machine.template load<Site::condition_look>(body.ever_waited) != 0) machine.wake(body.sequence, count);
}

}  // namespace shm::sync
