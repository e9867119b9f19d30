// SPDX-License-Identifier: MIT
#include <array>

#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/barrier_protocol.hpp"

namespace shm::model {
namespace {

/// Everybody writes its own before each phase, and reads the others' after it.
template <int threads, int parties, int phases>
struct BarrierWorld {
  static constexpr int kThreads = threads;
  layout::BarrierBody body{};
  std::array<layout::BarrierCell, parties> cells{};
  std::array<Plain, threads> data;
  bool has_all = threads == parties;

  void run(int thread) {
    for (int phase = 0; phase < phases; ++phase) {
      data[static_cast<std::size_t>(thread)].add(1);
      expect(finish(sync::BarrierWait<Machine>({&body, cells})).is_done(), "a wait fails");
      if (has_all && phase + 1 == phases) {
        for (Plain& other : data) expect(other.get() == phases, "somebody has not arrived");
      }
    }
  }
};

/// Three threads at a barrier for two, of which the first may die: the others meet, or the dead one has met one of them
/// and the other stays alone, which gives up then.
struct BarrierWithADeath {
  static constexpr int kThreads = 3;
  layout::BarrierBody body{};
  std::array<layout::BarrierCell, 2> cells{};
  std::array<std::uint32_t, 3> passed{};

  void run(int thread) {
    Machine machine;
    sync::BarrierWait<Machine> wait({&body, cells});
    Step step = wait.advance(machine, Effort::suspect);
    int slices = 0;
    while (step.is_wait()) {
      const bool is_over = Explorer::now().sleep(*step.word, step.value);
      slices += is_over ? 1 : 0;
      step = slices > 2 ? wait.give_up(machine) : wait.advance(machine, is_over ? Effort::suspect : Effort::announce);
    }
    expect(step.is_done(), "a wait fails");
    if (step.outcome == Outcome::acquired) passed[static_cast<std::size_t>(thread)] = 1;
  }
  void check() {
    const bool is_whole = !Explorer::now().has_died(0);
    const std::uint32_t count = passed[0] + passed[1] + passed[2];
    const std::uint32_t phase = final_value(body.phase);
    expect(!is_whole || count == 2, "two of three pass");
    expect(phase <= 1, "more phases than parties for them");
    if (!is_whole) expect(count == 2 || (count == 1 && phase == 1), "the living meet, or one has met the dead");
    for (const layout::BarrierCell& cell : cells) {
      const std::uint32_t token = final_value(cell.token);
      const bool is_stale = final_value(cell.phase) != phase || token == 0;
      expect(is_stale || Explorer::now().has_died(static_cast<int>(token >> 20) - 1), "an arrival is left behind");
    }
  }
};

constexpr Case kCases[] = {
    {"barrier: two parties", &explore<BarrierWorld<2, 2, 1>>, {.bound = 4}, 109606},
    {"barrier: two parties, two phases", &explore<BarrierWorld<2, 2, 2>>, {.bound = 3}, 644296},
    {"barrier: three parties", &explore<BarrierWorld<3, 3, 1>>, {.bound = 2}, 1639356},
    {"barrier: one dies", &explore<BarrierWithADeath>, {.bound = 1, .victim = 0, .has_slices = true}, 688284},
};

}  // namespace

std::span<const Case> barrier_cases() { return kCases; }

}  // namespace shm::model
