// SPDX-License-Identifier: MIT
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {

Result<void> fill_with_random(std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    // By system call: the function is newer than the oldest glibc that the addon supports (2.25).
    const long got = ::syscall(SYS_getrandom, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno != EINTR) return system_error("getrandom");
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace shm::os
