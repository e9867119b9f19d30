// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <type_traits>

namespace shm::test {

/// A process that does something, tells the answer and stays until the end of the Child.
template <class Answer>
class Child {
  static_assert(std::is_trivially_copyable_v<Answer>, "it goes through a pipe");

 public:
  /// work        gives an answer, or nothing if it could not be done here
  /// afterwards  does not return
  explicit Child(const std::function<std::optional<Answer>()>& work, void (*afterwards)() = stay) {
    EXPECT_EQ(::pipe(pipe_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const std::optional<Answer> done = work();
      if (!done) ::_exit(0);
      answer(*done);
      afterwards();
    }
    ::close(pipe_[1]);
    Answer received{};
    if (::read(pipe_[0], &received, sizeof received) == ssize_t{sizeof received}) answer_ = received;
    ::close(pipe_[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    EXPECT_EQ(::waitpid(pid_, nullptr, 0), pid_);
  }

  /// The process is dead then, and a zombie.
  void kill() const {
    ::kill(pid_, SIGKILL);
    siginfo_t how{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOWAIT), 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  explicit operator bool() const { return answer_.has_value(); }  ///< whether it could be done
  const Answer& operator*() const { return *answer_; }

 private:
  static void stay() {
    for (;;) ::pause();
  }
  void answer(const Answer& done) const {
    if (::write(pipe_[1], &done, sizeof done) != ssize_t{sizeof done}) ::_exit(1);
  }

  int pipe_[2] = {-1, -1};
  pid_t pid_ = -1;
  std::optional<Answer> answer_;
};

}  // namespace shm::test
