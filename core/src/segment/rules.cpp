// SPDX-License-Identifier: MIT
// What is accepted: the arguments of a creation, and an object that somebody else may have made.
#include <cstring>
#include <shm/layout/compat_header.hpp>

#include "maker.hpp"

namespace shm {
namespace {

Result<layout::CompatHeader> read_compat_header(const os::File& file) noexcept {
  std::byte bytes[sizeof(layout::CompatHeader)] = {};
  const Result<std::size_t> got = os::read(file, bytes, 0);
  if (!got) return got.error();
  layout::CompatHeader header{};
  if (*got == sizeof bytes) std::memcpy(&header, bytes, sizeof header);
  return header;
}

Result<void> check_file(const os::FileStatus& status, Kind kind, const SegmentOptions& options) noexcept {
  if (!status.is_regular) return untrusted("it is not a regular shared memory object");
  // Somebody else could have given an object of the trusted owner a second name, that of another segment.
  if (kind == Kind::posix && options.trust != Trust::anyone && status.links > 1) {
    return untrusted("it has several names");
  }
  return check_trust(status.uid, status.gid, options.trust);
}

}  // namespace

std::uint64_t header_size(Layout layout) noexcept {
  return layout == Layout::compat ? sizeof(layout::CompatHeader) : 0;
}

Result<void> check_creation(const SegmentOptions& options) noexcept {
  if (options.size == 0) return invalid_argument("a size of at least 1 byte");
  if (options.size > kLargestObject - header_size(options.layout))
    return invalid_argument("a size below 2^63 - 8 bytes");
  if (options.mode > 0777) return invalid_argument("a mode from 0 to 0777");
  if (options.huge_pages == HugePages::require && options.size % kHugePage != 0) {
    return invalid_argument("a size that is a multiple of 2 MiB, the size of a huge page");
  }
  return {};
}

Result<void> check_key(SystemVKey key) noexcept {
  if (key.value == 0) return invalid_argument("a key other than 0");
  return {};
}

Result<void> check_trust(std::uint32_t uid, std::uint32_t gid, Trust trust) noexcept {
  constexpr std::uint32_t kSuperuser = 0;
  if (trust == Trust::anyone || uid == kSuperuser || os::is_own_user(uid)) return {};
  if (trust == Trust::group && os::is_own_group(gid)) return {};
  return untrusted("it belongs to another user");
}

Result<void> check_size(std::uint64_t payload_size, const SegmentOptions& options) noexcept {
  if (options.size != 0 && options.size != payload_size) return untrusted("it has another size");
  return {};
}

Result<FoundFile> examine(const os::File& file, Kind kind, const SegmentOptions& options) noexcept {
  constexpr int kMostWaits = 50;
  for (int waits = 0;; ++waits) {
    const Result<os::FileStatus> status = os::status(file);
    if (!status) return status.error();
    if (const auto accepted = check_file(*status, kind, options); !accepted) return accepted.error();

    layout::CompatHeader header{};
    if (options.layout == Layout::compat && status->size >= sizeof header) {
      const Result<layout::CompatHeader> read = read_compat_header(file);
      if (!read) return read.error();
      header = *read;
    }
    const Layout layout = layout::is_compat(header, status->size) ? Layout::compat : Layout::raw;
    const std::int64_t age = os::seconds_since_1970() - status->changed_at;
    const bool may_be_unfinished = options.layout == Layout::compat && header.payload_size == 0 && age >= -1 &&
                                   age <= 1;  // -1: the clocks differ a little
    if (layout == Layout::compat || !may_be_unfinished || waits == kMostWaits) {
      if (status->size == 0) return Error{Errc::not_ready, 0, "open"};
      if (const auto accepted = check_size(status->size - header_size(layout), options); !accepted) {
        return accepted.error();
      }
      return FoundFile{*status, layout};
    }
    os::sleep_a_millisecond();
  }
}

}  // namespace shm
