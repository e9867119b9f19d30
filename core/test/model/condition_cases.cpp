// SPDX-License-Identifier: MIT
#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/condition_protocol.hpp"

namespace shm::model {
namespace {

using sync::Leaves;

/// Each waiter takes one of the goods that the first thread makes under the mutex.
template <int waiters, bool notifies_all, bool under_lock>
struct GoodsWorld {
  static constexpr int kThreads = waiters + 1;
  layout::MutexBody mutex{};
  layout::ConditionBody body{};
  Plain goods;

  void run(int thread) {
    Machine machine;
    expect(finish(sync::MutexLock<Machine>(mutex)).is_done(), "a lock fails");
    if (thread != 0) {
      while (goods.get() == 0) {
        const Step got = finish(sync::ConditionWait<Machine>({&body, &mutex}));
        expect(got.is_done(), "a wait fails");
      }
      goods.set(goods.get() - 1);
      expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
      return;
    }
    goods.set(waiters);
    if (under_lock) notify(machine);
    expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
    if (!under_lock) notify(machine);
  }
  void notify(Machine& machine) {
    if (notifies_all) return sync::notify_condition(machine, body, sync::kWakeAll);
    for (int i = 0; i < waiters; ++i) sync::notify_condition(machine, body, 1);
  }
};

/// Notified without the mutex: what a waiter must not miss is a notification after it let the mutex go.
struct Handover {
  static constexpr int kThreads = 2;
  layout::MutexBody mutex{};
  layout::ConditionBody body{};
  Plain is_there;
  Plain has_asked;

  void run(int thread) {
    Machine machine;
    expect(finish(sync::MutexLock<Machine>(mutex)).is_done(), "a lock fails");
    if (thread == 0) {
      has_asked.set(1);
      while (is_there.get() == 0) {
        const Step got = finish(sync::ConditionWait<Machine>({&body, &mutex}));
        expect(got.is_done(), "a wait fails");
      }
      expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
      return;
    }
    is_there.set(1);
    expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
    sync::notify_condition(machine, body, 1);
  }
};

/// Gives up after its first sleep, and has the mutex all the same.
struct ImpatientWaiter {
  static constexpr int kThreads = 2;
  layout::MutexBody mutex{};
  layout::ConditionBody body{};
  Plain data;

  void run(int thread) {
    Machine machine;
    expect(finish(sync::MutexLock<Machine>(mutex)).is_done(), "a lock fails");
    if (thread == 0) {
      data.add(1);
      expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
      return sync::notify_condition(machine, body, 1);
    }
    sync::ConditionWait<Machine> wait({&body, &mutex});
    Step step = wait.advance(machine, Effort::suspect);
    if (step.is_wait()) step = wait.give_up(machine);
    while (step.is_wait()) {
      (void)Explorer::now().sleep(*step.word, step.value);
      step = wait.advance(machine, Effort::announce);
    }
    expect(step.is_done(), "a wait fails");
    data.add(1);
    expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
  }
};

/// Notified by somebody who never had the mutex, and who was told by a message that orders nothing.
struct Messenger {
  static constexpr int kThreads = 3;
  layout::MutexBody mutex{};
  layout::ConditionBody body{};
  std::uint32_t told = 0;
  Plain is_there;

  void run(int thread) {
    Machine machine;
    if (thread == 2) {
      while (Explorer::now().load(told, std::memory_order_relaxed) == 0) (void)Explorer::now().sleep(told, 0);
      return sync::notify_condition(machine, body, 1);
    }
    expect(finish(sync::MutexLock<Machine>(mutex)).is_done(), "a lock fails");
    if (thread == 0) {
      while (is_there.get() == 0) {
        const Step got = finish(sync::ConditionWait<Machine>({&body, &mutex}));
        expect(got.is_done(), "a wait fails");
      }
      expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
      return;
    }
    is_there.set(1);
    expect(sync::unlock(machine, mutex, Leaves::consistent), "an owner is robbed");
    Explorer::now().store(told, 1, std::memory_order_relaxed);
    Explorer::now().wake(told, 1);
  }
};

constexpr Case kCases[] = {
    {"condition: one waits", &explore<Handover>, {.bound = 4}, 5912},
    {"condition: two wait, all are notified", &explore<GoodsWorld<2, true, false>>, {.bound = 2}, 715074},
    {"condition: two wait, each is notified", &explore<GoodsWorld<2, false, false>>, {.bound = 2}, 2876156},
    {"condition: two wait, notified by the owner", &explore<GoodsWorld<2, true, true>>, {.bound = 2}, 1052772},
    {"condition: notified by a messenger", &explore<Messenger>, {.bound = 3}, 33519},
    {"condition: one gives up", &explore<ImpatientWaiter>, {.bound = 4}, 12117},
    {"condition: one of two waiters dies",
     &explore<GoodsWorld<2, true, false>>,
     {.bound = 2, .victim = 1, .has_slices = true},
     5633225},
};

}  // namespace

std::span<const Case> condition_cases() { return kCases; }

}  // namespace shm::model
