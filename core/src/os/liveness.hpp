// SPDX-License-Identifier: MIT
// What shm/participant.hpp and shm/process_id.hpp need from an operating system: locks that end with their holder, and
// what is known of a process. The rest is in os.hpp.
#pragma once

#include <cstdint>
#include <shm/result.hpp>

namespace shm::os {

enum class ByteLock : std::uint8_t { shared, exclusive };

/// Locks one byte of a file, which need not exist, for the open file description of the descriptor; or changes the lock
/// that it has. The lock ends with the last descriptor of that description. Never waits.
/// returns  false: another description has it
Result<bool> try_lock_byte(int descriptor, std::uint64_t offset, ByteLock kind) noexcept;
Result<void> unlock_byte(int descriptor, std::uint64_t offset) noexcept;
/// Whether another description has the byte for itself. Shared locks don't count: who may only read can have those.
Result<bool> is_byte_locked_by_others(int descriptor, std::uint64_t offset) noexcept;

std::uint32_t own_pid() noexcept;
std::uint32_t own_tid() noexcept;
std::uint32_t own_uid() noexcept;
std::uint32_t own_pid_namespace() noexcept;  ///< 0: unknown, or start times are those of a time namespace
std::uint64_t own_start_time() noexcept;     ///< 0: unknown
/// A hash of what tells this start of the system from others; 0: unknown.
std::uint64_t boot_id() noexcept;

/// Whether no process of this namespace has the number.
bool is_unused_pid(std::uint32_t pid) noexcept;

struct ProcessText {
  bool is_known = false;  ///< else the system does not tell
  bool is_zombie = false;
  std::uint64_t start_time = 0;
};
/// A process of our own PID namespace.
ProcessText read_process(std::uint32_t pid) noexcept;

}  // namespace shm::os
