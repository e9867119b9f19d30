// SPDX-License-Identifier: MIT
#include <utility>

#include "../ledger.hpp"
#include "maker.hpp"

namespace shm {
namespace {

// A segment can be destroyed by others between two system calls, each time anew; more often is not by chance.
constexpr int kAttempts = 64;

struct Made {
  int id;
  bool is_huge;  ///< of huge pages that the administrator has set aside
};

Result<Made> make(SystemVKey key, const SegmentOptions& options) noexcept {
  // A sparse segment of the pages that are set aside is made also where there are none: SIGBUS for who touches it.
  if (options.huge_pages != HugePages::never && options.reserve && options.size % kHugePage == 0) {
    const Result<int> id = os::create_system_v(key.value, options.size, options.mode, true, true);
    if (id) return Made{*id, true};
    if (os::is_already_exists(id.error())) return id.error();
  }
  const Result<int> id = os::create_system_v(key.value, options.size, options.mode, options.reserve, false);
  if (!id) return id.error();
  return Made{*id, false};
}

Result<Segment> attach_new(SystemVKey key, const Made& made, const SegmentOptions& options) noexcept {
  SegmentOptions now = options;
  now.access = Access::read_write;
  if (made.is_huge) now.huge_pages = HugePages::never;  // it consists of nothing else
  const SegmentStatus status{.id = {0, static_cast<std::uint64_t>(made.id)}, .size = options.size};
  Result<Segment> segment = SegmentMaker::attach(key, status, now);
  if (!segment) return segment;
  if (now.huge_pages != HugePages::never && now.reserve) {
    if (const auto there = os::check_memory(now.size); !there) return there.error();
    const bool are_huge = SegmentMaker::allocate_huge_pages(*segment);
    if (now.huge_pages == HugePages::require && !are_huge) return unsupported("huge pages for System V");
  }
  SegmentMaker::set_created(*segment);
  return SegmentMaker::finish(*std::move(segment), now);
}

Result<void> check_access(Access access) noexcept {
  if (access == Access::copy_on_write) return unsupported("copy-on-write of a System V segment");
  return {};
}

}  // namespace

Result<Segment> Segment::create(SystemVKey key, const SegmentOptions& options) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  if (const auto valid = check_creation(options); !valid) return valid.error();
  // Between the two calls nobody is attached yet, so somebody else's last detach may have destroyed it.
  for (int attempt = 1;; ++attempt) {
    const Result<Made> made = make(key, options);
    if (!made) return made.error();
    Result<Segment> segment = attach_new(key, *made, options);
    if (segment) {
      ledger::created(key, made->id, options.size);
      return segment;
    }
    (void)os::remove_system_v(made->id);
    if (!os::is_removed_system_v(segment.error()) || attempt == kAttempts) return segment;
  }
}

Result<Segment> Segment::open(SystemVKey key, const SegmentOptions& options) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  if (const auto valid = check_access(options.access); !valid) return valid.error();
  // Destroyed between two of the calls: look again, the key may mean another segment by now.
  for (int attempt = 1;; ++attempt) {
    const Result<int> id = os::find_system_v(key.value);
    if (!id) return id.error();
    const Result<SegmentStatus> status = os::status_system_v(*id);
    if (status) {
      // Its creator can give it away, and still destroy it.
      for (const std::uint32_t uid : {status->uid, status->creator_uid}) {
        if (const auto trusted = check_trust(uid, status->gid, options.trust); !trusted) return trusted.error();
      }
      if (const auto accepted = check_size(status->size, options); !accepted) return accepted.error();
    }
    Result<Segment> segment = status ? SegmentMaker::attach(key, *status, options) : Result<Segment>(status.error());
    if (segment) return SegmentMaker::finish(*std::move(segment), options);
    if (!os::is_removed_system_v(segment.error())) return segment;
    if (attempt == kAttempts) return os::not_found("shmget");
  }
}

Result<void> Segment::unlink(SystemVKey key) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  const Result<int> id = os::find_system_v(key.value);
  if (!id) {
    if (os::is_not_found(id.error())) ledger::destroyed(key);
    return id.error();
  }
  const auto removed = os::remove_system_v(*id);
  if (!removed && !os::is_removed_system_v(removed.error())) return removed.error();
  ledger::destroyed(key);
  return {};
}

Result<SegmentStatus> Segment::status(SystemVKey key) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  const Result<int> id = os::find_system_v(key.value);
  if (!id) return id.error();
  const Result<SegmentStatus> status = os::status_system_v(*id);
  if (!status && os::is_removed_system_v(status.error())) return os::not_found("shmget");  // in between
  return status;
}

Result<bool> Segment::is_at(SystemVKey key) const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "is_at"};
  const Result<int> id = os::find_system_v(key.value);
  if (!id) return id.error();
  return id_ == ObjectId{0, static_cast<std::uint64_t>(*id)};
}

Result<CloseOutcome> Segment::end_system_v_lifetime() const noexcept {
  const int id = static_cast<int>(id_.number);
  const Result<SegmentStatus> status = os::status_system_v(id);
  if (status && status->attachments > 0) return CloseOutcome{false, status->attachments};
  if (status) {
    const auto removed = os::remove_system_v(id);
    if (!removed && !os::is_removed_system_v(removed.error())) return removed.error();
  } else if (!os::is_removed_system_v(status.error())) {
    return status.error();
  }
  ledger::destroyed(key_, id);
  return CloseOutcome{true, 0};
}

}  // namespace shm
