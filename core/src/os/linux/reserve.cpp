// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {
namespace {

/// Above this limit fallocate() and ftruncate() raise SIGXFSZ, which ends a plain C++ process.
bool exceeds_file_size_limit(std::uint64_t size) noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur;
}

constexpr std::uint64_t kWorthAskingForMemory = std::uint64_t{64} << 20;

/// returns  bytes that can be had without killing a process, swap included; "plenty" where the system doesn't tell
std::uint64_t available_memory() noexcept {
  constexpr std::uint64_t kPlenty = ~std::uint64_t{0};
  const int descriptor = ::open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return kPlenty;
  const File file(descriptor);
  char text[4096];
  const ssize_t length = ::pread(descriptor, text, sizeof text - 1, 0);
  if (length <= 0) return kPlenty;
  text[length] = '\0';
  const char* available = std::strstr(text, "\nMemAvailable:");
  const char* swap = std::strstr(text, "\nSwapFree:");
  if (available == nullptr || swap == nullptr) return kPlenty;
  const std::uint64_t kibibytes = std::strtoull(available + sizeof("\nMemAvailable:") - 1, nullptr, 10) +
                                  std::strtoull(swap + sizeof("\nSwapFree:") - 1, nullptr, 10);
  return kibibytes << 10;
}

}  // namespace

Result<void> resize(const File& file, std::uint64_t size) noexcept {
  if (exceeds_file_size_limit(size)) return system_error("ftruncate", EFBIG);
  while (::ftruncate(file.descriptor(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return system_error("ftruncate");
  }
  return {};
}

Result<void> check_memory(std::uint64_t size) noexcept {
  if (size >= kWorthAskingForMemory && size > available_memory()) return system_error("fallocate", ENOMEM);
  return {};
}

Result<void> reserve(const File& file, std::uint64_t size) noexcept {
  if (exceeds_file_size_limit(size)) return system_error("fallocate", EFBIG);
  // A signal undoes the call that it interrupts, so a steady stream of them (a profiler's) would never let a long call
  // through: shorter and shorter pieces get through. The whole at first, because the kernel then knows the limit.
  constexpr std::uint64_t kShortest = std::uint64_t{64} << 10;
  std::uint64_t piece = size;
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t length = std::min(piece, size - done);
    if (::fallocate(file.descriptor(), 0, static_cast<off_t>(done), static_cast<off_t>(length)) == 0) {
      done += length;
    } else if (errno == EINTR) {
      piece = std::max(kShortest, length / 2);
    } else if (errno == EOPNOTSUPP) {
      return resize(file, size);  // ramfs, which knows no limit either
    } else {
      return system_error("fallocate");
    }
  }
  return {};
}

}  // namespace shm::os
