// SPDX-License-Identifier: MIT
#include "directory_lock.hpp"

#include <new>
#include <shm/deadline.hpp>

namespace shm::managed {

Result<DirectoryLock> DirectoryLock::take(std::byte* body, const Participant& me) noexcept {
  constexpr double kMilliseconds = 5000;
  Mutex mutex(me, *std::launder(reinterpret_cast<layout::MutexBody*>(body)));
  const Result<Outcome> outcome = mutex.lock(Deadline::in_milliseconds(kMilliseconds));
  if (!outcome) return Error{outcome.error().code, outcome.error().os_error, "the directory"};
  if (*outcome == Outcome::timed_out) return Error{Errc::timeout, 0, "the directory"};
  if (*outcome == Outcome::owner_died) (void)mutex.make_consistent();
  return DirectoryLock(mutex);
}

DirectoryLock::~DirectoryLock() {
  if (is_held_) (void)mutex_.unlock();  // if it is another's by now, it was forged
}

}  // namespace shm::managed
