// SPDX-License-Identifier: MIT
#include "sweep.hpp"

#include <atomic>

#include "../ledger.hpp"
#include "../os/inventory.hpp"
#include "../os/liveness.hpp"
#include "rules.hpp"

namespace shm::managed {
namespace {

bool ends_with_last_close(const os::File& file, std::uint64_t size) noexcept {
  const Result<layout::ImmutableBlock> header = read_header(file);
  return header && check_header(*header, size) &&
         header->lifetime == static_cast<std::uint32_t>(layout::SegmentLifetime::until_last_close);
}

void look_into(std::string_view file_name) noexcept {
  const Result<SegmentName> name = SegmentName::parse(file_name);
  if (!name) return;
  // A device or a FIFO is not even opened, nor what is another user's.
  const Result<os::FileStatus> named = os::status(*name);
  if (!named || !named->is_regular || !os::is_own_user(named->uid)) return;
  const Result<os::File> file = os::open_object(*name, Access::read_write);
  if (!file) return;
  const Result<os::FileStatus> status = os::status(*file);
  if (!status || status->id != named->id || !ends_with_last_close(*file, status->size)) return;
  (void)remove_if_unused(*name, *file);
}

}  // namespace

Result<bool> remove_if_unused(const SegmentName& name, const os::File& file) noexcept {
  const Result<bool> locked = os::try_lock_byte(file.descriptor(), layout::kLifeLock, os::ByteLock::exclusive);
  if (!locked) return locked.error();
  if (!*locked) return false;
  // Who opens it now waits for the lock, and then finds that it has no name.
  const Result<bool> is_name = is_only_name_of(name, file);
  if (!is_name) return is_name.error();
  if (!*is_name) return false;
  if (const auto removed = os::unlink_object(name); !removed) return removed.error();
  ledger::destroyed(name);
  return true;
}

void sweep(std::uint32_t most, std::uint64_t nanoseconds) noexcept {
  const std::uint64_t end = os::nanoseconds_since_start() + nanoseconds;
  (void)os::for_each_object_name([&](std::string_view file_name) {
    if (!is_managed_file_name(file_name)) return true;
    if (most-- == 0 || os::nanoseconds_since_start() >= end) return false;
    look_into(file_name);
    return true;
  });
}

void sweep_now_and_then() noexcept {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  constexpr std::uint64_t kPause = 60 * kSecond;
  constexpr std::uint32_t kMost = 64;
  constexpr std::uint64_t kLongest = 5'000'000;
  static constinit std::atomic<std::uint64_t> last{0};
  std::uint64_t before = last.load(std::memory_order_relaxed);
  const std::uint64_t now = os::nanoseconds_since_start();
  if (before != 0 && now - before < kPause) return;
  if (last.compare_exchange_strong(before, now, std::memory_order_relaxed)) sweep(kMost, kLongest);
}

}  // namespace shm::managed
