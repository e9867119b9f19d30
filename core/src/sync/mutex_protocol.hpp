// SPDX-License-Identifier: MIT
// source   owner token, waiters and suspicion in one word: docs/algorithms.md#mutex
#pragma once

#include <shm/layout/sync_bodies.hpp>
#include <shm/sync/step.hpp>

#include "machine.hpp"

namespace shm::sync {

/// The sites of a lock of its own, and of the one that the writers of a RwLock take.
struct MutexSites {
  static constexpr Site kProbe = Site::mutex_probe, kTake = Site::mutex_take, kSteal = Site::mutex_steal;
  static constexpr Site kBeforeSuspect = Site::mutex_before_suspect;
};
struct WriterSites {
  static constexpr Site kProbe = Site::writer_probe, kTake = Site::writer_take, kSteal = Site::writer_steal;
  static constexpr Site kBeforeSuspect = Site::writer_before_suspect;
};

constexpr Outcome outcome_of(bool is_suspect) noexcept { return is_suspect ? Outcome::owner_died : Outcome::acquired; }

template <class M, class Sites = MutexSites>
class MutexLock {
 public:
  explicit MutexLock(layout::MutexBody& body) noexcept : body_(&body) {}

  Step advance(M& machine, Effort effort) noexcept {
    using layout::kSuspect, layout::kTokenBits, layout::kWaiters;
    std::uint32_t word = machine.template load<Sites::kProbe>(body_->word);
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      const Token owner = word & kTokenBits;
      if (owner == kNobody) {
        // Who has slept takes it with kWaiters: others may sleep whose wake-up he has had.
        const std::uint32_t waiters = has_announced_ ? kWaiters : 0;
        // sync: mutex; token. The release is for whoever finds the token and asks whether its owner is dead.
        if (machine.template cas<Sites::kTake>(body_->word, word, word | machine.me() | waiters)) {
          return Step::done(outcome_of((word & kSuspect) != 0));
        }
        continue;
      }
      if (owner == machine.me()) return Step::failed(Errc::deadlock);
      if (looks_for_the_dead(effort)) {
        machine.template fence<Sites::kBeforeSuspect>();  // sync: token
        if (machine.is_dead(owner)) {
          if (machine.template cas<Sites::kSteal>(body_->word, word, (word & kWaiters) | kSuspect | machine.me())) {
            machine.template add<Site::mutex_count>(body_->recoveries, 1);
            machine.template store<Site::mutex_count>(body_->last_dead, owner);
            return Step::done(Outcome::owner_died);
          }
          continue;
        }
      }
      if (!is_announced(effort)) break;
      has_announced_ = true;
      if ((word & kWaiters) != 0) break;
      if (machine.template cas<Site::mutex_announce>(body_->word, word, word | kWaiters)) {
        word |= kWaiters;
        break;
      }
    }
    return Step::wait(body_->word, word);
  }

  /// The last attempt has announced, so that a wake-up which this one has had is passed on by the next unlock.
  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  layout::MutexBody* body_;
  bool has_announced_ = false;
};

/// The usual case, as one access: it is free, and no owner of it has died.
template <class M>
bool lock_at_once(M& machine, layout::MutexBody& body) noexcept {
  std::uint32_t word = kNobody;
  return machine.template cas<Site::mutex_take>(body.word, word, machine.me());  // sync: mutex; token
}

/// What an unlock says of the data that the lock protects.
enum class Leaves : std::uint8_t {
  as_found,    ///< suspect if it was, and nobody has called make_consistent()
  suspect,     ///< the holder doesn't know
  consistent,  ///< the holder has repaired it, or knows how it always is
};

/// Wakes one sleeper, or all of them where readers and writers sleep on the same word.
/// returns  false if the caller's token is not in the word: somebody else has the lock, or nobody
template <class M, Site release = Site::mutex_release>
bool unlock(M& machine, layout::MutexBody& body, Leaves leaves, std::uint32_t wakes = 1) noexcept {
  using layout::kSuspect, layout::kTokenBits, layout::kWaiters;
  const std::uint32_t kept = leaves == Leaves::consistent ? 0 : kSuspect;
  const std::uint32_t added = leaves == Leaves::suspect ? kSuspect : 0;
  // A guess, the usual case; a compare-and-swap that fails says what it is.
  std::uint32_t word = machine.me();
  // Not an exchange: who was robbed by a hostile peer must not free the lock of another.
  for (int attempt = 0; attempt < kAttemptsToGive; ++attempt) {
    if ((word & kTokenBits) != machine.me()) return false;
    if (machine.template cas<release>(body.word, word, (word & kept) | added)) {  // sync: mutex
      if ((word & kWaiters) != 0) machine.wake(body.word, wakes);
      return true;
    }
  }
  return false;
}

/// The holder has repaired what the lock protects: the next one is not told any more.
/// returns  false if the caller's token is not in the word
template <class M, Site look = Site::mutex_look>
bool make_consistent(M& machine, layout::MutexBody& body) noexcept {
  std::uint32_t word = machine.template load<look>(body.word);
  for (int attempt = 0; attempt < kAttemptsToGive; ++attempt) {
    if ((word & layout::kTokenBits) != machine.me()) return false;
    if (machine.template cas<Site::mutex_clear>(body.word, word, word & ~layout::kSuspect)) return true;
  }
  return false;
}

}  // namespace shm::sync
