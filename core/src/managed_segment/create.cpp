// SPDX-License-Identifier: MIT
#include <atomic>

#include "../ledger.hpp"
#include "../os/liveness.hpp"
#include "attachment.hpp"
#include "rules.hpp"
#include "sweep.hpp"

namespace shm {
namespace {

using Attachment = ManagedMaker::Attachment;

// From here on, finding out first that a name is taken costs less than the pages allocated in vain.
constexpr std::uint64_t kWorthALook = std::uint64_t{1} << 20;

Result<void> give_size(const os::File& file, std::uint64_t size, bool reserve) noexcept {
  if (!reserve) return os::resize(file, size);
  if (const auto there = os::check_memory(size); !there) return there;
  return os::reserve(file, size);
}

/// The immutable block, but for its checksum, is that of the plan.
Result<void> fill_header(Attachment& parts) noexcept {
  layout::ImmutableBlock& header = parts.header;
  if (const auto filled = os::fill_with_random(std::as_writable_bytes(std::span(header.uuid))); !filled) return filled;
  const ProcessId creator = ProcessId::self();
  header.created_at = os::nanoseconds_since_1970();
  header.creator_pid = creator.pid;
  header.creator_namespace = creator.pid_namespace;
  header.creator_start_time = creator.start_time;
  managed::seal(header);
  layout::SegmentHeader& shared = parts.shared();
  shared.fixed = header;
  shared.boot_id = os::boot_id();
  std::atomic_ref(shared.state)
      .store(static_cast<std::uint32_t>(layout::SegmentState::ready),
             std::memory_order_release);  // sync: segment ready
  return {};
}

/// Everything but the name.
Result<void> build(Attachment& parts, const os::File& file, const ManagedOptions& options) noexcept {
  parts.header = managed::plan_header(managed::plan_of(options));
  if (const auto sized = give_size(file, parts.header.total_size, options.reserve); !sized) return sized;
  if (const auto set = os::set_mode(file, options.mode); !set) return set;
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  parts.id = status->id;
  if (const auto mapped = ManagedMaker::map(parts, file, options.guard); !mapped) return mapped;
  if (const auto filled = fill_header(parts); !filled) return filled;
  // Before the name exists, so that there is no moment in which it seems that nobody is attached.
  const Result<bool> locked = os::try_lock_byte(file.descriptor(), layout::kLifeLock, os::ByteLock::shared);
  if (!locked) return locked.error();
  if (!*locked) return untrusted("somebody else has locked it before it had a name");
  parts.created = true;
  return ManagedMaker::join(parts, file, options.participant);
}

}  // namespace

Result<ManagedSegment> ManagedSegment::create(const SegmentName& name, const ManagedOptions& options) noexcept {
  if (const auto valid = managed::check_creation(name, options); !valid) return valid.error();
  managed::sweep_now_and_then();
  const std::uint64_t size = managed::total_size(managed::plan_of(options));
  if (size >= kWorthALook && os::status(name)) return os::already_exists("linkat");

  // A name that is taken is the answer also where there is no room for another object.
  const auto refuse = [&name](const Error& error) { return os::status(name) ? os::already_exists("linkat") : error; };
  Result<os::Draft> draft = os::make_draft(options.mode);
  if (!draft) return refuse(draft.error());
  Result<ManagedSegment> segment = ManagedMaker::begin(name);  // ends before the draft, whose descriptor it uses
  if (!segment) return segment;
  Attachment& parts = ManagedMaker::parts(*segment);
  if (const auto built = build(parts, draft->file(), options); !built) return refuse(built.error());
  if (const auto published = draft->publish(name); !published) return published.error();
  parts.keep(draft->take_file());
  ledger::created(name, size);
  return segment;
}

Result<ManagedSegment> ManagedSegment::open_or_create(const SegmentName& name, const ManagedOptions& options) noexcept {
  if (const auto valid = managed::check_creation(name, options); !valid) return valid.error();
  // Each failure means that another process has removed or made the segment in between; that often in a row is not by
  // chance.
  constexpr int kAttempts = 100;
  constexpr int kInHaste = 10;
  for (int attempt = 1;; ++attempt) {
    Result<ManagedSegment> opened = open(name, options);
    if (opened || !os::is_not_found(opened.error())) return opened;
    Result<ManagedSegment> created = create(name, options);
    if (created || !os::is_already_exists(created.error()) || attempt == kAttempts) return created;
    if (attempt > kInHaste) os::sleep_a_millisecond();
  }
}

}  // namespace shm
