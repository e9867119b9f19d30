// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// A process, told apart from others that had or will have its number. Only within its PID namespace.
struct ProcessId {
  std::uint32_t pid = 0;
  std::uint32_t pid_namespace = 0;  ///< inode; 0: unknown, or its clock is not that of the others (time namespaces)
  std::uint64_t start_time = 0;     ///< clock ticks since the system's start; 0: unknown

  static ProcessId self() noexcept;

  /// Whether check() can say anything but unknown: of the same, known PID namespace.
  [[nodiscard]] bool is_near(const ProcessId& other) const noexcept {
    return pid_namespace != 0 && pid_namespace == other.pid_namespace;
  }
};

enum class ProcessState : std::uint8_t {
  same,     ///< it lives, or is stopped
  gone,     ///< it has ended, or is a zombie, or its number is another process's by now
  unknown,  ///< the system does not tell
};

/// What has become of a process of our own PID namespace. Of one that /proc does not show (hidepid, another PID
/// namespace's /proc) only the end of every process of its number is seen.
/// threads  any; two or three system calls
ProcessState check(const ProcessId& process) noexcept;

}  // namespace shm
