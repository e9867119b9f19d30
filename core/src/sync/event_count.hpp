// SPDX-License-Identifier: MIT
// source   eventcount with a gate instead of a count of waiters, which a killed one would leave too high for ever:
//          docs/algorithms.md#waiting
#pragma once

#include <shm/layout/sync_bodies.hpp>

#include "machine.hpp"

namespace shm::sync {

/// Before sleeping: look once more for what is awaited after this, and sleep only while the sequence is the answer.
template <class M>
std::uint32_t prepare_to_wait(M& machine, layout::EventCountBody& count) noexcept {
  const std::uint32_t sequence = machine.template load<Site::count_sequence>(count.sequence);
  machine.template store<Site::count_open_gate>(count.gate, 1);
  // sync: gate. Of a waiter that looks for the news and a waker that looks at the gate, one sees what the other wrote;
  // and who has seen the sequence advanced sees the news that it was advanced for.
  machine.template fence<Site::count_before_sleep>();
  return sequence;
}

/// After publishing what is awaited: wakes whoever sleeps for it. All of them, since the gate is closed for all.
template <class M>
void notify(M& machine, layout::EventCountBody& count) noexcept {
  machine.template fence<Site::count_before_wake>();  // sync: gate
  if (machine.template load<Site::count_look_at_gate>(count.gate) == 0) return;
  machine.template exchange<Site::count_close_gate>(count.gate, 0);
  machine.template add<Site::count_advance>(count.sequence, 1);
  machine.wake(count.sequence, kWakeAll);
}

}  // namespace shm::sync
