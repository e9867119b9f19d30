// SPDX-License-Identifier: MIT
// Condition, with its mutex, and Barrier on any bytes.
#include <array>

#include "fuzz/acts.hpp"
#include "fuzz/blocking.hpp"
#include "sync/barrier_protocol.hpp"
#include "sync/condition_protocol.hpp"

namespace shm::fuzz {
namespace {

constexpr std::uint32_t kSlots = 8;

struct Meetings {
  explicit Meetings(Input& input)
      : parties(cells_of(input.head().count)),
        mutex_block(input, sizeof(layout::MutexBody)),
        condition_block(input, sizeof(layout::ConditionBody)),
        barrier_block(input, layout::kBarrierCells + parties * sizeof(layout::BarrierCell)),
        condition{&condition_block.as<layout::ConditionBody>(), &mutex_block.as<layout::MutexBody>()},
        barrier{&barrier_block.as<layout::BarrierBody>(),
                barrier_block.array<layout::BarrierCell>(layout::kBarrierCells, parties)} {}

  void act(Machine& machine, Act act) {
    switch (act.operation()) {
      case kLockForCondition:
        (void)lock.run(machine, act);
        break;
      case kUnlockForCondition:
        (void)sync::unlock(machine, *condition.mutex, sync::Leaves::as_found);
        break;
      case kWaitCondition: {
        const Step step = wait_condition.run(machine, act);
        if (!machine.is_undisturbed() || !step.is_done()) break;
        const bool is_owner = (condition.mutex->word & layout::kTokenBits) == machine.me();
        check(is_owner, "a wait that came back without the mutex");
        break;
      }
      case kNotify:
        sync::notify_condition(machine, *condition.body, act.detail);
        break;
      case kWaitBarrier: {
        const bool had_mutex = (barrier.body->mutex.word & layout::kTokenBits) == machine.me();
        const Step step = wait_barrier.run(machine, act);
        const bool has_mutex = (barrier.body->mutex.word & layout::kTokenBits) == machine.me();
        if (machine.is_undisturbed() && !had_mutex) check(!has_mutex, "a barrier's mutex that stays locked");
        if (step.is_done()) check(step.detail <= 1, "an unknown detail");
        break;
      }
      default:
        break;
    }
  }

  std::uint32_t parties;
  Block mutex_block;
  Block condition_block;
  Block barrier_block;
  sync::ConditionParts condition;
  sync::BarrierParts barrier;
  Blocking<sync::MutexLock<Machine>> lock{sync::MutexLock<Machine>(*condition.mutex)};
  Blocking<sync::ConditionWait<Machine>> wait_condition{sync::ConditionWait<Machine>(condition), AfterDeadline::a_lock};
  Blocking<sync::BarrierWait<Machine>> wait_barrier{sync::BarrierWait<Machine>(barrier), AfterDeadline::a_lock};
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shm::fuzz;
  Input input(data, size);
  if (!input) return 0;
  Meetings meetings(input);
  const std::array blocks{meetings.mutex_block.bytes(), meetings.condition_block.bytes(),
                          meetings.barrier_block.bytes()};
  Machine machine(input.head(), kSlots, blocks);
  play(input.head(), machine, [&](Act act) { meetings.act(machine, act); });
  return 0;
}
