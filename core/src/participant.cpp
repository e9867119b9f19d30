// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdlib>
#include <shm/layout/segment_header.hpp>
#include <shm/participant.hpp>
#include <utility>

#include "os/inventory.hpp"
#include "os/liveness.hpp"
#include "os/os.hpp"

namespace shm {
namespace {

using layout::ParticipantSlot;

static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free &&
                  std::atomic_ref<std::uint64_t>::is_always_lock_free,
              "a lock inside the library would be private to one process");
static_assert(token_of(layout::kMostParticipants - 1, kGenerationMask) == kTokenMask, "tokens of all slots fit");

template <class Word>
Word load(Word& word, std::memory_order order = std::memory_order_relaxed) noexcept {
  return std::atomic_ref(word).load(order);
}
template <class Word>
void store(Word& word, Word value, std::memory_order order = std::memory_order_relaxed) noexcept {
  std::atomic_ref(word).store(value, order);
}

/// All tokens of the slot are dead from here on.
/// returns  the new generation; its low bits are not 0, so that no token is like that of nobody. Unless somebody else
///          writes it all the time, who could keep this going for ever
std::uint32_t next_generation(ParticipantSlot& slot) noexcept {
  constexpr int kMostAttempts = 64;
  std::atomic_ref generation(slot.generation);
  std::uint32_t next = 0;
  for (int attempt = 0; attempt < kMostAttempts && (next & kGenerationMask) == 0; ++attempt) {
    next = generation.fetch_add(1, std::memory_order_release) + 1;  // sync: generation
  }
  return next;
}

void tell_identity(ParticipantSlot& slot, const ProcessId& process, const ParticipantInfo& info,
                   std::uint32_t generation) noexcept {
  store(slot.pid, process.pid);
  store(slot.tid, os::own_tid());
  store(slot.pid_namespace, process.pid_namespace);
  store(slot.start_time, process.start_time);
  store(slot.uid, os::own_uid());
  store(slot.library_version, info.library_version);
  store(slot.flags, info.flags);
  store(slot.identity_generation, generation, std::memory_order_release);  // sync: identity
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// Where to begin looking: elsewhere than most others, so that who joins at the same time does not try the same slots.
std::uint32_t first_slot(const ProcessId& process, std::uint32_t count) noexcept {
  const std::uint64_t both = std::uint64_t{process.pid} << 32 | os::own_tid();
  return static_cast<std::uint32_t>((both * 0x9e3779b97f4a7c15) >> 32) % count;
}

}  // namespace

Result<Participant> Participant::join(std::span<ParticipantSlot> slots, int lock_descriptor,
                                      const ParticipantInfo& info) noexcept {
  if (slots.empty() || slots.size() > layout::kMostParticipants) return invalid_argument("1 to 1023 participants");
  Participant result;
  result.checked_at_ = static_cast<std::uint32_t*>(std::calloc(slots.size(), sizeof(std::uint32_t)));
  if (result.checked_at_ == nullptr) return os::out_of_memory("calloc");
  result.slots_ = slots;
  result.process_ = ProcessId::self();
  const auto count = static_cast<std::uint32_t>(slots.size());
  const std::uint32_t first = first_slot(result.process_, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t slot = (first + i) % count;
    const Result<bool> locked = os::try_lock_byte(lock_descriptor, layout::kSlotLocks + slot, os::ByteLock::exclusive);
    if (!locked) return locked.error();
    if (!*locked) continue;
    const std::uint32_t generation = next_generation(slots[slot]);
    if ((generation & kGenerationMask) == 0) {
      (void)os::unlock_byte(lock_descriptor, layout::kSlotLocks + slot);
      continue;
    }
    tell_identity(slots[slot], result.process_, info, generation);
    result.descriptor_ = lock_descriptor;
    result.slot_ = slot;
    result.token_ = token_of(slot, generation);
    return result;
  }
  return Error{Errc::no_slot, 0, "all slots for participants are taken"};
}

Participant::Participant(Participant&& other) noexcept
    : slots_(std::exchange(other.slots_, {})),
      process_(other.process_),
      checked_at_(std::exchange(other.checked_at_, nullptr)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      slot_(other.slot_),
      token_(std::exchange(other.token_, kNobody)) {}

Participant& Participant::operator=(Participant&& other) noexcept {
  if (this == &other) return *this;
  leave();
  slots_ = std::exchange(other.slots_, {});
  process_ = other.process_;
  checked_at_ = std::exchange(other.checked_at_, nullptr);
  descriptor_ = std::exchange(other.descriptor_, -1);
  slot_ = other.slot_;
  token_ = std::exchange(other.token_, kNobody);
  return *this;
}

Participant::~Participant() { leave(); }

bool Participant::is_dead(Token token) const noexcept {
  if (token == token_ && token != kNobody) return false;
  if (slots_.empty()) return false;  // this one has left: nothing is proved
  const std::uint32_t index = (token >> kGenerationBits) - 1;
  const std::uint32_t generation = token & kGenerationMask;
  if (token > kTokenMask || index >= slots_.size() || generation == 0) return true;
  ParticipantSlot& slot = slots_[index];
  const std::uint32_t now = load(slot.generation, std::memory_order_acquire);  // sync: generation
  if ((now & kGenerationMask) != generation) return true;

  const Result<bool> locked = os::is_byte_locked_by_others(descriptor_, layout::kSlotLocks + index);
  if (!locked) return false;                                                                    // nothing is proved
  const bool is_identified = load(slot.identity_generation, std::memory_order_acquire) == now;  // sync: identity
  // If a next tenant is writing these at the moment, the token is dead and whatever is answered is right soon.
  const ProcessId tenant{load(slot.pid), load(slot.pid_namespace), load(slot.start_time)};
  const bool is_near = tenant.is_near(process_);
  // Held by nobody but a child that was forked, and keeps a copy of the descriptor.
  if (*locked) return is_near && is_identified && has_ended(index, tenant);
  if (!is_near) return true;
  if (!is_identified) return false;            // for this slice: it has just left, or is just coming
  return check(tenant) != ProcessState::same;  // same: somebody in its process has closed its descriptor
}

bool Participant::has_ended(std::uint32_t slot, const ProcessId& tenant) const noexcept {
  const auto second = static_cast<std::uint32_t>(os::nanoseconds_since_start() / 1'000'000'000 + 1);  // never 0
  if (load(checked_at_[slot]) == second) return false;
  const bool is_gone = check(tenant) == ProcessState::gone;
  store(checked_at_[slot], is_gone ? 0 : second);
  return is_gone;
}

void Participant::leave() noexcept {
  if (token_ != kNobody && os::own_pid() == process_.pid) {
    (void)next_generation(slots_[slot_]);
    (void)os::unlock_byte(descriptor_, layout::kSlotLocks + slot_);
  }
  abandon();
}

void Participant::abandon() noexcept {
  std::free(std::exchange(checked_at_, nullptr));
  slots_ = {};
  descriptor_ = -1;
  token_ = kNobody;
}

}  // namespace shm
