// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/mutex.hpp>
#include <utility>

namespace shm::managed {

/// The directory's mutex, held. It needs no repair: what its dead owner left half done is garbage.
class [[nodiscard]] DirectoryLock {
 public:
  /// body     64 bytes of shared memory, a MutexBody
  /// errors   deadlock; timeout: somebody alive has had it for seconds, such as one who is stopped
  static Result<DirectoryLock> take(std::byte* body, const Participant& me) noexcept;

  DirectoryLock(DirectoryLock&& other) noexcept
      : mutex_(other.mutex_), is_held_(std::exchange(other.is_held_, false)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(const Mutex& mutex) noexcept : mutex_(mutex) {}

  Mutex mutex_;
  bool is_held_ = true;
};

}  // namespace shm::managed
