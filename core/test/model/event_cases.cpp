// SPDX-License-Identifier: MIT
#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/event_protocol.hpp"

namespace shm::model {
namespace {

template <int waiters>
struct ManualEvent {
  static constexpr int kThreads = waiters + 1;
  layout::EventBody body{};
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::EventParts parts{&body, false};
    if (thread != 0) {
      expect(finish(sync::EventWait<Machine>(parts)).is_done(), "a wait fails");
      (void)data.get();
      return;
    }
    data.set(1);
    sync::set_event(machine, parts);
  }
};

/// Set and reset again at once, while somebody waits who has begun before.
struct Pulse {
  static constexpr int kThreads = 2;
  layout::EventBody body{};
  std::uint32_t has_begun = 0;
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::EventParts parts{&body, false};
    if (thread == 0) {
      sync::EventWait<Machine> wait(parts);
      if (wait.advance(machine, Effort::glance).is_done()) return;  // a late one
      Explorer::now().store(has_begun, 1, std::memory_order_relaxed);
      expect(finish(wait).is_done(), "a wait fails");
      (void)data.get();
      return;
    }
    if (Explorer::now().load(has_begun, std::memory_order_relaxed) == 0) {
      // Nobody to be woken yet: let it be an event that stays set.
      data.set(1);
      return sync::set_event(machine, parts);
    }
    data.set(1);
    sync::set_event(machine, parts);
    sync::reset_event(machine, parts);
  }
};

/// Each set lets one through. Who is let through sets it for the next one.
template <int threads>
struct AutoEvent {
  static constexpr int kThreads = threads;
  layout::EventBody body{.state = sync::kEventIsSet, .changed = {}};
  Plain data;

  void run(int /*thread*/) {
    Machine machine;
    const sync::EventParts parts{&body, true};
    expect(finish(sync::EventWait<Machine>(parts)).is_done(), "a wait fails");
    data.add(1);
    sync::set_event(machine, parts);
  }
  void check() { expect(final_value(body.state) == sync::kEventIsSet, "a signal is lost, or doubled"); }
};

/// Of two that set it and may not be heard both, the data of each are seen by who is let through after it.
struct TwoSignals {
  static constexpr int kThreads = 2;
  layout::EventBody body{};
  std::uint32_t taken = 0;
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::EventParts parts{&body, true};
    if (thread == 0) {
      expect(finish(sync::EventWait<Machine>(parts)).is_done(), "a wait fails");
      (void)data.get();
      return;
    }
    data.set(1);
    sync::set_event(machine, parts);
    sync::set_event(machine, parts);
  }
};

/// A setter that is killed is followed by one that finds it set already.
struct SetterDies {
  static constexpr int kThreads = 3;
  layout::EventBody body{};

  void run(int thread) {
    Machine machine;
    const sync::EventParts parts{&body, false};
    if (thread == 0) {
      expect(finish(sync::EventWait<Machine>(parts)).is_done(), "a wait fails");
      return;
    }
    sync::set_event(machine, parts);
  }
};

constexpr Case kCases[] = {
    {"event: one waits", &explore<ManualEvent<1>>, {.bound = 4}, 564},
    {"event: two wait", &explore<ManualEvent<2>>, {.bound = 3}, 49692},
    {"event: a pulse", &explore<Pulse>, {.bound = 4}, 3478},
    {"event: each set lets one of two through", &explore<AutoEvent<2>>, {.bound = 4}, 5950},
    {"event: each set lets one of three through", &explore<AutoEvent<3>>, {.bound = 3}, 2542866},
    {"event: set twice", &explore<TwoSignals>, {.bound = 4}, 3396},
    {"event: a setter dies", &explore<SetterDies>, {.bound = 3, .victim = 1, .has_slices = true}, 143947},
};

}  // namespace

std::span<const Case> event_cases() { return kCases; }

}  // namespace shm::model
