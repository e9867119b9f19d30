// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "../fault.hpp"

namespace shm::os {

bool put_zero_pages(std::byte* base, std::uint64_t size) noexcept {
  // Not by mmap(): musl's waits for a lock that the interrupted code may hold.
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  return ::syscall(SYS_mmap, base, size, PROT_READ | PROT_WRITE, kFlags, -1, 0) != -1;
}

bool is_readable(const std::byte* address) noexcept {
  // The kernel reads the set of signals before it finds that there is no such operation.
  constexpr long kNoOperation = -1;
  const std::uintptr_t misaligned = reinterpret_cast<std::uintptr_t>(address) % 8;
  return ::syscall(SYS_rt_sigprocmask, kNoOperation, address - misaligned, nullptr, 8) == 0 || errno != EFAULT;
}

}  // namespace shm::os
