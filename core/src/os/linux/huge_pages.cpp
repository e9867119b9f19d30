// SPDX-License-Identifier: MIT
#include <sys/mman.h>

#include "../os.hpp"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1; its number is part of the kernel's ABI
#endif

namespace shm::os {

void prefer_huge_pages(std::byte* base, std::uint64_t size) noexcept { (void)::madvise(base, size, MADV_HUGEPAGE); }

bool collapse_to_huge_pages(std::byte* base, std::uint64_t size) noexcept {
  return ::madvise(base, size, MADV_COLLAPSE) == 0;
}

}  // namespace shm::os
