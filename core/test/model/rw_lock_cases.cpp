// SPDX-License-Identifier: MIT
#include <array>

#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/rw_lock_protocol.hpp"

namespace shm::model {
namespace {

using sync::Leaves;

/// The first threads write, the others read. Both data are equal whenever nobody writes, unless a writer has died.
template <int writers, int readers, int rounds = 1>
struct RwLockWorld {
  static constexpr int kThreads = writers + readers;
  layout::RwLockBody body{};
  std::array<layout::ReaderCell, kThreads> cells{};
  Plain first, second;

  void run(int thread) {
    Machine machine;
    const sync::RwLockParts lock{&body, cells};
    for (int round = 0; round < rounds; ++round) {
      if (thread < writers) {
        write(machine, lock);
      } else {
        read(machine, lock);
      }
    }
  }

  void write(Machine& machine, const sync::RwLockParts& lock) {
    const Step got = finish(sync::WriteLock<Machine>(lock));
    expect(got.is_done(), "a write lock fails");
    expect(first.get() == second.get() || got.outcome == Outcome::owner_died, "a writer is not told of a death");
    const std::uint32_t next = first.get() + 1;
    first.set(next);
    second.set(next);
    expect(sync::unlock_writer(machine, lock, Leaves::consistent), "a writer is robbed");
  }
  void read(Machine& machine, const sync::RwLockParts& lock) {
    const Step got = finish(sync::ReadLock<Machine>(lock));
    expect(got.is_done(), "a read lock fails");
    expect(first.get() == second.get() || got.outcome == Outcome::owner_died, "a reader is not told of a death");
    expect(sync::unlock_reader(machine, lock), "a reader is robbed");
  }

  void check() {
    const std::uint32_t owner = final_value(body.writer.word) & layout::kTokenBits;
    for (int thread = 0; thread < kThreads; ++thread) {
      if (Explorer::now().has_died(thread)) continue;
      expect(owner != token_of(thread), "a lock is left locked");
      expect(final_value(cells[static_cast<std::size_t>(thread)].token) == 0, "a mark is left");
    }
  }
};

/// A writer that becomes a reader keeps other writers out.
struct DowngradeWorld {
  static constexpr int kThreads = 3;
  layout::RwLockBody body{};
  std::array<layout::ReaderCell, kThreads> cells{};
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::RwLockParts lock{&body, cells};
    if (thread == 2) {
      expect(finish(sync::ReadLock<Machine>(lock)).is_done(), "a read lock fails");
      (void)data.get();
      expect(sync::unlock_reader(machine, lock), "a reader is robbed");
      return;
    }
    expect(finish(sync::WriteLock<Machine>(lock)).is_done(), "a write lock fails");
    data.add(1);
    if (thread == 1) {
      expect(sync::unlock_writer(machine, lock, Leaves::consistent), "a writer is robbed");
      return;
    }
    const std::uint32_t mine = data.get();
    expect(sync::downgrade(machine, lock), "a writer is robbed");
    expect(data.get() == mine, "somebody wrote meanwhile");
    expect(sync::unlock_reader(machine, lock), "a reader is robbed");
  }
};

/// A writer that gives up while readers are still there lets everybody in again.
struct ImpatientWriter {
  static constexpr int kThreads = 3;
  layout::RwLockBody body{};
  std::array<layout::ReaderCell, kThreads> cells{};
  Plain data;

  void run(int thread) {
    Machine machine;
    const sync::RwLockParts lock{&body, cells};
    if (thread != 0) {
      expect(finish(sync::ReadLock<Machine>(lock)).is_done(), "a read lock fails");
      (void)data.get();
      expect(sync::unlock_reader(machine, lock), "a reader is robbed");
      return;
    }
    sync::WriteLock<Machine> writer(lock);
    Step step = writer.advance(machine, Effort::suspect);
    if (step.is_wait()) step = writer.give_up(machine);
    if (step.outcome == Outcome::timed_out) return;
    data.add(1);
    expect(sync::unlock_writer(machine, lock, Leaves::consistent), "a writer is robbed");
  }
};

/// Nobody repairs what a writer has left: all who come later are told, readers and writers.
struct ForgetfulWriters {
  static constexpr int kThreads = 3;
  layout::RwLockBody body{};
  std::array<layout::ReaderCell, kThreads> cells{};
  Plain is_broken;

  void run(int thread) {
    Machine machine;
    const sync::RwLockParts lock{&body, cells};
    if (thread == 2) {
      const Step got = finish(sync::ReadLock<Machine>(lock));
      expect(got.outcome == Outcome::owner_died || is_broken.get() == 0, "a reader is not told of a death");
      expect(sync::unlock_reader(machine, lock), "a reader is robbed");
      return;
    }
    for (int round = 0; round <= thread; ++round) {
      const Step got = finish(sync::WriteLock<Machine>(lock));
      expect(got.outcome == Outcome::owner_died || is_broken.get() == 0, "a writer is not told of a death");
      if (thread == 0) {
        is_broken.set(1);
        is_broken.set(0);
      }
      expect(sync::unlock_writer(machine, lock, Leaves::as_found), "a writer is robbed");
    }
  }
};

constexpr Case kCases[] = {
    {"rwlock: one writes, one reads", &explore<RwLockWorld<1, 1>>, {.bound = 4}, 3163},
    {"rwlock: one writes, one reads, twice", &explore<RwLockWorld<1, 1, 2>>, {.bound = 3}, 8835},
    {"rwlock: two write", &explore<RwLockWorld<2, 0>>, {.bound = 4}, 720},
    {"rwlock: one writes, two read", &explore<RwLockWorld<1, 2>>, {.bound = 3}, 265829},
    {"rwlock: two write, one reads", &explore<RwLockWorld<2, 1>>, {.bound = 3}, 271306},
    {"rwlock: two write, two read", &explore<RwLockWorld<2, 2>>, {.bound = 2}, 2480204},
    {"rwlock: the writer dies", &explore<RwLockWorld<1, 2>>, {.bound = 2, .victim = 0, .has_slices = true}, 130940},
    {"rwlock: a reader dies", &explore<RwLockWorld<1, 2>>, {.bound = 2, .victim = 2, .has_slices = true}, 148944},
    {"rwlock: one of two writers dies",
     &explore<RwLockWorld<2, 1>>,
     {.bound = 2, .victim = 0, .has_slices = true},
     183199},
    {"rwlock: the reader of two writers dies",
     &explore<RwLockWorld<2, 1>>,
     {.bound = 2, .victim = 2, .has_slices = true},
     261514},
    {"rwlock: data stay suspect", &explore<ForgetfulWriters>, {.bound = 2, .victim = 0, .has_slices = true}, 664000},
    {"rwlock: a writer becomes a reader", &explore<DowngradeWorld>, {.bound = 2}, 58144},
    {"rwlock: a writer gives up", &explore<ImpatientWriter>, {.bound = 3}, 161396},
};

}  // namespace

std::span<const Case> rw_lock_cases() { return kCases; }

}  // namespace shm::model
