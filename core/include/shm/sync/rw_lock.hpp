// SPDX-License-Identifier: MIT
#pragma once

#include <shm/deadline.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

/// Many readers or one writer, which survives them all: the mark of a dead reader is cleared by the next writer; after
/// a dead writer readers and writers are told owner_died, until a writer calls make_consistent().
///
/// A participant may read several times at once; its last unlock_shared() counts. A writer that waits keeps new readers
/// out. Thread safety and handles as Mutex.
/// source   docs/algorithms.md#rw-lock
class RwLock {
 public:
  /// shape    one cell for each participant slot
  RwLock(const Participant& participant, layout::RwLockBody& body, std::span<layout::ReaderCell> readers) noexcept
      : participant_(&participant), body_(&body), readers_(readers) {}

  static constexpr std::uint64_t body_size(std::uint32_t participants) noexcept {
    return layout::kRwLockReaders + std::uint64_t{participants} * sizeof(layout::ReaderCell);
  }

  /// errors   deadlock: the participant writes or reads
  Result<Outcome> lock(Deadline deadline = Deadline::never()) noexcept;
  Result<Outcome> try_lock() noexcept;
  Result<void> unlock() noexcept;  ///< errors: not_owner
  Result<void> unlock_suspect() noexcept;
  Result<void> make_consistent() noexcept;

  /// errors   deadlock: the participant writes
  Result<Outcome> lock_shared(Deadline deadline = Deadline::never()) noexcept;
  Result<Outcome> try_lock_shared() noexcept;
  Result<void> unlock_shared() noexcept;  ///< errors: not_owner

  /// The writer becomes a reader; no other writer comes in between.
  /// errors   not_owner
  Result<void> downgrade() noexcept;

  [[nodiscard]] bool is_held() const noexcept;         ///< for writing, by the participant
  [[nodiscard]] std::uint32_t reads() const noexcept;  ///< how often the participant reads

  [[nodiscard]] Operation lock_operation() const noexcept;
  [[nodiscard]] Operation lock_shared_operation() const noexcept;

 private:
  const Participant* participant_;
  layout::RwLockBody* body_;
  std::span<layout::ReaderCell> readers_;
};

}  // namespace shm
