// SPDX-License-Identifier: MIT
#include <atomic>
#include <optional>

#include "../os/liveness.hpp"
#include "attachment.hpp"
#include "rules.hpp"
#include "sweep.hpp"

namespace shm {
namespace {

using Attachment = ManagedMaker::Attachment;
using layout::SegmentState;

enum class Attempt : std::uint8_t {
  attached,
  replaced,  ///< the object has lost its name since it was opened
  busy,      ///< somebody finds out whether it can be removed
};

/// returns  attached if the state is one that allows it
Result<Attempt> check_state(Attachment& parts, const os::File& file) noexcept {
  const std::uint32_t state =
      std::atomic_ref(parts.shared().state).load(std::memory_order_acquire);  // sync: segment ready
  switch (static_cast<SegmentState>(state)) {
    case SegmentState::ready:
    case SegmentState::corrupt:  // somebody's opinion
      return Attempt::attached;
    case SegmentState::initialising:
      return Error{Errc::not_ready, 0, "open"};
    case SegmentState::retired:
      if (const Result<bool> is_name = managed::is_only_name_of(parts.name, file); !is_name || !*is_name) {
        return is_name ? Result<Attempt>(Attempt::replaced) : is_name.error();
      }
      break;
  }
  return Error{Errc::corrupt, 0, managed::refusal::kState};
}

Result<void> check_file(const os::File& file, Trust trust) noexcept {
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  return managed::check_file(*status, trust);
}

/// The object's header.
Result<void> examine(Attachment& parts, const os::File& file) noexcept {
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  if (status->size == 0) return Error{Errc::not_ready, 0, "open"};
  const Result<layout::ImmutableBlock> header = managed::read_header(file);
  if (!header) return header.error();
  if (const auto valid = managed::check_header(*header, status->size); !valid) return valid;
  parts.id = status->id;
  parts.header = *header;
  return {};
}

Result<Attempt> attach(Attachment& parts, os::File file, const ManagedOptions& options) noexcept {
  if (const auto accepted = check_file(file, options.trust); !accepted) return accepted.error();
  const Result<bool> locked = os::try_lock_byte(file.descriptor(), layout::kLifeLock, os::ByteLock::shared);
  if (!locked) return locked.error();
  if (!*locked) return Attempt::busy;
  // While we have the lock, nobody removes the name because nobody was attached. Before, somebody may have.
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  if (status->links == 0) return Attempt::replaced;
  if (const auto examined = examine(parts, file); !examined) return examined.error();
  const bool guard = options.guard || options.trust != Trust::self;
  if (const auto mapped = ManagedMaker::map(parts, file, guard); !mapped) return mapped.error();
  if (const auto state = check_state(parts, file); !state || *state != Attempt::attached) return state;
  if (const auto joined = ManagedMaker::join(parts, file, options.participant); !joined) return joined.error();
  parts.keep(std::move(file));
  return Attempt::attached;
}

}  // namespace

Result<ManagedSegment> ManagedSegment::open(const SegmentName& name, const ManagedOptions& options) noexcept {
  if (const auto valid = managed::check_name(name); !valid) return valid.error();
  managed::sweep_now_and_then();
  constexpr int kMostWaits = 1000;        // of a millisecond
  constexpr int kMostReplacements = 100;  // more often in a row is not by chance
  for (int waits = 0, replacements = 0;;) {
    Result<os::File> file = os::open_object(name, Access::read_write);
    if (!file) return file.error();
    Result<ManagedSegment> segment = ManagedMaker::begin(name);
    if (!segment) return segment;
    const Result<Attempt> attempt = attach(ManagedMaker::parts(*segment), *std::move(file), options);
    if (!attempt) return attempt.error();
    switch (*attempt) {
      case Attempt::attached:
        return segment;
      case Attempt::replaced:
        if (++replacements == kMostReplacements) return os::not_found("open");
        break;
      case Attempt::busy:
        if (++waits == kMostWaits) return Error{Errc::not_ready, 0, "open"};
        os::sleep_a_millisecond();
        break;
    }
  }
}

}  // namespace shm
