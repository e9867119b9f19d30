// SPDX-License-Identifier: MIT
#include <pthread.h>

#include "../os.hpp"

namespace shm::os {
namespace {

// All zero bytes are PTHREAD_MUTEX_INITIALIZER in glibc and musl; os.hpp can't name the type without its header.
pthread_mutex_t* native(std::byte* bytes) noexcept { return reinterpret_cast<pthread_mutex_t*>(bytes); }
static_assert(sizeof(pthread_mutex_t) <= 64 && alignof(pthread_mutex_t) <= 8, "the room that os.hpp keeps for it");

}  // namespace

void ProcessLock::lock() noexcept { ::pthread_mutex_lock(native(native_)); }
void ProcessLock::unlock() noexcept { ::pthread_mutex_unlock(native(native_)); }

}  // namespace shm::os
