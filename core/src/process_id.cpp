// SPDX-License-Identifier: MIT
#include <shm/process_id.hpp>

#include "os/liveness.hpp"

namespace shm {

ProcessId ProcessId::self() noexcept {
  return {.pid = os::own_pid(), .pid_namespace = os::own_pid_namespace(), .start_time = os::own_start_time()};
}

ProcessState check(const ProcessId& process) noexcept {
  if (os::is_unused_pid(process.pid)) return ProcessState::gone;
  const os::ProcessText text = os::read_process(process.pid);
  if (!text.is_known) return ProcessState::unknown;
  if (text.is_zombie) return ProcessState::gone;
  if (process.start_time == 0) return ProcessState::unknown;
  return text.start_time == process.start_time ? ProcessState::same : ProcessState::gone;
}

}  // namespace shm
