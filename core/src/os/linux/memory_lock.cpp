// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {

Result<void> lock_in_memory(std::byte* base, std::uint64_t size, Access access) noexcept {
  constexpr unsigned kWhenTouched = 1;  // MLOCK_ONFAULT, of Linux 4.4; the function is of glibc 2.27
  if (access == Access::copy_on_write) {
    if (::syscall(SYS_mlock2, base, size, kWhenTouched) != 0) return system_error("mlock2");
    return {};
  }
  if (::mlock(base, size) != 0) return system_error("mlock");
  return {};
}

}  // namespace shm::os
