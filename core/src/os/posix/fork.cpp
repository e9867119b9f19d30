// SPDX-License-Identifier: MIT
#include "../fork.hpp"

#include <pthread.h>

namespace shm::os {

bool on_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept {
  return ::pthread_atfork(before, in_parent, in_child) == 0;
}

}  // namespace shm::os
