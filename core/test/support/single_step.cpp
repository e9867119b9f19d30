// SPDX-License-Identifier: MIT
#include "support/single_step.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "support/sync_segment.hpp"

namespace shm::test {

bool can_single_step() {
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
  return false;
#endif
}

SteppedChild::SteppedChild(const std::function<void()>& prepare, const std::function<void()>& act) {
  pid_ = ::fork();
  require(pid_ >= 0, "no child");
  if (pid_ == 0) {
    prepare();
    require(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "can't be traced");
    (void)::raise(SIGSTOP);
    act();
    (void)::raise(SIGSTOP);  // the end
    ::_exit(1);
  }
  int status = 0;
  require(::waitpid(pid_, &status, 0) == pid_ && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP,
          "the child did not get to its beginning");
  require(::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL) == 0, "no options");
}

bool SteppedChild::step() {
  require(::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) == 0, "no step");
  int status = 0;
  require(::waitpid(pid_, &status, 0) == pid_ && WIFSTOPPED(status), "the child has ended by itself");
  return WSTOPSIG(status) != SIGSTOP;
}

bool SteppedChild::is_at_system_call() const {
#if defined(__x86_64__)
  user_regs_struct registers{};
  require(::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) == 0, "no registers");
  errno = 0;
  const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, registers.rip, nullptr);
  return errno == 0 && (code & 0xFFFF) == 0x050F;
#else
  return false;
#endif
}

void SteppedChild::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) == pid_ && !WIFSIGNALED(status) && !WIFEXITED(status)) {
  }
  pid_ = -1;
}

}  // namespace shm::test
