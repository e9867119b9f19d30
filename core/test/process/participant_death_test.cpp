// SPDX-License-Identifier: MIT
// Who is taken for dead, and who is not: participants in other processes, that end, stop, leave children behind, or
// live in another PID namespace.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "os/liveness.hpp"
#include "shm/layout/segment_header.hpp"
#include "support/child.hpp"
#include "support/children.hpp"
#include "support/slot_table.hpp"

namespace shm::test {
namespace {

using namespace std::chrono_literals;

/// The token of a participant that lasts as long as its process.
Token join_for_good(const SlotTable& table) {
  const int descriptor = table.open();
  Result<Participant> joined = Participant::join(table.slots(), descriptor);
  must(joined.has_value());
  static Participant participant;  // this process ends without destructors
  participant = *std::move(joined);
  return participant.token();
}

/// Asks as a waiter does, once a slice; the watchdog of the test program ends what takes too long.
bool becomes_dead(const Member& asker, Token token) {
  while (!asker->is_dead(token)) std::this_thread::sleep_for(5ms);
  return true;
}

bool stays_alive(const Member& asker, Token token, std::chrono::milliseconds time = 100ms) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (asker->is_dead(token)) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// A child without the handlers of fork(), as an unusual runtime makes one.
pid_t raw_fork() { return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }

TEST(ParticipantDeath, is_noticed_after_a_kill_and_not_before) {
  const SlotTable table(8);
  const Member asker(table);
  const Child<Token> child([&] { return join_for_good(table); });
  ASSERT_TRUE(child);
  EXPECT_TRUE(stays_alive(asker, *child));
  child.kill();
  EXPECT_TRUE(becomes_dead(asker, *child));
}

TEST(ParticipantDeath, is_not_seen_in_a_process_that_is_stopped) {
  const SlotTable table(8);
  const Member asker(table);
  const Child<Token> child([&] { return join_for_good(table); });
  ASSERT_TRUE(child);
  ASSERT_EQ(::kill(child.pid(), SIGSTOP), 0);
  siginfo_t how{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &how, WSTOPPED | WNOWAIT), 0);
  EXPECT_TRUE(stays_alive(asker, *child, 1500ms)) << "nor does the look at the process, once a second";
}

TEST(ParticipantDeath, is_noticed_by_who_asked_before) {
  const SlotTable table(8);
  const Member asker(table);
  for (int i = 0; i < 50; ++i) {
    const Child<Token> child([&] { return join_for_good(table); });
    EXPECT_FALSE(asker->is_dead(*child));
    child.kill();
    EXPECT_TRUE(becomes_dead(asker, *child));
    EXPECT_TRUE(asker->is_dead(*child)) << "and stays so";
  }
}

TEST(ParticipantDeath, is_noticed_although_a_forked_child_keeps_the_descriptor) {
  struct Answer {
    Token token;
    pid_t heir;
  };
  const SlotTable table(8);
  const Member asker(table);
  Answer family{};
  {
    const Child<Answer> parent([&] {
      const Token token = join_for_good(table);
      const pid_t heir = raw_fork();
      if (heir == 0) {
        for (;;) ::pause();
      }
      return Answer{token, heir};
    });
    ASSERT_TRUE(parent);
    family = *parent;
    EXPECT_TRUE(stays_alive(asker, family.token));
    parent.kill();
    const std::uint32_t slot = (family.token >> kGenerationBits) - 1;
    const Result<bool> locked = os::is_byte_locked_by_others(asker.descriptor(), layout::kSlotLocks + slot);
    EXPECT_TRUE(locked && *locked) << "the test is about nothing";
    EXPECT_TRUE(becomes_dead(asker, family.token));
  }
  EXPECT_TRUE(becomes_dead(asker, family.token));
  ::kill(family.heir, SIGKILL);
}

TEST(ParticipantDeath, does_not_come_from_a_child_that_inherits_the_participant) {
  const SlotTable table(8);
  const Member asker(table);
  const int descriptor = table.open();
  Result<Participant> joined = Participant::join(table.slots(), descriptor);
  ASSERT_TRUE(joined);
  const Token token = joined->token();
  const pid_t heir = raw_fork();
  if (heir == 0) {
    joined->leave();  // as its destructor does
    ::close(descriptor);
    ::_exit(0);
  }
  EXPECT_EQ(ending_of(heir), kEndedWell);
  EXPECT_TRUE(stays_alive(asker, token));
  joined->leave();
  EXPECT_TRUE(asker->is_dead(token));
  ::close(descriptor);
}

/// What the processes in PID namespaces of their own tell, and are told.
struct Board {
  std::atomic<std::uint32_t> token;
  std::atomic<std::uint32_t> pid;       ///< inside
  std::atomic<std::uint32_t> question;  ///< a token
  std::atomic<std::uint32_t> asked;     ///< how often
  std::atomic<std::uint32_t> dead;      ///< how often the answer was that it is dead
};

/// The first process of a new PID namespace, which has the /proc of its parent's. It has joined, and asks for ever
/// about the one it is told to.
class Inhabitant {
 public:
  explicit Inhabitant(const SlotTable& table)
      : board_(new (::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Board{}),
        maker_([this, &table]() -> std::optional<pid_t> {
          if (::unshare(CLONE_NEWPID) != 0) return {};
          const pid_t inside = ::fork();
          if (inside == 0) live(table);
          return inside;
        }) {
    while (maker_ && board_->token == kNobody) std::this_thread::sleep_for(1ms);
  }
  Inhabitant(const Inhabitant&) = delete;
  Inhabitant& operator=(const Inhabitant&) = delete;
  ~Inhabitant() {
    if (maker_) kill();
    ::munmap(board_, sizeof(Board));
  }

  explicit operator bool() const { return static_cast<bool>(maker_); }
  Board* operator->() const { return board_; }
  void kill() const { ::kill(*maker_, SIGKILL); }
  void ask(Token token) const {
    board_->dead = 0;
    board_->question = token;
    const std::uint32_t before = board_->asked;
    while (board_->asked < before + 20) std::this_thread::sleep_for(1ms);
  }

 private:
  [[noreturn]] void live(const SlotTable& table) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Member me(table);
    board_->pid = static_cast<std::uint32_t>(::getpid());
    board_->token = me->token();
    for (;;) {
      const Token question = board_->question;
      if (question != kNobody) {
        if (me->is_dead(question)) ++board_->dead;
        ++board_->asked;
      }
      std::this_thread::sleep_for(5ms);
    }
  }

