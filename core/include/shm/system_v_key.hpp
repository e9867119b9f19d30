// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// The key of a System V segment. 0 is IPC_PRIVATE, which names nothing and is refused.
struct SystemVKey {
  std::uint32_t value = 0;
};

}  // namespace shm
