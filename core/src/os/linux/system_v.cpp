// SPDX-License-Identifier: MIT
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "../os.hpp"
#include "../posix/system_error.hpp"

namespace shm::os {
namespace {

// Of Linux; its headers show them only with extensions.
constexpr int kHugeTlb = 04000;
constexpr int kNoReserve = 010000;
constexpr unsigned kRemoved = 01000;  // SHM_DEST

/// Whether a mapping ends after `size` bytes, in ordinary pages. The kernel refuses advice for a part of a huge page;
/// for all of an ordinary mapping it takes it without splitting it, which nothing would undo.
bool ends_after(void* base, std::uint64_t size) noexcept {
  if (::madvise(base, size, MADV_DONTFORK) != 0) return false;
  (void)::madvise(base, size, MADV_DOFORK);
  return true;
}

}  // namespace

Result<int> create_system_v(std::uint32_t key, std::uint64_t size, std::uint32_t mode, bool reserve,
                            bool of_huge_pages) noexcept {
  // Huge pages that were not reserved may not be there: touching them would end the process by SIGBUS.
  const int flags = of_huge_pages ? kHugeTlb : reserve ? 0 : kNoReserve;
  const int id = ::shmget(static_cast<key_t>(key), size, IPC_CREAT | IPC_EXCL | flags | static_cast<int>(mode));
  if (id < 0) return system_error("shmget");
  return id;
}

Result<int> find_system_v(std::uint32_t key) noexcept {
  const int id = ::shmget(static_cast<key_t>(key), 0, 0);
  if (id < 0) return system_error("shmget");
  return id;
}

Result<SegmentStatus> status_system_v(int id) noexcept {
  shmid_ds native{};
  if (::shmctl(id, IPC_STAT, &native) != 0) return system_error("shmctl");
  return SegmentStatus{.id = {0, static_cast<std::uint64_t>(id)},
                       .size = native.shm_segsz,
                       .mode = native.shm_perm.mode & 0777U,
                       .uid = native.shm_perm.uid,
                       .gid = native.shm_perm.gid,
                       .attachments = native.shm_nattch,
                       .creator_uid = native.shm_perm.cuid,
                       .creator_pid = native.shm_cpid,
                       .last_pid = native.shm_lpid,
                       .attached_at = native.shm_atime,
                       .detached_at = native.shm_dtime,
                       .changed_at = native.shm_ctime,
                       .is_removed = (native.shm_perm.mode & kRemoved) != 0,
                       .is_sealed = true};
}

Result<std::byte*> attach_system_v(int id, std::uint64_t size, Access access) noexcept {
  void* base = ::shmat(id, nullptr, access == Access::read ? SHM_RDONLY : 0);
  if (base == reinterpret_cast<void*>(-1)) return system_error("shmat");  // NOLINT(performance-no-int-to-ptr): its API
  const bool may_be_longer = reinterpret_cast<std::uintptr_t>(base) % kHugePage == 0 && size % kHugePage != 0;
  if (may_be_longer && !ends_after(base, size)) {
    ::shmdt(base);
    return unsupported("huge pages of which the size is no multiple");
  }
  return static_cast<std::byte*>(base);
}

Result<void> attach_system_v_over(int id, std::uint64_t size, std::byte* target) noexcept {
  constexpr int kRemap = 040000;  // SHM_REMAP
  void* base = ::shmat(id, target, kRemap);
  if (base != reinterpret_cast<void*>(-1)) return {};  // NOLINT(performance-no-int-to-ptr): its API
  const Error error = system_error("shmat");
  (void)replace_by_zero_pages(target, size);  // what was there may be unmapped
  return error;
}

Result<void> remove_system_v(int id) noexcept {
  if (::shmctl(id, IPC_RMID, nullptr) != 0) return system_error("shmctl");
  return {};
}

bool is_removed_system_v(const Error& error) noexcept {
  return error.code == Errc::system && (error.os_error == EINVAL || error.os_error == EIDRM);
}

}  // namespace shm::os
