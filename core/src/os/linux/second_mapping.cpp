// SPDX-License-Identifier: MIT
// mremap() of 0 bytes makes a further mapping of shared pages, which needs no descriptor and works for System V too.
#include <sys/mman.h>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {

Result<std::byte*> map_again(std::byte* base, std::uint64_t size) noexcept {
  void* again = ::mremap(base, 0, size, MREMAP_MAYMOVE);
  if (again == MAP_FAILED) return system_error("mremap");
  return static_cast<std::byte*>(again);
}

Result<void> map_over(std::byte* base, std::uint64_t size, std::byte* target) noexcept {
  if (::mremap(base, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, target) != MAP_FAILED) return {};
  const Error error = system_error("mremap");
  (void)replace_by_zero_pages(target, size);  // the kernel may have unmapped what was there
  return error;
}

}  // namespace shm::os
