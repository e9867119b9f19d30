// SPDX-License-Identifier: MIT
#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/mutex_protocol.hpp"

namespace shm::model {
namespace {

using sync::Leaves;

/// Two plain counters, equal whenever nobody is between them: like data that a death leaves half written.
struct Pair {
  Plain first, second;
  void advance() {
    first.add(1);
    second.add(1);
  }
  /// returns  whether they were equal
  bool repair() {
    const std::uint32_t value = first.get();
    const bool was_whole = value == second.get();
    second.set(value);
    return was_whole;
  }
};

/// As Mutex::lock() does.
Step take(Machine& machine, layout::MutexBody& body) {
  if (sync::lock_at_once(machine, body)) return Step::done(Outcome::acquired);
  return finish(sync::MutexLock<Machine>(body));
}

template <int threads, int rounds = 1>
struct MutexWorld {
  static constexpr int kThreads = threads;
  layout::MutexBody body{};
  Pair pair;

  void run(int /*thread*/) {
    Machine machine;
    for (int round = 0; round < rounds; ++round) {
      const Step got = take(machine, body);
      expect(got.is_done(), "a lock fails");
      const bool was_whole = pair.repair();
      expect(was_whole || got.outcome == Outcome::owner_died, "nobody said that an owner has died");
      pair.advance();
      expect(sync::unlock(machine, body, Leaves::consistent), "an owner is robbed");
    }
  }
  void check() {
    bool is_held_by_the_living = false;
    for (int thread = 0; thread < kThreads; ++thread) {
      const bool is_owner = (final_value(body.word) & layout::kTokenBits) == token_of(thread);
      if (is_owner && !Explorer::now().has_died(thread)) is_held_by_the_living = true;
    }
    expect(!is_held_by_the_living, "a lock is left locked");
  }
};

/// Owners that leave the data as they are: whoever comes next is told as well, until somebody has repaired them.
template <bool repairs>
struct ForgetfulWorld {
  static constexpr int kThreads = 3;
  layout::MutexBody body{};
  Plain is_broken;

  void run(int thread) {
    Machine machine;
    for (int round = 0; round < (thread == 1 ? 2 : 1); ++round) {
      const Step got = take(machine, body);
      const bool is_told = got.outcome == Outcome::owner_died;
      expect(is_told || is_broken.get() == 0, "nobody said that the data are broken");
      if (repairs && is_told) {
        is_broken.set(0);
        expect(sync::make_consistent(machine, body), "an owner is robbed");
      }
      if (thread == 0) {
        is_broken.set(1);
        is_broken.set(0);
      }
      expect(sync::unlock(machine, body, Leaves::as_found), "an owner is robbed");
    }
  }
  void check() {
    if (!repairs || !Explorer::now().has_died(0)) return;
    const std::uint32_t word = final_value(body.word);
    const bool is_free = (word & layout::kTokenBits) == 0;
    expect(!is_free || (word & layout::kSuspect) == 0, "repaired, and still suspect");
  }
};

/// Locks without waiting for long: gives up after the first slice.
struct ImpatientWorld {
  static constexpr int kThreads = 3;
  layout::MutexBody body{};
  Plain data;

  void run(int thread) {
    Machine machine;
    sync::MutexLock<Machine> lock(body);
    if (thread != 0) {
      if (!finish(lock).is_done()) return;
    } else {
      Step step = lock.advance(machine, Effort::suspect);
      if (step.is_wait()) {
        (void)Explorer::now().sleep(*step.word, step.value);
        step = lock.advance(machine, Effort::announce);
      }
      if (step.is_wait()) step = lock.give_up(machine);
      if (step.outcome == Outcome::timed_out) return;
    }
    data.add(1);
    expect(sync::unlock(machine, body, Leaves::consistent), "an owner is robbed");
  }
  void check() { expect((final_value(body.word) & layout::kTokenBits) == 0, "a lock is left locked"); }
};

constexpr Case kCases[] = {
    {"mutex: two threads, two rounds", &explore<MutexWorld<2, 2>>, {.bound = 3}, 148},
    {"mutex: three threads", &explore<MutexWorld<3>>, {.bound = 3}, 3642},
    {"mutex: the first of two dies", &explore<MutexWorld<2>>, {.bound = 3, .victim = 0, .has_slices = true}, 154},
    {"mutex: the second of two dies", &explore<MutexWorld<2, 2>>, {.bound = 3, .victim = 1, .has_slices = true}, 1926},
    {"mutex: one of three dies", &explore<MutexWorld<3>>, {.bound = 2, .victim = 0, .has_slices = true}, 6276},
    {"mutex: data stay suspect", &explore<ForgetfulWorld<false>>, {.bound = 2, .victim = 0, .has_slices = true}, 12855},
    {"mutex: data are repaired", &explore<ForgetfulWorld<true>>, {.bound = 2, .victim = 0, .has_slices = true}, 13081},
    {"mutex: one gives up", &explore<ImpatientWorld>, {.bound = 3}, 19390},
};

}  // namespace

std::span<const Case> mutex_cases() { return kCases; }

}  // namespace shm::model
