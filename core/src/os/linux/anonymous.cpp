// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {
namespace {

// Numbers of the kernel's ABI, which the headers of older systems lack.
constexpr unsigned kCloseOnExec = 0x1;
constexpr unsigned kAllowSealing = 0x2;
constexpr unsigned kHugeTlb = 0x4;
constexpr unsigned kNotExecutable = 0x8;  // Linux 6.3; no mode of it can be one with execution
constexpr unsigned kExecutable = 0x10;    // Linux 6.3
constexpr int kAddSeals = 1033;
constexpr int kGetSeals = 1034;
constexpr int kSealSeal = 0x1;
constexpr int kSealShrink = 0x2;
constexpr int kSealGrow = 0x4;

}  // namespace

// By system call: the function is newer than the oldest glibc that the addon supports (2.27).
Result<File> make_anonymous(std::uint32_t mode, bool of_huge_pages) noexcept {
  const unsigned flags = kCloseOnExec | kAllowSealing | (of_huge_pages ? kHugeTlb : 0);
  const unsigned execution = (mode & 0111) != 0 ? kExecutable : kNotExecutable;
  long descriptor = ::syscall(SYS_memfd_create, "shm-typed-array", flags | execution);
  if (descriptor < 0 && errno == EINVAL) descriptor = ::syscall(SYS_memfd_create, "shm-typed-array", flags);
  if (descriptor < 0) return system_error("memfd_create");
  return File(static_cast<int>(descriptor));
}

Result<void> seal_size(const File& file) noexcept {
  if (::fcntl(file.descriptor(), kAddSeals, kSealShrink | kSealGrow | kSealSeal) != 0) return system_error("fcntl");
  return {};
}

bool is_size_sealed(const File& file) noexcept {
  const int seals = ::fcntl(file.descriptor(), kGetSeals);
  return seals >= 0 && (seals & kSealShrink) != 0 && (seals & kSealGrow) != 0;
}

}  // namespace shm::os
