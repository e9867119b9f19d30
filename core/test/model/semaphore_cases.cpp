// SPDX-License-Identifier: MIT
#include <array>
#include <shm/result.hpp>

#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/semaphore_protocol.hpp"

namespace shm::model {
namespace {

/// With one permit it protects like a mutex.
template <int threads, std::uint32_t permits>
struct SemaphoreWorld {
  static constexpr int kThreads = threads;
  layout::SemaphoreBody body{.value = permits, .freed = {}};
  Plain data;

  void run(int /*thread*/) {
    Machine machine;
    const sync::SemaphoreParts parts{&body, permits};
    expect(finish(sync::SemaphoreAcquire<Machine>(parts)).is_done(), "an acquire fails");
    if (permits == 1) data.add(1);
    expect(static_cast<bool>(sync::release_permits(machine, parts, 1)), "a permit can't be given back");
  }
  void check() { expect(final_value(body.value) == permits, "a permit is lost, or doubled"); }
};

/// A signal: permits come from somebody who never took one.
struct SignalWorld {
  static constexpr int kThreads = 3;
  layout::SemaphoreBody body{};
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::SemaphoreParts parts{&body, 2};
    if (thread != 0) {
      expect(finish(sync::SemaphoreAcquire<Machine>(parts)).is_done(), "an acquire fails");
      (void)data.get();
      return;
    }
    data.set(1);
    expect(static_cast<bool>(sync::release_permits(machine, parts, 2)), "a permit can't be given back");
  }
  void check() { expect(final_value(body.value) == 0, "a permit is lost, or doubled"); }
};

template <int threads, int permits>
struct LeaseWorld {
  static constexpr int kThreads = threads;
  layout::LeasedSemaphoreBody body{};
  std::array<std::uint32_t, permits> holders{};
  std::array<Plain, permits> data;

  void run(int /*thread*/) {
    Machine machine;
    const sync::LeasedSemaphoreParts parts{&body, holders};
    const Step got = finish(sync::LeaseAcquire<Machine>(parts));
    expect(got.is_done(), "an acquire fails");
    data[got.detail].add(1);
    expect(sync::release_lease(machine, parts, got.detail), "a holder is robbed");
  }
  void check() {
    for (const std::uint32_t& holder : holders) {
      const std::uint32_t token = final_value(holder);
      if (token != 0) expect(Explorer::now().has_died(static_cast<int>(token >> 20) - 1), "a permit is lost");
    }
  }
};

constexpr Case kCases[] = {
    {"semaphore: one permit, two threads", &explore<SemaphoreWorld<2, 1>>, {.bound = 4}, 5950},
    {"semaphore: one permit, three threads", &explore<SemaphoreWorld<3, 1>>, {.bound = 3}, 2552382},
    {"semaphore: two permits, three threads", &explore<SemaphoreWorld<3, 2>>, {.bound = 3}, 510270},
    {"semaphore: one signals, two wait", &explore<SignalWorld>, {.bound = 3}, 114918},
    {"lease: one permit, two threads", &explore<LeaseWorld<2, 1>>, {.bound = 4}, 5674},
    {"lease: one permit, three threads", &explore<LeaseWorld<3, 1>>, {.bound = 3}, 3680178},
    {"lease: two permits, three threads", &explore<LeaseWorld<3, 2>>, {.bound = 3}, 139208},
    {"lease: one permit, a holder dies",
     &explore<LeaseWorld<3, 1>>,
     {.bound = 2, .victim = 0, .has_slices = true},
     1369626},
    {"lease: two permits, a holder dies",
     &explore<LeaseWorld<3, 2>>,
     {.bound = 2, .victim = 0, .has_slices = true},
     52713},
};

}  // namespace

std::span<const Case> semaphore_cases() { return kCases; }

}  // namespace shm::model
