// SPDX-License-Identifier: MIT
// source   writers' mutex and one mark for each reading participant: docs/algorithms.md#rw-lock. Marks and no count,
//          because a killed reader would leave a count too high for ever.
#pragma once

#include <span>

#include "event_count.hpp"
#include "mutex_protocol.hpp"

namespace shm::sync {

/// A RwLock as one participant sees it.
struct RwLockParts {
  layout::RwLockBody* body = nullptr;
  std::span<layout::ReaderCell> readers;  ///< one for each participant slot
};

/// How often the participant reads. What another one has written there is nothing to it.
template <class M>
std::uint32_t reads_of(M& machine, const layout::ReaderCell& own) noexcept {
  if (machine.template load<Site::reader_held>(own.token) != machine.me()) return 0;
  return machine.template load<Site::reader_held>(own.holds);
}

template <class M>
bool unlock_writer(M& machine, const RwLockParts& lock, Leaves leaves) noexcept {
  return unlock<M, Site::writer_release>(machine, lock.body->writer, leaves, kWakeAll);
}

template <class M>
class ReadLock {
 public:
  explicit ReadLock(const RwLockParts& lock) noexcept : lock_(lock) {}

  Step advance(M& machine, Effort effort) noexcept {
    using layout::kSuspect, layout::kTokenBits, layout::kWaiters;
    layout::ReaderCell& own = lock_.readers[machine.slot()];
    if (const std::uint32_t holds = reads_of(machine, own); holds > 0) {
      machine.template store<Site::reader_held>(own.holds, holds + 1);
      return Step::done(Outcome::acquired);
    }
    std::uint32_t& mark = own.token;
    std::uint32_t& writer = lock_.body->writer.word;
    machine.template store<Site::reader_held>(own.holds, 1);
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      machine.template store<Site::reader_mark>(mark, machine.me());
      // sync: reader and writer. Of a reader that looks for a writer and a writer that looks for marks, one sees the
      // other. The mark is a token: its release is for the writer that asks whether the reader is dead.
      std::uint32_t word = machine.template load<Site::reader_look>(writer);  // sync: token
      const Token owner = word & kTokenBits;
      if (owner == kNobody) return Step::done(outcome_of((word & kSuspect) != 0));
      machine.template store<Site::reader_withdraw>(mark, kNobody);
      notify(machine, lock_.body->drain);
      if (owner == machine.me()) return Step::failed(Errc::deadlock);
      if (looks_for_the_dead(effort)) {
        if (machine.is_dead(owner)) {
          if (machine.template cas<Site::reader_steal>(writer, word, (word & kWaiters) | kSuspect | machine.me())) {
            machine.template store<Site::reader_mark>(mark, machine.me());
            hand_back(machine, writer);
            return Step::done(Outcome::owner_died);
          }
          continue;
        }
      }
      if (is_announced(effort) && (word & kWaiters) == 0) {
        if (!machine.template cas<Site::reader_announce>(writer, word, word | kWaiters)) continue;
        word |= kWaiters;
      }
      return Step::wait(writer, word);
    }
    return Step::wait(writer, machine.template load<Site::reader_look>(writer));
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  /// Lets readers and writers in again, who are told.
  void hand_back(M& machine, std::uint32_t& writer) noexcept {
    std::uint32_t word = machine.template load<Site::reader_look>(writer);
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      if ((word & layout::kTokenBits) != machine.me()) return;
      if (machine.template cas<Site::reader_hand_back>(writer, word, layout::kSuspect)) break;
    }
    machine.wake(writer, kWakeAll);
  }

  RwLockParts lock_;
};

/// returns  false if the participant doesn't read
template <class M>
bool unlock_reader(M& machine, const RwLockParts& lock) noexcept {
  layout::ReaderCell& own = lock.readers[machine.slot()];
  const std::uint32_t holds = reads_of(machine, own);
  if (holds == 0) return false;
  if (holds > 1) {
    machine.template store<Site::reader_held>(own.holds, holds - 1);
    return true;
  }
  machine.template store<Site::reader_leave>(own.token, kNobody);  // sync: reader and writer
  notify(machine, lock.body->drain);
  return true;
}

template <class M>
class WriteLock {
 public:
  explicit WriteLock(const RwLockParts& lock) noexcept : lock_(lock), writer_(lock.body->writer) {}

  Step advance(M& machine, Effort effort) noexcept {
    if (!is_writer_) {
      if (reads_of(machine, lock_.readers[machine.slot()]) > 0) return Step::failed(Errc::deadlock);
      const Step step = writer_.advance(machine, effort);
      if (!step.is_done()) return step;
      is_writer_ = true;
      outcome_ = step.outcome;
    }
    // No reader comes in any more: a mark that is gone stays gone, or is withdrawn at once.
    for (; next_ < lock_.readers.size(); ++next_) {
      const Step step = drain(machine, lock_.readers[next_].token, effort);
      if (step.is_wait()) return step;
    }
    return Step::done(outcome_);
  }

  Step give_up(M& machine) noexcept {
    if (is_writer_) (void)unlock_writer(machine, lock_, Leaves::as_found);
    is_writer_ = false;
    return Step::done(Outcome::timed_out);
  }

 private:
  Step drain(M& machine, std::uint32_t& mark, Effort effort) noexcept {
    Token reader = machine.template load<Site::writer_drain>(mark);  // sync: reader and writer
    if (reader == kNobody) return Step::done(Outcome::acquired);
    if (reader == machine.me()) {  // it doesn't read: somebody else wrote that
      (void)machine.template cas<Site::writer_clear>(mark, reader, kNobody);
      return Step::done(Outcome::acquired);
    }
    if (looks_for_the_dead(effort)) {
      machine.template fence<Site::writer_before_suspect>();  // sync: token
      if (machine.is_dead(reader) && machine.template cas<Site::writer_clear>(mark, reader, kNobody)) {
        return Step::done(Outcome::acquired);
      }
    }
    if (!is_announced(effort)) return Step::wait(mark, reader);
    const std::uint32_t sequence = prepare_to_wait(machine, lock_.body->drain);
    if (machine.template load<Site::writer_drain>(mark) == kNobody) return Step::done(Outcome::acquired);
    return Step::wait(lock_.body->drain.sequence, sequence);
  }

  RwLockParts lock_;
  MutexLock<M, WriterSites> writer_;
  bool is_writer_ = false;
  Outcome outcome_ = Outcome::acquired;
  std::size_t next_ = 0;
};

/// The writer goes on as a reader, without letting another writer in between.
/// returns  false if the participant is not the writer
template <class M>
bool downgrade(M& machine, const RwLockParts& lock) noexcept {
  const std::uint32_t word = machine.template load<Site::writer_look>(lock.body->writer.word);
  if ((word & layout::kTokenBits) != machine.me()) return false;
  layout::ReaderCell& own = lock.readers[machine.slot()];
  machine.template store<Site::reader_held>(own.holds, 1);
  machine.template store<Site::reader_mark>(own.token, machine.me());
  return unlock_writer(machine, lock, Leaves::as_found);
}

}  // namespace shm::sync
