// SPDX-License-Identifier: MIT
#include "../liveness.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {
namespace {

// Numbers of the kernel's ABI, which the headers of older systems lack; Linux 3.15.
constexpr int kGetLock = 36;  // F_OFD_GETLK
constexpr int kSetLock = 37;  // F_OFD_SETLK

struct flock one_byte(std::uint64_t offset, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(offset);
  lock.l_len = 1;
  return lock;
}

int set_lock(int descriptor, std::uint64_t offset, short type) noexcept {
  struct flock lock = one_byte(offset, type);
  return ::fcntl(descriptor, kSetLock, &lock);
}

/// returns  the inode behind a link of /proc, 0 if there is none
std::uint64_t inode_of(const char* path) noexcept {
  struct stat native {};
  // By system call: the symbol of stat() is newer than the oldest glibc that the addon supports (2.33).
  if (::syscall(SYS_newfstatat, AT_FDCWD, path, &native, 0) != 0) return 0;
  return native.st_ino;
}

struct Text {
  char bytes[4096];
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes, size}; }
};

bool read_text(const char* path, Text& into) noexcept {
  int descriptor = -1;
  do {
    descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return false;
  const File file(descriptor);
  const Result<std::size_t> got = read(file, std::as_writable_bytes(std::span(into.bytes)), 0);
  if (!got) return false;
  into.size = *got;
  return true;
}

/// Whether /proc is of our PID namespace. After unshare() or clone() it can be the one of the parent's, where our
/// numbers are other processes': the kernel then lists more than one number of ours.
bool has_own_proc() noexcept {
  Text text;
  if (!read_text("/proc/self/status", text)) return false;
  constexpr std::string_view kField = "\nNSpid:\t";
  const std::size_t begin = text.view().find(kField);
  if (begin == std::string_view::npos) return false;  // Linux before 4.1
  std::string_view rest = text.view();
  rest.remove_prefix(begin + kField.size());  // substr() needs the library for what it throws
  return rest.substr(0, rest.find('\n')).find('\t') == std::string_view::npos;
}

/// The text of /proc/PID/stat: "pid (name) state parent ...". The name may hold anything; nothing behind it does.
ProcessText parse_stat(std::string_view text) noexcept {
  constexpr int kFieldsToStartTime = 19;  // from the state, which is field 3, to field 22
  const std::size_t end_of_name = text.rfind(") ");
  if (end_of_name == std::string_view::npos) return {};
  text.remove_prefix(end_of_name + 2);
  const char state = text.empty() ? '?' : text.front();
  for (int i = 0; i < kFieldsToStartTime; ++i) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {};
    text.remove_prefix(space + 1);
  }
  ProcessText result{.is_zombie = state == 'Z' || state == 'X'};
  result.is_known = std::from_chars(text.data(), text.data() + text.size(), result.start_time).ec == std::errc{};
  return result;
}

}  // namespace

Result<bool> try_lock_byte(int descriptor, std::uint64_t offset, ByteLock kind) noexcept {
  for (;;) {
    if (set_lock(descriptor, offset, kind == ByteLock::shared ? F_RDLCK : F_WRLCK) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) return system_error("fcntl");
  }
}

Result<void> unlock_byte(int descriptor, std::uint64_t offset) noexcept {
  if (set_lock(descriptor, offset, F_UNLCK) != 0) return system_error("fcntl");
  return {};
}

Result<bool> is_byte_locked_by_others(int descriptor, std::uint64_t offset) noexcept {
  struct flock lock = one_byte(offset, F_RDLCK);
  while (::fcntl(descriptor, kGetLock, &lock) != 0) {
    if (errno != EINTR) return system_error("fcntl");
  }
  return lock.l_type != F_UNLCK;
}

std::uint32_t own_pid() noexcept { return static_cast<std::uint32_t>(::getpid()); }
std::uint32_t own_tid() noexcept { return static_cast<std::uint32_t>(::syscall(SYS_gettid)); }
std::uint32_t own_uid() noexcept { return ::geteuid(); }

std::uint32_t own_pid_namespace() noexcept {
  // Start times are shifted in a time namespace other than the first, whose number is part of the kernel's ABI.
  constexpr std::uint64_t kFirstTimeNamespace = 0xEFFFFFFA;
  const std::uint64_t time = inode_of("/proc/self/ns/time");
  if (time != 0 && time != kFirstTimeNamespace) return 0;
  return static_cast<std::uint32_t>(inode_of("/proc/self/ns/pid"));
}

std::uint64_t own_start_time() noexcept {
  Text text;
  if (!read_text("/proc/self/stat", text)) return 0;  // of ourselves whatever namespace /proc is of
  return parse_stat(text.view()).start_time;
}

std::uint64_t boot_id() noexcept {
  Text text;
  if (!read_text("/proc/sys/kernel/random/boot_id", text)) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text.view()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool is_unused_pid(std::uint32_t pid) noexcept {
  const auto native = static_cast<pid_t>(pid);
  return native > 0 && ::kill(native, 0) != 0 && errno == ESRCH;
}

ProcessText read_process(std::uint32_t pid) noexcept {
  if (!has_own_proc()) return {};
  char path[32];
  ::snprintf(path, sizeof path, "/proc/%u/stat", pid);
  Text text;
  if (!read_text(path, text)) return {};
  return parse_stat(text.view());
}

}  // namespace shm::os
