// SPDX-License-Identifier: MIT
// The locks that are compared, with the same two verbs.
#pragma once

#include <shm/sync/mutex.hpp>

#include "stage.hpp"

namespace shm::bench {

/// This package's.
class OwnLock {
 public:
  static void prepare(Area& /*area*/) {}
  OwnLock(const Actor& actor, std::size_t index) : mutex_(actor.participant, actor.area.mutexes[index]) {}

  void lock() { require(mutex_.lock().has_value(), "Mutex::lock"); }
  void unlock() { require(mutex_.unlock().has_value(), "Mutex::unlock"); }

 private:
  Mutex mutex_;
};

template <bool is_robust>
class PthreadLock {
 public:
  static void prepare(Area& area) {
    pthread_mutexattr_t attributes;
    require(::pthread_mutexattr_init(&attributes) == 0, "pthread_mutexattr_init");
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (is_robust) ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    for (PthreadBody& body : area.pthreads) require(::pthread_mutex_init(&body.mutex, &attributes) == 0, "mutex_init");
    ::pthread_mutexattr_destroy(&attributes);
  }
  PthreadLock(const Actor& actor, std::size_t index) : mutex_(actor.area.pthreads[index].mutex) {}

  void lock() { require(::pthread_mutex_lock(&mutex_) == 0, "pthread_mutex_lock"); }
  void unlock() { require(::pthread_mutex_unlock(&mutex_) == 0, "pthread_mutex_unlock"); }

 private:
  pthread_mutex_t& mutex_;
};

}  // namespace shm::bench
