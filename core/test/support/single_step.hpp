// SPDX-License-Identifier: MIT
// A child that is run one instruction at a time.
#pragma once

#include <sys/types.h>

#include <functional>

namespace shm::test {

/// Whether this machine lets a process trace its child, and step through it without changing what it does.
bool can_single_step();

/// Runs a function in a child, which waits for each step().
class SteppedChild {
 public:
  explicit SteppedChild(const std::function<void()>& prepare, const std::function<void()>& act);
  SteppedChild(const SteppedChild&) = delete;
  SteppedChild& operator=(const SteppedChild&) = delete;
  ~SteppedChild() { kill(); }

  /// Executes one instruction of act().
  /// returns  false if it has ended
  bool step();
  /// Whether the next instruction is a system call.
  [[nodiscard]] bool is_at_system_call() const;
  /// SIGKILL, and waits until it is gone.
  void kill();

 private:
  pid_t pid_ = -1;
};

}  // namespace shm::test
