// SPDX-License-Identifier: MIT
#include "../inventory.hpp"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os.hpp"
#include "../posix/system_error.hpp"
#include "directory.hpp"

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15  // Linux 4.17; its number is part of the kernel's ABI
#endif

namespace shm::os {
namespace {

constexpr std::uint32_t kPermissionBits = 0777;

SegmentStatus from_native(const struct stat& native) noexcept {
  return {.id = {native.st_dev, native.st_ino},
          .size = static_cast<std::uint64_t>(native.st_size),
          .mode = native.st_mode & kPermissionBits,
          .uid = native.st_uid,
          .gid = native.st_gid,
          .changed_at = native.st_ctim.tv_sec};
}

SegmentStatus from_native(int id, const shmid_ds& native) noexcept {
  const ipc_perm& owner = native.shm_perm;
  return {.id = {0, static_cast<std::uint64_t>(id)},
          .size = native.shm_segsz,
          .mode = owner.mode & kPermissionBits,
          .uid = owner.uid,
          .gid = owner.gid,
          .attachments = native.shm_nattch,
          .creator_uid = owner.cuid,
          .creator_pid = native.shm_cpid,
          .last_pid = native.shm_lpid,
          .attached_at = native.shm_atime,
          .detached_at = native.shm_dtime,
          .changed_at = native.shm_ctime,
          .is_removed = (owner.mode & SHM_DEST) != 0,
          .is_sealed = true};
}

/// The status of what is in slot `index` of the kernel's table, also of segments that this process may not read.
/// returns  its id
Result<int> status_at(int index, shmid_ds& native) noexcept {
  int id = ::shmctl(index, SHM_STAT_ANY, &native);
  // EINVAL is said of an empty slot, too. Some sandboxes know less than the kernel, and say other things.
  if (id < 0) id = ::shmctl(index, SHM_STAT, &native);
  if (id < 0) return system_error("shmctl");
  return id;
}

/// The answers for a slot that is empty, one that is being emptied, and a segment that only others may see.
bool says_nothing_there(const Error& error) noexcept {
  return error.os_error == EINVAL || error.os_error == EIDRM || error.os_error == EACCES;
}

}  // namespace

Result<void> for_each_object_name(FunctionRef<bool(std::string_view)> visit) noexcept {
  Result<Directory> directory = Directory::open("/dev/shm");
  if (!directory) return directory.error();
  for (;;) {
    const Result<const dirent*> entry = directory->next();
    if (!entry) return entry.error();
    if (*entry == nullptr || !visit((*entry)->d_name)) return {};
  }
}

Result<void> for_each_object(FunctionRef<void(std::string_view, const SegmentStatus&)> visit) noexcept {
  Result<Directory> directory = Directory::open("/dev/shm");
  if (!directory && is_not_found(directory.error())) return {};
  if (!directory) return directory.error();
  for (;;) {
    const Result<const dirent*> entry = directory->next();
    if (!entry) return entry.error();
    if (*entry == nullptr) return {};
    const std::string_view file_name = (*entry)->d_name;
    if (((*entry)->d_type != DT_REG && (*entry)->d_type != DT_UNKNOWN) || file_name.starts_with(".shm-typed-array-"))
      continue;

    // By system call: the symbol of fstatat() is newer than the oldest glibc that the addon supports (2.33).
    struct stat native {};
    if (::syscall(SYS_newfstatat, directory->descriptor(), (*entry)->d_name, &native, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return system_error("stat");
    }
    if (!S_ISREG(native.st_mode)) continue;
    char name[1 + sizeof(dirent::d_name)] = {'/'};
    const std::size_t length = 1 + file_name.copy(name + 1, sizeof name - 1);
    visit({name, length}, from_native(native));
  }
}

Result<void> for_each_system_v(FunctionRef<void(std::uint32_t, const SegmentStatus&)> visit) noexcept {
  shm_info info{};
  const int highest = ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&info));  // so it is called: shmctl(2)
  if (highest < 0 && errno == ENOSYS) return {};
  if (highest < 0) return system_error("shmctl");
  for (int index = 0; index <= highest; ++index) {
    shmid_ds native{};
    const Result<int> id = status_at(index, native);
    if (!id && says_nothing_there(id.error())) continue;
    if (!id) return id.error();
    visit(static_cast<std::uint32_t>(native.shm_perm.__key), from_native(*id, native));
  }
  return {};
}

Error out_of_memory(const char* operation) noexcept { return system_error(operation, ENOMEM); }

}  // namespace shm::os
