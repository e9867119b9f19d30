// SPDX-License-Identifier: MIT
// Named objects are files on the tmpfs at /dev/shm, which is where shm_open() keeps them. They are opened there and not
// by shm_open(), because an unnamed file (O_TMPFILE) can only be made that way.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.hpp"
#include "../posix/system_error.hpp"
#include "object_path.hpp"

namespace shm::os {
namespace {

FileStatus from_native(const struct stat& native) noexcept {
  return {.id = {native.st_dev, native.st_ino},
          .size = static_cast<std::uint64_t>(native.st_size),
          .changed_at = native.st_ctim.tv_sec,
          .mode = native.st_mode & 0777,
          .uid = native.st_uid,
          .gid = native.st_gid,
          .links = native.st_nlink,
          .is_regular = S_ISREG(native.st_mode)};
}

// fstat() and stat() by system call: their symbols are newer than the oldest glibc that the addon supports (2.33).
long native_status(int descriptor, struct stat* native) noexcept { return ::syscall(SYS_fstat, descriptor, native); }
long native_status(const char* path, struct stat* native) noexcept {
  return ::syscall(SYS_newfstatat, AT_FDCWD, path, native, AT_SYMLINK_NOFOLLOW);
}

}  // namespace

Result<FileStatus> status(const File& file) noexcept {
  struct stat native {};
  if (native_status(file.descriptor(), &native) != 0) return system_error("fstat");
  return from_native(native);
}

Result<FileStatus> status(const char* path) noexcept {
  struct stat native {};
  if (native_status(path, &native) != 0) return system_error("stat");
  return from_native(native);
}

Result<FileStatus> status(const SegmentName& name) noexcept { return status(ObjectPath(name).c_str()); }

Result<File> open_object(const char* path, Access access) noexcept {
  const int direction = access == Access::read_write ? O_RDWR : O_RDONLY;
  for (;;) {
    const int descriptor = ::open(path, direction | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0) return File(descriptor);
    if (errno != EINTR) return system_error("open");
  }
}

Result<File> open_object(const SegmentName& name, Access access) noexcept {
  return open_object(ObjectPath(name).c_str(), access);
}

Result<void> unlink_object(const SegmentName& name) noexcept {
  if (::unlink(ObjectPath(name).c_str()) != 0) return system_error("unlink");
  return {};
}

}  // namespace shm::os
