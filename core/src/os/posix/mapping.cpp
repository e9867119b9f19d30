// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <unistd.h>

#include "../os.hpp"
#include "system_error.hpp"

namespace shm::os {

std::uint64_t page_size() noexcept { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

Result<std::byte*> map(const File& file, std::uint64_t size) noexcept {
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
  if (base == MAP_FAILED) return system_error("mmap");
  return static_cast<std::byte*>(base);
}

Result<void> unmap(std::byte* base, std::uint64_t size) noexcept {
  if (::munmap(base, size) != 0) return system_error("munmap");
  return {};
}

Result<void> replace_by_zero_pages(std::byte* base, std::uint64_t size) noexcept {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (::mmap(base, size, PROT_READ | PROT_WRITE, kFlags, -1, 0) == MAP_FAILED) return system_error("mmap");
  return {};
}

}  // namespace shm::os
