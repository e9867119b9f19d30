// SPDX-License-Identifier: MIT
#include "attachment.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "../ledger.hpp"
#include "../os/fork.hpp"
#include "../os/inventory.hpp"

namespace shm {
namespace managed {
namespace {

using Attachment = ManagedMaker::Attachment;

constinit os::ProcessLock lock;
constinit Attachment* open_attachments = nullptr;
constinit bool knows_fork = false;

void before_fork() noexcept { lock.lock(); }
void after_fork() noexcept { lock.unlock(); }

void in_child() noexcept {
  for (Attachment* attachment = open_attachments; attachment != nullptr;) {
    Attachment* const next = attachment->next;
    // Closing releases no lock of the parent; unlocking would. Also of a draft, whose thread is not in this process.
    const os::File copy(std::exchange(attachment->descriptor, -1));
    attachment->is_open = false;
    attachment->next = nullptr;
    attachment->previous = nullptr;
    attachment = next;
  }
  open_attachments = nullptr;
  lock.unlock();
}

}  // namespace

bool add_open(Attachment& attachment) noexcept {
  const os::LockGuard guard(lock);
  if (!knows_fork) knows_fork = os::on_fork([] { before_fork(); }, [] { after_fork(); }, [] { in_child(); });
  if (!knows_fork) return false;
  attachment.is_open = true;
  attachment.next = open_attachments;
  if (open_attachments != nullptr) open_attachments->previous = &attachment;
  open_attachments = &attachment;
  return true;
}

void remove_open(Attachment& attachment) noexcept {
  const os::LockGuard guard(lock);
  if (!attachment.is_open) return;
  attachment.is_open = false;
  if (attachment.previous != nullptr) attachment.previous->next = attachment.next;
  if (attachment.next != nullptr) attachment.next->previous = attachment.previous;
  if (open_attachments == &attachment) open_attachments = attachment.next;
}

}  // namespace managed

ManagedSegment::Attachment::~Attachment() {
  if (is_open) {
    managed::remove_open(*this);
    ledger::unmapped(header.total_size);
  }
  participant.leave();
  close_descriptor();
}

void ManagedSegment::Attachment::close_descriptor() noexcept {
  if (std::exchange(has_descriptor, false)) os::File(std::exchange(descriptor, -1));
}

Result<ManagedSegment> ManagedMaker::begin(const SegmentName& name) noexcept {
  void* const memory = std::malloc(sizeof(Attachment));
  if (memory == nullptr) return os::out_of_memory("malloc");
  return ManagedSegment(new (memory) Attachment(name));
}

Result<void> ManagedMaker::map(Attachment& parts, const os::File& file, bool guard) noexcept {
  const Result<std::byte*> base = os::map(file, parts.header.total_size, Access::read_write);
  if (!base) return base.error();
  parts.mapping = Mapping(*base, parts.header.total_size);
  if (!guard) return {};
  return parts.mapping.guard();
}

Result<void> ManagedMaker::join(Attachment& parts, const os::File& file, const ParticipantInfo& info) noexcept {
  Result<Participant> joined = Participant::join(parts.slots(), file.descriptor(), info);
  if (!joined) return joined.error();
  parts.participant = *std::move(joined);
  parts.descriptor = file.descriptor();
  if (!managed::add_open(parts)) return os::out_of_memory("pthread_atfork");
  ledger::mapped(parts.header.total_size);
  return {};
}

void ManagedMaker::destroy(Attachment* attachment) noexcept {
  if (attachment == nullptr) return;
  attachment->~Attachment();
  std::free(attachment);
}

}  // namespace shm
