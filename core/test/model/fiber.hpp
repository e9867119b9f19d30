// SPDX-License-Identifier: MIT
// A second stack to run a function on, left and entered again without a system call.
#pragma once

#include <cstddef>
#include <memory>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace shm::model {

/// One flow of control: that of the caller (never started), or one with a stack of its own.
/// A fiber may be left for good in the middle of its function, and be started again: nothing on its stack is destroyed,
/// so its function must not own anything.
class Fiber {
 public:
  using Entry = void (*)();

  /// Gets ready to run `entry`, which never returns, at the next switch_to().
  void start(Entry entry);
  /// Leaves the running fiber, which is `from`, until somebody switches back to it.
  static void switch_from_to(Fiber& from, Fiber& to);

 private:
  static constexpr std::size_t kStackBytes = 64 * 1024;
  std::unique_ptr<std::byte[]> stack_;
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
};

}  // namespace shm::model
