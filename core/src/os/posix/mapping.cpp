// SPDX-License-Identifier: MIT
#include <sys/mman.h>
#include <unistd.h>

#include "../os.hpp"
#include "system_error.hpp"

namespace shm::os {

std::uint64_t page_size() noexcept { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

Result<std::byte*> map(const File& file, std::uint64_t size, Access access) noexcept {
  const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
  const int sharing = access == Access::copy_on_write ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
  void* base = ::mmap(nullptr, size, protection, sharing, file.descriptor(), 0);
  if (base == MAP_FAILED) return system_error("mmap");
  return static_cast<std::byte*>(base);
}

Result<void> map_over(const File& file, std::uint64_t size, std::byte* target) noexcept {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  if (::mmap(target, size, kProtection, MAP_SHARED | MAP_FIXED, file.descriptor(), 0) != MAP_FAILED) return {};
  const Error error = system_error("mmap");
  (void)replace_by_zero_pages(target, size);  // what was there may be unmapped
  return error;
}

Result<std::byte*> reserve_addresses(std::uint64_t size) noexcept {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const std::uint64_t page = page_size();
  const std::uint64_t needed = (size + page - 1) / page * page;
  void* got = ::mmap(nullptr, needed + kHugePage, PROT_NONE, kFlags, -1, 0);
  if (got == MAP_FAILED) return system_error("mmap");
  auto* begin = static_cast<std::byte*>(got);
  const std::uint64_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) ::munmap(begin, before);
  if (before < kHugePage) ::munmap(begin + before + needed, kHugePage - before);
  return begin + before;
}

Result<void> flush(std::byte* base, std::uint64_t size) noexcept {
  if (::msync(base, size, MS_SYNC) != 0) return system_error("msync");
  return {};
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
