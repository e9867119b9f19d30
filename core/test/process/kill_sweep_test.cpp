// SPDX-License-Identifier: MIT
// Every operation of the locks, killed after each of its instructions.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <list>
#include <memory>

#include "support/lock_scene.hpp"

namespace shm::test {
namespace {

void dead_owner(LockScene& s) {
  Peer& dead = s.others.emplace_back(s.segment);
  EXPECT_EQ(dead.mutex.lock(), Outcome::acquired);
  dead.die();
}
void dead_writer(LockScene& s) {
  Peer& dead = s.others.emplace_back(s.segment);
  EXPECT_EQ(dead.rw_lock.lock(), Outcome::acquired);
  dead.die();
}
void suspect(LockScene& s) {
  EXPECT_EQ(s.one.mutex.lock(), Outcome::acquired);
  EXPECT_TRUE(s.one.mutex.unlock_suspect());
}

/// Somebody sleeps for it. Whatever happens to who has it, he gets it, at the latest after a slice.
void manual_is_awaited(LockScene& s) {
  s.pending = s.one.manual.wait_operation();
  EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
}
void automatic_is_awaited(LockScene& s) {
  s.pending = s.one.automatic.wait_operation();
  EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
}
void gets_it(LockScene& s) { EXPECT_TRUE(wait_for(s.pending, soon()).is_done()); }

TEST(KillSweep, mutex) {
  const auto lock = [](LockScene& s) { (void)s.victim->mutex.lock(soon()); };
  const auto held = [](LockScene& s) { (void)s.victim->mutex.lock(soon()); };
  const auto unlock = [](LockScene& s) { (void)s.victim->mutex.unlock(); };
  const auto held_and_awaited = [](LockScene& s) {
    (void)s.victim->mutex.lock(soon());
    s.segment->mutex.word |= layout::kWaiters;
  };
  sweep_all<LockScene>({
      {"lock", {nullptr, nullptr, lock}},
      {"lock, suspect", {suspect, nullptr, lock}},
      {"lock, from a dead owner", {dead_owner, nullptr, lock}},
      {"lock, timed out",
       {[](LockScene& s) { (void)s.one.mutex.lock(); }, nullptr,
        [](LockScene& s) { (void)s.victim->mutex.lock(Deadline::in_milliseconds(1)); },
        [](LockScene& s) { EXPECT_TRUE(s.one.mutex.unlock()); }}},
      {"try_lock", {nullptr, nullptr, [](LockScene& s) { (void)s.victim->mutex.try_lock(); }}},
      {"try_lock, from a dead owner", {dead_owner, nullptr, [](LockScene& s) { (void)s.victim->mutex.try_lock(); }}},
      {"unlock", {nullptr, held, unlock}},
      {"unlock, awaited", {nullptr, held_and_awaited, unlock}},
      {"unlock_suspect", {nullptr, held, [](LockScene& s) { (void)s.victim->mutex.unlock_suspect(); }}},
      {"make_consistent", {suspect, held, [](LockScene& s) { (void)s.victim->mutex.make_consistent(); }}},
  });
}

TEST(KillSweep, rw_lock) {
  const auto write = [](LockScene& s) { (void)s.victim->rw_lock.lock(soon()); };
  const auto read = [](LockScene& s) { (void)s.victim->rw_lock.lock_shared(soon()); };
  sweep_all<LockScene>({
      {"lock", {nullptr, nullptr, write}},
      {"lock, from a dead writer", {dead_writer, nullptr, write}},
      {"lock, past a dead reader",
       {[](LockScene& s) {
          Peer& dead = s.others.emplace_back(s.segment);
          EXPECT_EQ(dead.rw_lock.lock_shared(), Outcome::acquired);
          dead.die();
        },
        nullptr, write}},
      {"lock, timed out by a reader",
       {[](LockScene& s) { (void)s.others.emplace_back(s.segment).rw_lock.lock_shared(); }, nullptr,
        [](LockScene& s) { (void)s.victim->rw_lock.lock(Deadline::in_milliseconds(1)); },
        [](LockScene& s) { EXPECT_TRUE(s.others.back().rw_lock.unlock_shared()); }}},
      {"unlock", {nullptr, write, [](LockScene& s) { (void)s.victim->rw_lock.unlock(); }}},
      {"make_consistent", {dead_writer, write, [](LockScene& s) { (void)s.victim->rw_lock.make_consistent(); }}},
      {"downgrade", {nullptr, write, [](LockScene& s) { (void)s.victim->rw_lock.downgrade(); }}},
      {"lock_shared", {nullptr, nullptr, read}},
      {"lock_shared, again", {nullptr, read, read}},
      {"lock_shared, from a dead writer", {dead_writer, nullptr, read}},
      {"lock_shared, timed out by a writer",
       {[](LockScene& s) { (void)s.others.emplace_back(s.segment).rw_lock.lock(); }, nullptr,
        [](LockScene& s) { (void)s.victim->rw_lock.lock_shared(Deadline::in_milliseconds(1)); },
        [](LockScene& s) { EXPECT_TRUE(s.others.back().rw_lock.unlock()); }}},
      {"unlock_shared", {nullptr, read, [](LockScene& s) { (void)s.victim->rw_lock.unlock_shared(); }}},
  });
}

TEST(KillSweep, semaphores) {
  const auto acquire = [](LockScene& s) { (void)s.victim->leased.acquire(soon()); };
  const auto free = [](LockScene& s) { EXPECT_TRUE(s.one.semaphore.release(kPermits)); };
  // It counts, and nobody has a permit: what the victim took, or gave back, is so or not.
  static const auto kCounts = [](std::uint32_t least, std::uint32_t most, LockScene& s) {
    EXPECT_GE(s.one.semaphore.value(), least);
    EXPECT_LE(s.one.semaphore.value(), most);
  };
  sweep_all<LockScene>({
      {"leased acquire", {nullptr, nullptr, acquire}},
      {"leased acquire, from a dead holder",
       {[](LockScene& s) {
          Peer& dead = s.others.emplace_back(s.segment);
          for (std::uint32_t i = 0; i < kPermits; ++i) EXPECT_TRUE(dead.leased.acquire());
          dead.die();
        },
        nullptr, acquire}},
      {"leased release",
       {nullptr, acquire,
        [](LockScene& s) {
          for (std::uint32_t permit = 0; permit < kPermits; ++permit) (void)s.victim->leased.release(permit);
        }}},
      {"acquire",
       {free, nullptr, [](LockScene& s) { (void)s.victim->semaphore.acquire(soon()); },
        [](LockScene& s) { kCounts(kPermits - 1, kPermits, s); }}},
      {"release",
       {nullptr, nullptr, [](LockScene& s) { (void)s.victim->semaphore.release(2); },
        [](LockScene& s) { EXPECT_TRUE(s.one.semaphore.value() == 0 || s.one.semaphore.value() == 2); }}},
  });
}

TEST(KillSweep, event) {
  sweep_all<LockScene>({
      {"set, awaited",
       {manual_is_awaited, nullptr, [](LockScene& s) { s.victim->manual.set(); },
        [](LockScene& s) {
          if (!s.one.manual.is_set()) s.two.manual.set();
          gets_it(s);
        }}},
      {"set, automatic, awaited",
       {automatic_is_awaited, nullptr, [](LockScene& s) { s.victim->automatic.set(); },
        [](LockScene& s) {
          if (!s.one.automatic.is_set()) s.two.automatic.set();
          gets_it(s);
        }}},
      {"reset",
       {nullptr, [](LockScene& s) { s.victim->manual.set(); }, [](LockScene& s) { s.victim->manual.reset(); }}},
      {"wait, automatic",
       {[](LockScene& s) { s.one.automatic.set(); }, nullptr,
        [](LockScene& s) { (void)s.victim->automatic.wait(soon()); }}},
      {"wait, timed out",
       {nullptr, nullptr, [](LockScene& s) { (void)s.victim->manual.wait(Deadline::in_milliseconds(1)); }}},
  });
}

TEST(KillSweep, condition) {
  const auto owned = [](LockScene& s) { (void)s.victim->mutex.lock(soon()); };
  sweep_all<LockScene>({
      {"wait, timed out",
       {nullptr, owned,
        [](LockScene& s) { (void)s.victim->condition.wait(s.victim->mutex, Deadline::in_milliseconds(1)); }}},
      {"notify, awaited",
       {[](LockScene& s) {
          EXPECT_EQ(s.one.mutex.lock(), Outcome::acquired);
          s.pending = s.one.condition.wait_operation(s.one.mutex);
          EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
        },
        nullptr, [](LockScene& s) { s.victim->condition.notify_one(); },
        [](LockScene& s) {
          s.two.condition.notify_one();  // as somebody does who goes on where the victim has ended
          gets_it(s);
          EXPECT_TRUE(s.one.mutex.unlock());
        }}},
  });
}

TEST(KillSweep, barrier) {
  static const auto kAllPass = [](LockScene& s) {
    if (wait_for(s.pending, Deadline::now()).outcome == Outcome::acquired) return;  // the victim has opened it
    Peer& third = s.others.emplace_back(s.segment);
    Operation first = s.one.barrier.wait_operation();
    Operation second = s.two.barrier.wait_operation();
    Operation last = third.barrier.wait_operation();
    (void)first.advance(Effort::suspect);
    (void)second.advance(Effort::suspect);
    EXPECT_TRUE(wait_for(last, soon()).is_done());
    EXPECT_TRUE(wait_for(first, soon()).is_done());
    EXPECT_TRUE(wait_for(second, soon()).is_done());
  };
  sweep_all<LockScene>({
      {"wait, the first of three",
       {nullptr, nullptr, [](LockScene& s) { (void)s.victim->barrier.wait(Deadline::in_milliseconds(1)); }, kAllPass}},
  });
}

TEST(KillSweep, participant) {
  // The victim joins or leaves once more, as somebody else: all slots are free again.
  static const auto kAllJoin = [](LockScene& s) {
    std::list<Peer> more;
    for (std::uint32_t i = 2; i < kSlots; ++i) more.emplace_back(s.segment);
  };
  sweep_all<LockScene>({
      {"join", {nullptr, nullptr, [](LockScene& s) { s.others.emplace_back(s.segment); }, kAllJoin}},
      {"leave",
       {nullptr, [](LockScene& s) { s.others.emplace_back(s.segment); },
        [](LockScene& s) { s.others.back().participant().leave(); }, kAllJoin}},
  });
}

/// A lock whose owner is a second word: between the two stores a death is the loss of the lock.
class TwoWords : public SweptScene {
 public:
  [[nodiscard]] std::span<const std::byte> shared() const override { return std::as_bytes(std::span(&*segment_, 1)); }
  void prepare_victim() override {}
  void act() override {
    std::atomic_ref(segment_->words[0]).store(1);
    std::atomic_ref(segment_->words[1]).store(42);
  }
  void check_dead() override { losses += segment_->words[0] == 1 && segment_->words[1] == 0 ? 1 : 0; }

  static inline int losses = 0;

 private:
  SyncSegment segment_{kSlots};
};

TEST(KillSweep, finds_what_a_second_word_loses) {
  if (!can_single_step()) GTEST_SKIP() << "not run: no single steps here";
  const Swept swept = sweep([] { return std::make_unique<TwoWords>(); });
  EXPECT_GT(swept.kills, 2U);
  EXPECT_GT(TwoWords::losses, 0);
}

}  // namespace
}  // namespace shm::test