  Board* board_;
  Child<pid_t> maker_;
};

TEST(ParticipantDeath, in_another_pid_namespace_is_known_by_the_lock_alone) {
  const SlotTable table(8);
  const Member outside(table);
  const Inhabitant one(table);
  const Inhabitant other(table);
  if (!one || !other) GTEST_SKIP() << "this user may make no PID namespaces";
  EXPECT_EQ(one->pid, 1U);
  EXPECT_EQ(other->pid, 1U);
  EXPECT_NE(table[(one->token >> kGenerationBits) - 1].pid_namespace,
            table[(other->token >> kGenerationBits) - 1].pid_namespace);
  one.ask(other->token);
  other.ask(one->token);
  EXPECT_EQ(one->dead, 0U);
  EXPECT_EQ(other->dead, 0U);
  one.ask(outside->token());
  EXPECT_EQ(one->dead, 0U);
  EXPECT_TRUE(stays_alive(outside, one->token));
  EXPECT_TRUE(stays_alive(outside, other->token));

  one.ask(other->token);
  other.kill();
  EXPECT_TRUE(becomes_dead(outside, other->token));
  while (one->dead == 0) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(stays_alive(outside, one->token));
}

TEST(ParticipantDeath, is_not_read_from_a_proc_of_another_pid_namespace) {
  // Both of one new namespace, whose numbers are those of other processes in the /proc that they see.
  const SlotTable table(8);
  const Child<std::uint32_t> maker([&]() -> std::optional<std::uint32_t> {
    if (::unshare(CLONE_NEWPID) != 0) return {};
    const pid_t first = ::fork();
    if (first == 0) {
      const Child<Token> second([&] { return join_for_good(table); });
      const Member me(table);
      must(table[me->slot()].pid_namespace == table[(*second >> kGenerationBits) - 1].pid_namespace);
      must(stays_alive(me, *second, 1500ms));
      second.kill();
      must(becomes_dead(me, *second));
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(first, &status, 0);
    return WIFEXITED(status) ? static_cast<std::uint32_t>(WEXITSTATUS(status)) : 99U;
  });
  if (!maker) GTEST_SKIP() << "this user may make no PID namespaces";
  EXPECT_EQ(*maker, 0U);
}

TEST(ParticipantDeath, frees_the_slot_whenever_it_comes) {
  const SlotTable table(2);
  const Member asker(table);
  for (int i = 0; i < 200; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) {
        const Member member(table);
        must(asker->token() != member->token());
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
    ::kill(child, SIGKILL);
    ASSERT_EQ(ending_of(child), killed_by(SIGKILL));
    const Member next(table);
    EXPECT_FALSE(asker->is_dead(next->token()));
  }
}

}  // namespace
}  // namespace shm::test
