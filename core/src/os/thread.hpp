// SPDX-License-Identifier: MIT
// Threads of the library's own. What it promises for every system: of the application's signal handlers only those run
// on them that answer what the thread itself has done, such as the guard's.
#pragma once

#include <cstddef>

namespace shm::os {

/// A thread with a small stack, which somebody joins.
/// Thread safety: one thread at a time.
class Thread {
 public:
  using Body = void (*)(void* argument) noexcept;

  /// returns  false if the system gives no thread
  bool start(Body body, void* argument) noexcept;
  /// Waits for the end of the body.
  void join() noexcept;
  [[nodiscard]] bool is_started() const noexcept { return is_started_; }

 private:
  Body body_ = nullptr;
  void* argument_ = nullptr;
  bool is_started_ = false;
  alignas(8) std::byte native_[8] = {};
};

}  // namespace shm::os
