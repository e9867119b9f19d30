// SPDX-License-Identifier: MIT
// What processes have mapped, by /proc/PID/maps.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <system_error>

#include "../inventory.hpp"
#include "../os.hpp"
#include "../posix/system_error.hpp"
#include "directory.hpp"
#include "maps_text.hpp"

namespace shm::os {
namespace {

using LineVisit = FunctionRef<void(std::string_view)>;

Result<ObjectId> object_at(const char* path) noexcept {
  struct stat native {};
  // By system call: the symbol of stat() is newer than the oldest glibc that the addon supports (2.33).
  if (::syscall(SYS_newfstatat, AT_FDCWD, path, &native, 0) != 0) return system_error("stat");
  return ObjectId{native.st_dev, native.st_ino};
}

/// The device of the POSIX objects, if it has nothing else: a mapping may call its file by another path, where the file
/// system is mounted twice or the process has another root.
std::optional<std::uint64_t> device_of_objects() noexcept {
  const Result<ObjectId> folder = object_at("/dev/shm/.");
  const Result<ObjectId> parent = object_at("/dev/shm/..");
  if (!folder || !parent || folder->space == parent->space) return {};
  return folder->space;
}

std::optional<std::int32_t> parse_id(std::string_view text) noexcept {
  std::int32_t id = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc{} || rest != end || id <= 0) return {};
  return id;
}

enum class Maps : std::uint8_t {
  read,
  none,    ///< no memory: of the kernel, ended, gone
  hidden,  ///< this process may not read them
};

Result<Maps> without_maps(const Error& error) noexcept {
  if (error.os_error == EACCES || error.os_error == EPERM) return Maps::hidden;
  if (error.os_error == ENOENT || error.os_error == ESRCH) return Maps::none;
  return error;
}

Result<Maps> read_maps(const char* path, LineVisit visit) noexcept {
  int descriptor = -1;
  do {
    descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return without_maps(system_error("open"));
  const File file(descriptor);

  std::byte piece[4096];  // the kernel gives no more at once
  LineAssembler lines;
  for (std::uint64_t offset = 0;;) {
    const Result<std::size_t> got = read(file, piece, offset);
    if (!got) return without_maps(got.error());
    if (*got == 0) return offset == 0 ? Maps::none : Maps::read;
    lines.add({reinterpret_cast<const char*>(piece), *got}, visit);
    offset += *got;
  }
}

/// A process whose first thread has ended before the others has its maps with them.
Result<Maps> read_maps_of_threads(std::int32_t pid, LineVisit visit) noexcept {
  char path[64];
  ::snprintf(path, sizeof path, "/proc/%d/task", pid);
  Result<Directory> threads = Directory::open(path);
  if (!threads) return without_maps(threads.error());
  for (;;) {
    const Result<const dirent*> entry = threads->next();
    if (!entry) return without_maps(entry.error());
    if (*entry == nullptr) return Maps::none;
    const std::optional<std::int32_t> thread = parse_id((*entry)->d_name);
    if (!thread || *thread == pid) continue;
    ::snprintf(path, sizeof path, "/proc/%d/task/%d/maps", pid, *thread);
    const Result<Maps> maps = read_maps(path, visit);
    if (!maps || *maps != Maps::none) return maps;
  }
}

Result<Maps> read_maps(std::int32_t pid, LineVisit visit) noexcept {
  char path[64];
  ::snprintf(path, sizeof path, "/proc/%d/maps", pid);
  const Result<Maps> maps = read_maps(path, visit);
  if (!maps || *maps != Maps::none) return maps;
  return read_maps_of_threads(pid, visit);
}

std::optional<ObjectId> ipc_namespace(const char* process) noexcept {
  char path[64];
  ::snprintf(path, sizeof path, "/proc/%s/ns/ipc", process);
  const Result<ObjectId> found = object_at(path);
  if (!found) return {};
  return *found;
}

}  // namespace

Result<ProcessesSeen> for_each_mapping(FunctionRef<void(const ListedMapping&)> visit) noexcept {
  if (const auto self = object_at("/proc/self"); !self) return self.error();  // an empty /proc, too, is none
  Result<Directory> processes = Directory::open("/proc");
  if (!processes) return processes.error();
  const std::optional<std::uint64_t> objects = device_of_objects();
  const std::optional<ObjectId> own_namespace = ipc_namespace("self");

  bool first_seen = false;
  bool all_readable = true;
  for (;;) {
    const Result<const dirent*> entry = processes->next();
    if (!entry) return entry.error();
    // Every PID namespace has a process 1: where it is not shown, those of other users are not (hidepid=2).
    if (*entry == nullptr) return ProcessesSeen{all_readable && first_seen};
    const char* process = (*entry)->d_name;
    const std::optional<std::int32_t> pid = parse_id(process);
    if (!pid) continue;
    first_seen = first_seen || *pid == 1;

    std::optional<bool> shares_namespace;
    const Result<Maps> maps = read_maps(*pid, [&](std::string_view line) {
      const std::optional<MapsLine> mapping = parse_maps_line(line);
      if (!mapping) return;
      const std::uint64_t device = mapping->device();
      if (mapping->is_system_v()) {
        // Of a process whose first thread has ended it can't be told, and it is most often the same.
        if (!shares_namespace) {
          shares_namespace = !own_namespace || ipc_namespace(process).value_or(*own_namespace) == own_namespace;
        }
        if (*shares_namespace) visit({*pid, {0, mapping->inode}, true});
      } else if (device != 0) {
        const bool is_shared_memory =
            device == objects || mapping->path.starts_with("/dev/shm/") || mapping->path.starts_with("/memfd:");
        visit({*pid, {device, mapping->inode}, is_shared_memory});
      }
    });
    if (!maps) return maps.error();
    if (*maps == Maps::hidden) all_readable = false;
  }
}

}  // namespace shm::os
