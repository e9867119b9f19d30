// SPDX-License-Identifier: MIT
// Runs a piece of a test in a process of its own, to see how that one ends.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

namespace shm::test {

/// For children, whose GoogleTest assertions nobody would see.
inline void must(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  (void)std::fprintf(stderr, "%s:%d: does not hold\n", file, line);
  ::_exit(1);
}

/// How a process ended, in words: "exit 0", "signal 7".
inline std::string ending_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

inline std::string killed_by(int signal) { return "signal " + std::to_string(signal); }
inline const std::string kEndedWell = "exit 0";

/// Forks a child that runs `piece`, with SIGBUS and SIGSEGV as in a plain program (the sanitizers handle them), no core
/// file, and SIGALRM after a minute.
inline pid_t start_child(const std::function<void()>& piece) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  for (const int signal : {SIGBUS, SIGSEGV}) ::signal(signal, SIG_DFL);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  ::alarm(60);
  piece();
  ::_exit(0);
}

inline std::string ending_of_child(const std::function<void()>& piece) { return ending_of(start_child(piece)); }

}  // namespace shm::test
