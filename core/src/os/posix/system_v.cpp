// SPDX-License-Identifier: MIT
#include <sys/ipc.h>
#include <sys/shm.h>

#include "../os.hpp"
#include "system_error.hpp"

namespace shm::os {

Result<int> create_system_v(std::uint32_t key, std::uint64_t size, std::uint32_t mode) noexcept {
  const int id = ::shmget(static_cast<key_t>(key), size, IPC_CREAT | IPC_EXCL | static_cast<int>(mode));
  if (id < 0) return system_error("shmget");
  return id;
}

Result<int> find_system_v(std::uint32_t key) noexcept {
  const int id = ::shmget(static_cast<key_t>(key), 0, 0);
  if (id < 0) return system_error("shmget");
  return id;
}

Result<SystemVStatus> status_system_v(int id) noexcept {
  shmid_ds status{};
  if (::shmctl(id, IPC_STAT, &status) != 0) return system_error("shmctl");
  return SystemVStatus{.size = status.shm_segsz, .attachments = status.shm_nattch};
}

Result<std::byte*> attach_system_v(int id) noexcept {
  void* base = ::shmat(id, nullptr, 0);
  if (base == reinterpret_cast<void*>(-1)) return system_error("shmat");  // NOLINT(performance-no-int-to-ptr): its API
  return static_cast<std::byte*>(base);
}

Result<void> remove_system_v(int id) noexcept {
  if (::shmctl(id, IPC_RMID, nullptr) != 0) return system_error("shmctl");
  return {};
}

bool is_removed_system_v(const Error& error) noexcept {
  return error.code == Errc::system && (error.os_error == EINVAL || error.os_error == EIDRM);
}

}  // namespace shm::os
