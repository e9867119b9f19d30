// SPDX-License-Identifier: MIT
// Who takes part in a managed segment, and who of them is still alive.
#pragma once

#include <cstdint>
#include <shm/layout/participant_slot.hpp>
#include <shm/process_id.hpp>
#include <shm/result.hpp>
#include <span>

namespace shm {

/// Who owns a lock, a role, a record, in 30 bits: (slot + 1) << 20 | low 20 bits of the slot's generation. A slot that
/// is used again has another generation, so that what a former tenant left stays recognisable.
using Token = std::uint32_t;
constexpr Token kNobody = 0;

constexpr std::uint32_t kGenerationBits = 20;
constexpr std::uint32_t kGenerationMask = (1U << kGenerationBits) - 1;
constexpr Token kTokenMask = (1U << 30) - 1;

constexpr Token token_of(std::uint32_t slot, std::uint32_t generation) noexcept {
  return (slot + 1) << kGenerationBits | (generation & kGenerationMask);
}

constexpr std::uint32_t kLibraryVersion = 0x010000;

/// What others see of a participant, besides its process, thread and user.
struct ParticipantInfo {
  std::uint32_t flags = 0;  ///< layout::kIsWorker and the like
  std::uint32_t library_version = kLibraryVersion;
};

/// A slot of a segment's table of participants, held by a thread until leave() or the end of its process.
///
/// Thread safety: is_dead() and the plain questions from any thread; the rest one at a time.
/// Invariants: between join() and leave() the slot's byte is write-locked by the open file description of the
/// descriptor, which nobody shares: the kernel frees it when the process ends, however it ends, and not before.
/// source   docs/algorithms.md#liveness
class Participant {
 public:
  /// Takes the first free slot.
  /// slots    the shared table; stays mapped, as the descriptor stays open, until leave()
  /// errors   no_slot; system: ENOLCK, EBADF ... of fcntl; ENOMEM
  /// crash    at any instant: the slot is free again, and no token of its tenants is alive
  static Result<Participant> join(std::span<layout::ParticipantSlot> slots, int lock_descriptor,
                                  const ParticipantInfo& info = {}) noexcept;

  Participant() noexcept = default;  ///< nobody
  Participant(Participant&& other) noexcept;
  Participant& operator=(Participant&& other) noexcept;
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;
  ~Participant();  ///< leave()

  [[nodiscard]] Token token() const noexcept { return token_; }  ///< kNobody before join() and after leave()
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }
  [[nodiscard]] std::uint32_t slot_count() const noexcept { return static_cast<std::uint32_t>(slots_.size()); }
  [[nodiscard]] const ProcessId& process() const noexcept { return process_; }

  /// Whether nobody alive has this token any more: what it owns may be taken over. Never of one who is stopped, or who
  /// is merely slow. The caller has made an acquire fence since it read the token. A token that names nobody is dead.
  /// threads  any; one system call, a few more once a second and slot
  [[nodiscard]] bool is_dead(Token token) const noexcept;

  /// From now on the token is dead; the slot is free. In a child of a fork() the parent keeps both.
  void leave() noexcept;
  /// For tests: forgets the slot and changes nothing of it, as a crash does once the descriptor is closed.
  void abandon() noexcept;

 private:
  [[nodiscard]] bool has_ended(std::uint32_t slot, const ProcessId& tenant) const noexcept;

  std::span<layout::ParticipantSlot> slots_;
  ProcessId process_;
  std::uint32_t* checked_at_ = nullptr;  ///< by slot: the second in which its process was looked at last
  int descriptor_ = -1;
  std::uint32_t slot_ = 0;
  Token token_ = kNobody;
};

}  // namespace shm
