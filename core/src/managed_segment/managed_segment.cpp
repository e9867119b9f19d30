// SPDX-License-Identifier: MIT
#include <shm/managed_segment.hpp>

#include <atomic>
#include <utility>

#include "../ledger.hpp"
#include "../os/liveness.hpp"
#include "attachment.hpp"
#include "directory.hpp"
#include "rules.hpp"
#include "sweep.hpp"

namespace shm {
namespace {

using layout::ParticipantSlot;
using layout::SegmentState;

constexpr Error closed(const char* verb) noexcept { return {Errc::closed, 0, verb}; }
constexpr layout::ImmutableBlock kNoHeader{};

/// Of a segment that is closed. Never destroyed: threads may be asking it when the process ends.
union Nobody {
  constexpr Nobody() noexcept : participant() {}
  ~Nobody() {}  // NOLINT(modernize-use-equals-default): a union's would be deleted
  Participant participant;
};
constinit Nobody nobody;

managed::Directory directory_of(const ManagedMaker::Attachment& parts) noexcept {
  return {parts.mapping.bytes(), parts.header};
}

void tell_retired(layout::SegmentHeader& header) noexcept {
  std::atomic_ref(header.state).store(static_cast<std::uint32_t>(SegmentState::retired), std::memory_order_release);
}

/// By a descriptor of the object, whose name is gone: who is attached shall know.
void tell_retired(const os::File& file) noexcept {
  const Result<os::FileStatus> status = os::status(file);
  const Result<layout::ImmutableBlock> header = managed::read_header(file);
  if (!status || status->links != 0 || !header || !managed::check_header(*header, status->size)) return;
  const Result<std::byte*> base = os::map(file, sizeof(layout::SegmentHeader), Access::read_write);
  if (!base) return;
  tell_retired(*reinterpret_cast<layout::SegmentHeader*>(*base));
  (void)os::unmap(*base, sizeof(layout::SegmentHeader));
}

template <class Word>
Word load(Word& word, std::memory_order order = std::memory_order_relaxed) noexcept {
  return std::atomic_ref(word).load(order);
}

}  // namespace

Result<void> ManagedSegment::unlink(const SegmentName& name) noexcept {
  if (const auto valid = managed::check_name(name); !valid) return valid.error();
  const Result<os::File> file = os::open_object(name, Access::read_write);
  if (const auto removed = os::unlink_object(name); !removed) return removed;
  ledger::destroyed(name);
  if (file) tell_retired(*file);
  return {};
}

ManagedSegment::ManagedSegment(ManagedSegment&& other) noexcept
    : attachment_(std::exchange(other.attachment_, nullptr)) {}

ManagedSegment& ManagedSegment::operator=(ManagedSegment&& other) noexcept {
  if (this == &other) return *this;
  (void)close();
  ManagedMaker::destroy(attachment_);
  attachment_ = std::exchange(other.attachment_, nullptr);
  return *this;
}

ManagedSegment::~ManagedSegment() {
  (void)close();
  ManagedMaker::destroy(attachment_);
}

bool ManagedSegment::is_open() const noexcept { return attachment_ != nullptr && attachment_->is_open; }
bool ManagedSegment::created() const noexcept { return attachment_ != nullptr && attachment_->created; }
std::span<std::byte> ManagedSegment::bytes() const noexcept {
  return is_open() ? attachment_->mapping.bytes() : std::span<std::byte>();
}
int ManagedSegment::descriptor() const noexcept { return is_open() ? attachment_->descriptor : -1; }
ObjectId ManagedSegment::id() const noexcept { return attachment_ != nullptr ? attachment_->id : ObjectId(); }
std::span<const std::uint8_t, 16> ManagedSegment::uuid() const noexcept {
  return is_open() ? attachment_->header.uuid : kNoHeader.uuid;
}
std::uint64_t ManagedSegment::created_at() const noexcept { return is_open() ? attachment_->header.created_at : 0; }
Lifetime ManagedSegment::lifetime() const noexcept {
  constexpr auto kLastClose = static_cast<std::uint32_t>(layout::SegmentLifetime::until_last_close);
  return is_open() && attachment_->header.lifetime == kLastClose ? Lifetime::until_last_close : Lifetime::persistent;
}
std::uint64_t ManagedSegment::capacity() const noexcept {
  return is_open() ? attachment_->header.total_size - attachment_->header.data_offset : 0;
}
Participant& ManagedSegment::participant() noexcept {
  return is_open() ? attachment_->participant : nobody.participant;
}
bool ManagedSegment::is_truncated() const noexcept {
  return attachment_ != nullptr && attachment_->mapping.is_truncated();
}

bool ManagedSegment::is_retired() const noexcept {
  if (!is_open()) return false;
  layout::SegmentHeader& header = attachment_->shared();
  const os::BorrowedFile file(attachment_->descriptor);
  const Result<os::FileStatus> status = os::status(file);
  if (!status || status->links != 0) return false;
  tell_retired(header);
  return true;
}

Result<ManagedObject> ManagedSegment::find_or_make(std::string_view name, const ObjectSpec& spec) noexcept {
  return find_or_make(name, spec, [](std::span<std::byte>) {});
}

Result<ManagedObject> ManagedSegment::find_or_make(std::string_view name, const ObjectSpec& spec,
                                                   FunctionRef<void(std::span<std::byte>)> initialise) noexcept {
  if (!is_open()) return closed("find_or_make");
  return directory_of(*attachment_).find_or_make(name, spec, attachment_->participant, initialise);
}

Result<ManagedObject> ManagedSegment::find(std::string_view name) const noexcept {
  if (!is_open()) return closed("find");
  return directory_of(*attachment_).find(name);
}

Result<void> ManagedSegment::retire(std::string_view name) noexcept {
  if (!is_open()) return closed("retire");
  return directory_of(*attachment_).retire(name);
}

Result<void> ManagedSegment::for_each_object(FunctionRef<void(const ListedObject&)> visit) const noexcept {
  if (!is_open()) return closed("for_each_object");
  directory_of(*attachment_).for_each(visit);
  return {};
}

Result<void> ManagedSegment::for_each_participant(FunctionRef<void(const ListedParticipant&)> visit) const noexcept {
  if (!is_open()) return closed("for_each_participant");
  const std::span<ParticipantSlot> slots = attachment_->slots();
  for (std::uint32_t i = 0; i < slots.size(); ++i) {
    ParticipantSlot& slot = slots[i];
    const std::uint32_t generation = load(slot.generation, std::memory_order_acquire);         // sync: generation
    const std::uint32_t identity = load(slot.identity_generation, std::memory_order_acquire);  // sync: identity
    if ((generation & kGenerationMask) == 0 || identity != generation) continue;               // has left, or never was
    const Token token = token_of(i, generation);
    const ListedParticipant seen{.slot = i,
                                 .token = token,
                                 .process = {load(slot.pid), load(slot.pid_namespace), load(slot.start_time)},
                                 .tid = load(slot.tid),
                                 .uid = load(slot.uid),
                                 .info = {.flags = load(slot.flags), .library_version = load(slot.library_version)},
                                 .is_live = !attachment_->participant.is_dead(token)};
    visit(seen);
  }
  return {};
}

Result<CloseOutcome> ManagedSegment::close(Leave leave) noexcept {
  if (!is_open()) return closed("close");
  Attachment& parts = *attachment_;
  const bool is_ours = os::own_pid() == parts.participant.process().pid;  // not a child's that was forked unheard
  const bool ends_segment = is_ours && lifetime() == Lifetime::until_last_close;
  managed::remove_open(parts);
  ledger::unmapped(parts.header.total_size);
  parts.participant.leave();
  Result<CloseOutcome> outcome = CloseOutcome{};
  if (ends_segment) {
    // Unlocking first: of two that made an exclusive lock of a shared one, both could fail, and the name would stay.
    const os::BorrowedFile file(parts.descriptor);
    (void)os::unlock_byte(parts.descriptor, layout::kLifeLock);
    const Result<bool> removed = managed::remove_if_unused(parts.name, file);
    outcome = removed ? Result<CloseOutcome>(CloseOutcome{.destroyed = *removed}) : removed.error();
  }
  if (leave == Leave::zero_pages) {
    parts.mapping.put_zero_pages();
  } else {
    parts.mapping.unmap();
  }
  parts.close_descriptor();
  return outcome;
}

std::span<std::byte> ManagedSegment::take_addresses() noexcept {
  return attachment_ != nullptr ? attachment_->mapping.take_addresses() : std::span<std::byte>();
}

void ManagedSegment::abandon() noexcept {
  if (!is_open()) return;
  managed::remove_open(*attachment_);
  ledger::unmapped(attachment_->header.total_size);
  attachment_->participant.abandon();
  attachment_->mapping.unmap();
  attachment_->close_descriptor();
}

}  // namespace shm
