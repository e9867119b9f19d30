// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "../os.hpp"
#include "../posix/system_error.hpp"
#include "object_path.hpp"

namespace shm::os {
namespace {

/// The answers of systems that know no O_TMPFILE: old kernels, some sandboxes and file systems.
bool says_no_unnamed_files(int os_error) noexcept {
  return os_error == EOPNOTSUPP || os_error == EISDIR || os_error == EINVAL || os_error == ENOENT;
}

std::string_view directory_of(const char* path) noexcept {
  const char* slash = std::strrchr(path, '/');
  if (slash == nullptr) return ".";
  return {path, slash == path ? 1 : static_cast<std::size_t>(slash - path)};
}

Result<File> open_directory_of(const char* path) noexcept {
  const std::string_view directory = directory_of(path);
  char text[Draft::kLongestPath];
  text[directory.copy(text, sizeof text - 1)] = '\0';
  const int descriptor = ::open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open");
  return File(descriptor);
}

/// A new name survives a crash of the system only once its directory has been written.
Result<void> flush_directory(const File& directory) noexcept {
  if (::fsync(directory.descriptor()) != 0 && errno != EINVAL)
    return system_error("fsync");  // EINVAL: no disk behind it
  return {};
}

}  // namespace

Result<Draft> make_draft_in(std::string_view directory, std::uint32_t mode) noexcept {
  static constinit std::atomic<std::uint32_t> last_number{0};
  constexpr std::size_t kRoomForName = 64;
  if (directory.size() > Draft::kLongestPath - kRoomForName) return system_error("open", ENAMETOOLONG);
  char path[Draft::kLongestPath];
  path[directory.copy(path, directory.size())] = '\0';
  const int unnamed = ::open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (unnamed >= 0) return Draft(File(unnamed));
  if (!says_no_unnamed_files(errno)) return system_error("open");
  for (;;) {
    const std::uint32_t number = ++last_number;
    ::snprintf(path + directory.size(), kRoomForName, "/.shm-typed-array-%d-%u", ::getpid(), number);
    const int hidden = ::open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode);
    if (hidden >= 0) {
      Draft draft{File(hidden)};
      std::memcpy(draft.hidden_path_, path, std::strlen(path) + 1);
      draft.has_hidden_path_ = true;
      return draft;
    }
    if (errno != EEXIST && errno != EINTR) return system_error("open");  // EEXIST: left by a killed process of our pid
  }
}

Result<Draft> make_draft(std::uint32_t mode) noexcept { return make_draft_in(kObjectDirectory, mode); }
Result<Draft> make_draft(const char* path, std::uint32_t mode) noexcept {
  return make_draft_in(directory_of(path), mode);
}

Draft::Draft(Draft&& other) noexcept
    : file_(std::move(other.file_)), has_hidden_path_(std::exchange(other.has_hidden_path_, false)) {
  if (has_hidden_path_) std::memcpy(hidden_path_, other.hidden_path_, sizeof hidden_path_);
}

Draft::~Draft() {
  if (has_hidden_path_) ::unlink(hidden_path_);
}

Result<void> Draft::link(const char* path) noexcept {
  if (has_hidden_path_) {
    // In one step, because with both names it is refused by those who open it, and if this process is killed, for ever.
    constexpr unsigned kNoReplace = 1;
    if (::syscall(SYS_renameat2, AT_FDCWD, hidden_path_, AT_FDCWD, path, kNoReplace) == 0) {
      has_hidden_path_ = false;
      return {};
    }
    if (errno != EINVAL && errno != ENOSYS) return system_error("renameat2");
    if (::link(hidden_path_, path) != 0) return system_error("link");
    return {};
  }
  // By descriptor first, which is allowed to root and since Linux 6.10 to everybody; then by way of /proc.
  if (::linkat(file_.descriptor(), "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return {};
  if (errno != ENOENT && errno != EPERM) return system_error("linkat");
  char by_descriptor[32];
  ::snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", file_.descriptor());
  if (::linkat(AT_FDCWD, by_descriptor, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0) return {};
  return system_error("linkat");
}

Result<void> Draft::publish(const SegmentName& name) noexcept { return link(ObjectPath(name).c_str()); }

Result<void> Draft::publish(const char* path) noexcept {
  const Result<File> directory = open_directory_of(path);  // first: others use the file as soon as it has its name
  if (!directory) return directory.error();
  if (const auto linked = link(path); !linked) return linked;
  const auto flushed = flush_directory(*directory);
  if (!flushed) ::unlink(path);
  return flushed;
}

}  // namespace shm::os
