// SPDX-License-Identifier: MIT
// The ways in which two processes take turns: take() waits for one's turn, pass() gives it to the other. Process 0 has
// the first.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <shm/sync/event.hpp>

#include "locks.hpp"

namespace shm::bench {

/// The least that there is: a store that the other one spins for.
class AtomicTurns {
 public:
  static void prepare(Area& area) { area.words[0].value = 1; }
  explicit AtomicTurns(const Actor& actor)
      : own_(actor.area.words[actor.index].value),
        other_(actor.area.words[1 - actor.index].value),
        passed_(actor.index) {}  // who begins has been passed one turn already

  void take() {
    while (own_.load(std::memory_order_acquire) == taken_) {
    }
    ++taken_;
  }
  void pass() { other_.store(++passed_, std::memory_order_release); }

 private:
  std::atomic_ref<std::uint32_t> own_;
  std::atomic_ref<std::uint32_t> other_;
  std::uint32_t taken_ = 0;
  std::uint32_t passed_;
};

/// A store and FUTEX_WAKE; FUTEX_WAIT as long as nothing has changed.
class FutexTurns {
 public:
  static void prepare(Area& area) { AtomicTurns::prepare(area); }
  explicit FutexTurns(const Actor& actor)
      : own_(actor.area.words[actor.index].value),
        other_(actor.area.words[1 - actor.index].value),
        passed_(actor.index) {}

  void take() {
    while (std::atomic_ref(own_).load(std::memory_order_acquire) == taken_) {
      ::syscall(SYS_futex, &own_, FUTEX_WAIT, taken_, nullptr, nullptr, 0);
    }
    ++taken_;
  }
  void pass() {
    std::atomic_ref(other_).store(++passed_, std::memory_order_release);
    ::syscall(SYS_futex, &other_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }

 private:
  std::uint32_t& own_;
  std::uint32_t& other_;
  std::uint32_t taken_ = 0;
  std::uint32_t passed_;
};

/// Two events of this package that reset themselves.
class EventTurns {
 public:
  static void prepare(Area& area) { area.events[0].state = 1; }
  explicit EventTurns(const Actor& actor)
      : own_(actor.participant, actor.area.events[actor.index], Reset::automatic),
        other_(actor.participant, actor.area.events[1 - actor.index], Reset::automatic) {}

  void take() { require(own_.wait().has_value(), "Event::wait"); }
  void pass() { other_.set(); }

 private:
  Event own_;
  Event other_;
};

/// Three locks in a ring, of which each process holds one. It goes on by locking the next, which only one of the two
/// can at any time, and unlocking its own, which is what the other one needs.
template <class Lock>
class LockTurns {
 public:
  static void prepare(Area& area) { Lock::prepare(area); }
  explicit LockTurns(const Actor& actor)
      : locks_{Lock(actor, 0), Lock(actor, 1), Lock(actor, 2)}, held_(1 - actor.index) {
    locks_[held_].lock();
    meet(actor.area, 2);
  }

  void take() { locks_[(held_ + 1) % locks_.size()].lock(); }
  void pass() {
    locks_[held_].unlock();
    held_ = (held_ + 1) % locks_.size();
  }

 private:
  std::array<Lock, 3> locks_;
  std::size_t held_;
};

}  // namespace shm::bench
