// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <shm/error.hpp>

namespace shm::os {

/// The one place that turns errno into an Error.
inline Error system_error(const char* operation, int os_error = errno) noexcept {
  return {Errc::system, os_error, operation};
}

}  // namespace shm::os
