// SPDX-License-Identifier: MIT
#include <cstring>
#include <new>
#include <shm/layout/compat_header.hpp>
#include <shm/segment.hpp>
#include <utility>

#include "ledger.hpp"
#include "os/os.hpp"

namespace shm {
namespace {

constexpr std::uint64_t kLargestObject = (std::uint64_t{1} << 63) - 1;  // off_t
// From here on, finding out first that a name is taken costs less than the pages allocated in vain.
constexpr std::uint64_t kWorthALook = std::uint64_t{1} << 20;
// A segment can be destroyed by others between two system calls, each time anew; more often is not by chance.
constexpr int kAttempts = 64;

constexpr std::uint64_t header_size(Layout layout) noexcept {
  return layout == Layout::compat ? sizeof(layout::CompatHeader) : 0;
}

Result<void> check_mode(std::uint32_t mode) noexcept {
  if (mode > 0777) return invalid_argument("a mode from 0 to 0777");
  return {};
}

Result<void> check_key(SystemVKey key) noexcept {
  if (key.value == 0) return invalid_argument("a key other than 0");
  return {};
}

Result<layout::CompatHeader> read_compat_header(const os::File& file) noexcept {
  std::byte bytes[sizeof(layout::CompatHeader)] = {};
  const Result<std::size_t> got = os::read(file, bytes, 0);
  if (!got) return got.error();
  layout::CompatHeader header{};
  if (*got == sizeof bytes) std::memcpy(&header, bytes, sizeof header);
  return header;
}

struct Examined {
  os::FileStatus status;
  Layout layout = Layout::raw;
};

/// Finds out size and layout of an opened object; waits a moment for a version 0.1.x that is still making it.
Result<Examined> examine(const os::File& file, Layout wanted) noexcept {
  constexpr int kMostWaits = 50;
  for (int waits = 0;; ++waits) {
    const Result<os::FileStatus> status = os::status(file);
    if (!status) return status.error();
    if (!status->is_regular) return Error{Errc::untrusted, 0, "open"};

    layout::CompatHeader header{};
    if (wanted == Layout::compat && status->size >= sizeof header) {
      const Result<layout::CompatHeader> found = read_compat_header(file);
      if (!found) return found.error();
      header = *found;
    }
    if (layout::is_compat(header, status->size)) return Examined{*status, Layout::compat};

    const std::int64_t age = os::seconds_since_1970() - status->changed_at;
    const bool may_be_unfinished = wanted == Layout::compat && header.payload_size == 0 && age >= -1 &&
                                   age <= 1;  // -1: the clocks differ a little
    if (!may_be_unfinished || waits == kMostWaits) {
      if (status->size == 0) return Error{Errc::not_ready, 0, "open"};
      return Examined{*status, Layout::raw};
    }
    os::sleep_a_millisecond();
  }
}

}  // namespace

Segment::Segment(Layout layout, std::byte* base, std::uint64_t size, Identity identity) noexcept
    : base_(base), size_(size), identity_(identity), layout_(layout), is_open_(true) {
  ledger::mapped(size);
}

Segment::Segment(SystemVKey key, Lifetime lifetime, std::byte* base, std::uint64_t size, Identity identity) noexcept
    : base_(base),
      size_(size),
      identity_(identity),
      key_(key),
      kind_(Kind::system_v),
      lifetime_(lifetime),
      is_open_(true) {
  ledger::mapped(size);
}

Segment::Segment(Segment&& other) noexcept
    : base_(other.base_),
      size_(other.size_),
      identity_(other.identity_),
      key_(other.key_),
      kind_(other.kind_),
      layout_(other.layout_),
      lifetime_(other.lifetime_),
      is_open_(std::exchange(other.is_open_, false)),
      has_zero_pages_(std::exchange(other.has_zero_pages_, false)) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  if (this != &other) {
    this->~Segment();
    new (this) Segment(std::move(other));
  }
  return *this;
}

Segment::~Segment() {
  if (is_open()) (void)close();
}

Result<Segment> Segment::create(const SegmentName& name, const PosixOptions& options) noexcept {
  if (options.size == 0) return invalid_argument("a size of at least 1 byte");
  if (options.size > kLargestObject - header_size(options.layout))
    return invalid_argument("a size below 2^63 - 8 bytes");
  if (const auto mode = check_mode(options.mode); !mode) return mode.error();
  const std::uint64_t size = header_size(options.layout) + options.size;
  if (size >= kWorthALook && os::status(name)) return os::already_exists("linkat");

  // A name that is taken is the answer also where there is no room for another object.
  const auto refuse = [&name](const Error& error) { return os::status(name) ? os::already_exists("linkat") : error; };
  const Result<os::Draft> draft = os::make_draft(options.mode);
  if (!draft) return refuse(draft.error());
  const os::File& file = draft->file();
  const auto sized = options.reserve ? os::reserve(file, size) : os::resize(file, size);
  if (!sized) return refuse(sized.error());
  if (options.exact_mode) {
    if (const auto set = os::set_mode(file, options.mode); !set) return set.error();
  }
  if (options.layout == Layout::compat) {
    // Not through the mapping: a page that was touched there makes unmapping wait for the other processors.
    const layout::CompatHeader header{options.size};
    if (const auto put = os::write(file, std::as_bytes(std::span(&header, 1)), 0); !put) return put.error();
  }
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  const Result<std::byte*> base = os::map(file, size);
  if (!base) return base.error();
  Segment segment(options.layout, *base, size, {status->device, status->inode});

  if (options.populate) os::populate(*base, size);
  if (const auto published = draft->publish(name); !published) return published.error();
  ledger::created(name, size);
  return segment;
}

