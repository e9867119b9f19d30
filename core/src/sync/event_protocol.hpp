// SPDX-License-Identifier: MIT
// source   docs/algorithms.md#event
#pragma once

#include "event_count.hpp"
#include "mutex_protocol.hpp"

namespace shm::sync {

constexpr std::uint32_t kEventIsSet = 1;

struct EventParts {
  layout::EventBody* body = nullptr;
  bool resets_itself = false;
};

template <class M>
class EventWait {
 public:
  explicit EventWait(const EventParts& parts) noexcept : parts_(parts) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::EventBody& body = *parts_.body;
    if (const Step step = look(machine); !step.is_wait() || !is_announced(effort)) return step;
    const std::uint32_t sequence = prepare_to_wait(machine, body.changed);
    if (const Step step = look(machine); !step.is_wait()) return step;
    return Step::wait(body.changed.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step look(M& machine) noexcept {
    std::uint32_t& state = parts_.body->state;
    std::uint32_t seen = machine.template load<Site::event_probe>(state);  // sync: event
    if (parts_.resets_itself) {
      if (seen == kEventIsSet && machine.template cas<Site::event_take>(state, seen, 0)) {  // sync: event
        return Step::done(Outcome::acquired);
      }
      if (seen > kEventIsSet) return Step::failed(Errc::corrupt);
      return Step::wait(state, seen);
    }
    if (!has_begun_) before_ = seen >> 1;
    has_begun_ = true;
    // It may have been set and reset since: that pulse counts too.
    if ((seen & kEventIsSet) != 0 || seen >> 1 != before_) return Step::done(Outcome::acquired);
    return Step::wait(state, seen);
  }

  EventParts parts_;
  bool has_begun_ = false;
  std::uint32_t before_ = 0;  ///< how often it had been set when this wait began
};

template <class M>
void set_event(M& machine, const EventParts& parts) noexcept {
  std::uint32_t& state = parts.body->state;
  std::uint32_t seen = machine.template load<Site::event_probe>(state);
  for (int attempt = 0; attempt < kAttemptsToGive && (seen & kEventIsSet) == 0; ++attempt) {
    const std::uint32_t now = parts.resets_itself ? kEventIsSet : ((seen >> 1) + 1) << 1 | kEventIsSet;
    if (machine.template cas<Site::event_set>(state, seen, now)) break;  // sync: event
  }
  // Also if it is set already: who set it may have been killed before it woke anybody.
  notify(machine, parts.body->changed);
}

template <class M>
void reset_event(M& machine, const EventParts& parts) noexcept {
  std::uint32_t& state = parts.body->state;
  std::uint32_t seen = machine.template load<Site::event_probe>(state);
  for (int attempt = 0; attempt < kAttemptsToGive && (seen & kEventIsSet) != 0; ++attempt) {
    if (machine.template cas<Site::event_reset>(state, seen, seen & ~kEventIsSet)) break;
  }
}

}  // namespace shm::sync
