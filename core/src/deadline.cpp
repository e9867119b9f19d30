// SPDX-License-Identifier: MIT
#include <shm/deadline.hpp>

#include "os/wait.hpp"

namespace shm {

Deadline Deadline::in_milliseconds(double milliseconds) noexcept {
  if (!(milliseconds > 0)) return now();
  const double nanoseconds = milliseconds * 1e6;
  if (nanoseconds >= 9.2e18) return never();
  return Deadline(os::monotonic_now() + static_cast<std::uint64_t>(nanoseconds));
}

std::uint64_t Deadline::remaining() const noexcept {
  if (is_never()) return kNever;
  if (at_ == 0) return 0;
  const std::uint64_t now = os::monotonic_now();
  return now >= at_ ? 0 : at_ - now;
}

}  // namespace shm