Result<Segment> Segment::open(const SegmentName& name, Layout layout) noexcept {
  const Result<os::File> file = os::open_object(name);
  if (!file) return file.error();
  const Result<Examined> object = examine(*file, layout);
  if (!object) return object.error();
  const os::FileStatus& status = object->status;
  const Result<std::byte*> base = os::map(*file, status.size);
  if (!base) return base.error();
  return Segment(object->layout, *base, status.size, {status.device, status.inode});
}

Result<Segment> Segment::create(SystemVKey key, const SystemVOptions& options) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  if (options.size == 0) return invalid_argument("a size of at least 1 byte");
  if (const auto mode = check_mode(options.mode); !mode) return mode.error();

  // Between the two calls nobody is attached yet, so somebody else's last detach may have destroyed it.
  for (int attempt = 1;; ++attempt) {
    const Result<int> id = os::create_system_v(key.value, options.size, options.mode);
    if (!id) return id.error();
    const Result<std::byte*> base = os::attach_system_v(*id);
    if (base) {
      ledger::created(key, *id, options.size);
      return Segment(key, options.lifetime, *base, options.size, {0, static_cast<std::uint64_t>(*id)});
    }
    (void)os::remove_system_v(*id);
    if (!os::is_removed_system_v(base.error()) || attempt == kAttempts) return base.error();
  }
}

Result<Segment> Segment::open(SystemVKey key, Lifetime lifetime) noexcept {
  if (const auto valid = check_key(key); !valid) return valid.error();
  // Destroyed between two of the calls: look again, the key may mean another segment by now.
  for (int attempt = 1;; ++attempt) {
    const Result<int> id = os::find_system_v(key.value);
    if (!id) return id.error();
    const Result<os::SystemVStatus> status = os::status_system_v(*id);
    const Result<std::byte*> base = status ? os::attach_system_v(*id) : Result<std::byte*>(status.error());
    if (base) {
      return Segment(key, lifetime, *base, status->size, {0, static_cast<std::uint64_t>(*id)});
    }
    if (!os::is_removed_system_v(base.error())) return base.error();
    if (attempt == kAttempts) return os::not_found("shmget");
  }
}

Result<void> Segment::unlink(const SegmentName& name) noexcept {
  const auto unlinked = os::unlink_object(name);
  if (unlinked || os::is_not_found(unlinked.error())) ledger::destroyed(name);
  return unlinked;
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

std::span<std::byte> Segment::bytes() const noexcept {
  if (!is_open()) return {};
  const std::uint64_t header = header_size(layout_);
  return {base_ + header, size_ - header};
}

Result<bool> Segment::is_at(const SegmentName& name) const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "is_at"};
  const Result<os::FileStatus> status = os::status(name);
  if (!status) return status.error();
  return identity_ == Identity{status->device, status->inode};
}

Result<bool> Segment::is_at(SystemVKey key) const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "is_at"};
  const Result<int> id = os::find_system_v(key.value);
  if (!id) return id.error();
  return identity_ == Identity{0, static_cast<std::uint64_t>(*id)};
}

Result<CloseOutcome> Segment::close(Leave leave) noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "close"};
  is_open_ = false;
  ledger::unmapped(size_);
  // Both can fail only for want of kernel memory, and then leave the mapping as it was: nothing is lost but addresses.
  has_zero_pages_ = leave == Leave::zero_pages && os::replace_by_zero_pages(base_, size_);
  if (leave == Leave::nothing) (void)os::unmap(base_, size_);
  if (kind_ == Kind::system_v && lifetime_ == Lifetime::until_last_close) return end_system_v_lifetime();
  return CloseOutcome{};
}

Result<CloseOutcome> Segment::end_system_v_lifetime() const noexcept {
  const int id = static_cast<int>(identity_.number);
  const Result<os::SystemVStatus> status = os::status_system_v(id);
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

std::span<std::byte> Segment::take_addresses() noexcept {
  if (!std::exchange(has_zero_pages_, false)) return {};
  return {base_, size_};
}

void Segment::release_addresses() noexcept {
  const std::span<std::byte> kept = take_addresses();
  if (!kept.empty()) (void)os::unmap(kept.data(), kept.size());
}

}  // namespace shm
