// SPDX-License-Identifier: MIT
#include "rules.hpp"

#include <algorithm>
#include <cstring>

namespace shm::managed {
namespace {

bool is_name_byte(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_managed_file_name(std::string_view name) noexcept {
  return !name.starts_with('.') && std::ranges::all_of(name, is_name_byte);
}

Result<void> check_name(const SegmentName& name) noexcept {
  if (is_managed_file_name(name.c_str() + 1)) return {};
  return invalid_argument("a managed segment's name of letters, digits, '.', '_' and '-', that begins with no '.'");
}

Result<void> check_creation(const SegmentName& name, const ManagedOptions& options) noexcept {
  if (const auto valid = check_name(name); !valid) return valid.error();
  if (options.size == 0) return invalid_argument("a size of at least 1 byte");
  if (options.mode > 0777) return invalid_argument("a mode from 0 to 0777");
  if (options.participants < 1 || options.participants > layout::kMostParticipants) {
    return invalid_argument("1 to 1023 participants");
  }
  if (options.objects < 1 || options.objects > layout::kMostObjects) return invalid_argument("1 to 4096 objects");
  if (total_size(plan_of(options)) == 0) return invalid_argument("a size below 2^63 bytes, all tables included");
  return {};
}

HeaderPlan plan_of(const ManagedOptions& options) noexcept {
  return {.size = options.size,
          .participants = options.participants,
          .objects = options.objects,
          .lifetime = options.lifetime == Lifetime::persistent ? layout::SegmentLifetime::persistent
                                                               : layout::SegmentLifetime::until_last_close};
}

Result<void> check_file(const os::FileStatus& status, Trust trust) noexcept {
  constexpr std::uint32_t kSuperuser = 0;
  if (!status.is_regular) return untrusted("it is not a regular shared memory object");
  // Somebody else could have given an object of the trusted owner a second name, that of another segment.
  if (trust != Trust::anyone && status.links > 1) return untrusted("it has several names");
  const bool is_trusted = trust == Trust::anyone || status.uid == kSuperuser || os::is_own_user(status.uid) ||
                          (trust == Trust::group && os::is_own_group(status.gid));
  if (!is_trusted) return untrusted("it belongs to another user");
  return {};
}

Result<layout::ImmutableBlock> read_header(const os::File& file) noexcept {
  std::byte bytes[sizeof(layout::ImmutableBlock)] = {};
  const Result<std::size_t> got = os::read(file, bytes, 0);
  if (!got) return got.error();
  layout::ImmutableBlock block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

Result<bool> is_only_name_of(const SegmentName& name, const os::File& file) noexcept {
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  const Result<os::FileStatus> named = os::status(name);
  if (!named && os::is_not_found(named.error())) return false;
  if (!named) return named.error();
  return status->links == 1 && status->id == named->id;
}

}  // namespace shm::managed
