// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../os.hpp"
#include "system_error.hpp"

namespace shm::os {
namespace {

std::uint64_t nanoseconds_of(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

File::~File() {
  // Not repeated after EINTR: the descriptor is gone then, and may belong to another thread already.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<File> duplicate(int descriptor) noexcept {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return system_error("fcntl");
  return File(own);
}

Result<void> set_mode(const File& file, std::uint32_t mode) noexcept {
  if (::fchmod(file.descriptor(), mode) != 0) return system_error("fchmod");
  return {};
}

Result<std::size_t> read(const File& file, std::span<std::byte> into, std::uint64_t offset) noexcept {
  for (;;) {
    const ssize_t got = ::pread(file.descriptor(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return system_error("pread");
  }
}

Result<void> write(const File& file, std::span<const std::byte> from, std::uint64_t offset) noexcept {
  while (!from.empty()) {
    const ssize_t put = ::pwrite(file.descriptor(), from.data(), from.size(), static_cast<off_t>(offset));
    if (put < 0 && errno != EINTR) return system_error("pwrite");
    if (put <= 0) continue;
    from = from.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

bool is_not_found(const Error& error) noexcept { return error.code == Errc::system && error.os_error == ENOENT; }
bool is_already_exists(const Error& error) noexcept { return error.code == Errc::system && error.os_error == EEXIST; }
Error already_exists(const char* operation) noexcept { return system_error(operation, EEXIST); }
Error not_found(const char* operation) noexcept { return system_error(operation, ENOENT); }

std::int64_t seconds_since_1970() noexcept { return ::time(nullptr); }

std::uint64_t nanoseconds_since_1970() noexcept { return nanoseconds_of(CLOCK_REALTIME); }
std::uint64_t nanoseconds_since_start() noexcept { return nanoseconds_of(CLOCK_MONOTONIC); }

void sleep_a_millisecond() noexcept {
  const timespec duration{.tv_sec = 0, .tv_nsec = 1'000'000};
  ::nanosleep(&duration, nullptr);
}

}  // namespace shm::os
