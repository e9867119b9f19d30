// SPDX-License-Identifier: MIT
// Named objects are files on the tmpfs at /dev/shm, which is where shm_open() keeps them. They are opened there and not
// by shm_open(), because an unnamed file (O_TMPFILE) can only be made that way.
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {
namespace {

constexpr char kDirectory[] = "/dev/shm";
constexpr std::size_t kDirectoryLength = sizeof(kDirectory) - 1;

struct Path {
  char text[kDirectoryLength + 1 + SegmentName::kMaxBytes + 1];
};

Path path_of(const SegmentName& name) noexcept {
  Path path;
  std::memcpy(path.text, kDirectory, kDirectoryLength);
  std::memcpy(path.text + kDirectoryLength, name.c_str(), name.view().size() + 1);
  return path;
}

Path hidden_path(std::uint32_t number) noexcept {
  Path path;
  ::snprintf(path.text, sizeof path.text, "%s/.shm-typed-array-%d-%u", kDirectory, ::getpid(), number);
  return path;
}

FileStatus from_native(const struct stat& native) noexcept {
  return {.device = native.st_dev,
          .inode = native.st_ino,
          .size = static_cast<std::uint64_t>(native.st_size),
          .changed_at = native.st_ctim.tv_sec,
          .is_regular = S_ISREG(native.st_mode)};
}

// fstat() and stat() by system call: their symbols are newer than the oldest glibc that the addon supports (2.33).
long native_status(int descriptor, struct stat* native) noexcept { return ::syscall(SYS_fstat, descriptor, native); }
long native_status(const char* path, struct stat* native) noexcept {
  return ::syscall(SYS_newfstatat, AT_FDCWD, path, native, AT_SYMLINK_NOFOLLOW);
}

/// The answers of systems that know no O_TMPFILE: old kernels, some sandboxes and file systems.
bool says_no_unnamed_files(int os_error) noexcept {
  return os_error == EOPNOTSUPP || os_error == EISDIR || os_error == EINVAL || os_error == ENOENT;
}

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

Result<Draft> make_hidden_draft(std::uint32_t mode) noexcept {
  static constinit std::atomic<std::uint32_t> last_number{0};
  for (;;) {
    const std::uint32_t number = ++last_number;
    if (number == 0) continue;
    const int descriptor = ::open(hidden_path(number).text, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode);
    if (descriptor >= 0) return Draft(File(descriptor), number);
    if (errno != EEXIST && errno != EINTR) return system_error("open");  // EEXIST: left by a killed process of our pid
  }
}

}  // namespace

Result<FileStatus> status(const File& file) noexcept {
  struct stat native {};
  if (native_status(file.descriptor(), &native) != 0) return system_error("fstat");
  return from_native(native);
}

Result<FileStatus> status(const SegmentName& name) noexcept {
  struct stat native {};
  if (native_status(path_of(name).text, &native) != 0) return system_error("stat");
  return from_native(native);
}

Result<File> open_object(const SegmentName& name) noexcept {
  for (;;) {
    const int descriptor = ::open(path_of(name).text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0) return File(descriptor);
    if (errno != EINTR) return system_error("open");
  }
}

Result<void> unlink_object(const SegmentName& name) noexcept {
  if (::unlink(path_of(name).text) != 0) return system_error("unlink");
  return {};
}

Result<Draft> make_draft(std::uint32_t mode) noexcept {
  const int descriptor = ::open(kDirectory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (descriptor >= 0) return Draft(File(descriptor), 0);
  if (!says_no_unnamed_files(errno)) return system_error("open");
  return make_hidden_draft(mode);
}

Draft::~Draft() {
  if (hidden_ != 0) ::unlink(hidden_path(hidden_).text);
}

Result<void> Draft::publish(const SegmentName& name) const noexcept {
  const Path path = path_of(name);
  if (hidden_ != 0) {
    if (::link(hidden_path(hidden_).text, path.text) != 0) return system_error("link");
    return {};
  }
  // By descriptor first, which is allowed to root and since Linux 6.10 to everybody; then by way of /proc.
  if (::linkat(file_.descriptor(), "", AT_FDCWD, path.text, AT_EMPTY_PATH) == 0) return {};
  if (errno != ENOENT && errno != EPERM) return system_error("linkat");
  char by_descriptor[32];
  ::snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", file_.descriptor());
  if (::linkat(AT_FDCWD, by_descriptor, AT_FDCWD, path.text, AT_SYMLINK_FOLLOW) == 0) return {};
  return system_error("linkat");
}

Result<void> resize(const File& file, std::uint64_t size) noexcept {
  if (exceeds_file_size_limit(size)) return system_error("ftruncate", EFBIG);
  while (::ftruncate(file.descriptor(), static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return system_error("ftruncate");
  }
  return {};
}

Result<void> reserve(const File& file, std::uint64_t size) noexcept {
  if (exceeds_file_size_limit(size)) return system_error("fallocate", EFBIG);
  // tmpfs hands out memory that isn't there, until the kernel kills a process for it.
  if (size >= kWorthAskingForMemory && size > available_memory()) return system_error("fallocate", ENOMEM);
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
