// SPDX-License-Identifier: MIT
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>

#include "../os.hpp"

namespace shm::os {

bool is_own_user(std::uint32_t uid) noexcept { return uid == ::geteuid(); }

bool is_own_group(std::uint32_t gid) noexcept {
  if (gid == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  auto* groups = static_cast<gid_t*>(std::malloc(static_cast<std::size_t>(count) * sizeof(gid_t)));
  if (groups == nullptr) return false;
  const int got = ::getgroups(count, groups);
  bool is_own = false;
  for (int i = 0; i < got; ++i) is_own = is_own || groups[i] == gid;
  std::free(groups);
  return is_own;
}

}  // namespace shm::os
