// SPDX-License-Identifier: MIT
// Handlers of SIGBUS that were there before the guard's, or come after it.
#include <gtest/gtest.h>
#include <setjmp.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include <cerrno>

#include "fault_guard.hpp"
#include "support/children.hpp"
#include "support/lost_pages.hpp"

namespace shm::test {
namespace {

using fault_guard::Slot;

// What the handlers of a child saw.
volatile int calls = 0;
volatile int later_calls = 0;
void* volatile seen_address = nullptr;
volatile int seen_code = 0;
volatile int seen_value = 0;
sigset_t seen_mask;
sigjmp_buf way_out;

void set_handler(void (*handler)(int, siginfo_t*, void*), int flags = 0, int also_blocked = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  if (also_blocked != 0) ::sigaddset(&action.sa_mask, also_blocked);
  must(::sigaction(SIGBUS, &action, nullptr) == 0);
}

/// Maps a page over the fault, as the guard does.
void repairing(int /*signal*/, siginfo_t* info, void* /*context*/) {
  calls = calls + 1;
  seen_address = info->si_addr;
  seen_code = info->si_code;
  ::sigprocmask(SIG_SETMASK, nullptr, &seen_mask);
  auto* address = static_cast<std::byte*>(info->si_addr);
  (void)::mmap(address - reinterpret_cast<std::uintptr_t>(address) % kPage, kPage, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

void recording(int /*signal*/, siginfo_t* info, void* /*context*/) {
  calls = calls + 1;
  seen_code = info->si_code;
  seen_value = info->si_value.sival_int;
}

void jumping(int /*signal*/) {
  calls = calls + 1;
  ::siglongjmp(way_out, 1);
}

/// Guards a lost page and touches it.
void survive_a_lost_page() {
  const Mapping lost(1);
  const Slot slot = *fault_guard::add(lost.base(), lost.size());
  lost.resize(0);
  must(read(lost.base()) == 0);
  must(fault_guard::has_faulted(slot));
  fault_guard::remove(slot);
}

void touch_foreign_page() {
  const Mapping foreign(1);
  foreign.resize(0);
  must(read(foreign.base()) == 0);
}

TEST(FaultGuardChain, calls_the_previous_handler_as_the_kernel_would) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing, 0, SIGUSR1);
              sigset_t blocked;
              ::sigemptyset(&blocked);
              ::sigaddset(&blocked, SIGTERM);
              ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
              survive_a_lost_page();
              must(calls == 0);

              const Mapping foreign(2);
              foreign.resize(0);
              errno = ENOTTY;
              must(read(foreign.base() + 1234) == 0);
              std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler knows that a load leaves errno alone
              must(errno == ENOTTY);
              must(calls == 1 && seen_address == foreign.base() + 1234 && seen_code == BUS_ADRERR);
              for (const int signal : {SIGBUS, SIGUSR1, SIGTERM}) must(::sigismember(&seen_mask, signal) == 1);
              for (const int signal : {SIGUSR2, SIGSEGV, SIGINT}) must(::sigismember(&seen_mask, signal) == 0);
              sigset_t after;
              ::sigprocmask(SIG_SETMASK, nullptr, &after);
              for (const int signal : {SIGBUS, SIGUSR1, SIGUSR2}) must(::sigismember(&after, signal) == 0);
              must(::sigismember(&after, SIGTERM) == 1);
              must(read(foreign.page(1)) == 0);
              must(calls == 2);
            }),
            kEndedWell);
}

TEST(FaultGuardChain, leaves_signals_unblocked_for_a_previous_handler_that_wants_it) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing, SA_NODEFER);
              survive_a_lost_page();
              touch_foreign_page();
              must(calls == 1 && ::sigismember(&seen_mask, SIGBUS) == 0);
            }),
            kEndedWell);
}

TEST(FaultGuardChain, calls_a_previous_handler_of_one_signal_once) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing, static_cast<int>(SA_RESETHAND));
              survive_a_lost_page();
              touch_foreign_page();
              must(calls == 1);
              survive_a_lost_page();
              touch_foreign_page();
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuardChain, goes_on_when_the_previous_handler_leaves_by_a_jump) {
  EXPECT_EQ(ending_of_child([] {
              ::signal(SIGBUS, jumping);
              const Mapping lost(1);
              const Mapping foreign(1);
              lost.resize(0);
              foreign.resize(0);
              for (int i = 1; i <= 100; ++i) {
                const Slot slot = *fault_guard::add(lost.base(), lost.size());
                if (::sigsetjmp(way_out, 1) == 0) {
                  read(foreign.base());
                  must(false);
                }
                must(calls == i);
                lost.map_again();
                must(read(lost.base()) == 0);
                fault_guard::remove(slot);
              }
            }),
            kEndedWell);
}

TEST(FaultGuardChain, hands_on_a_signal_that_was_sent_and_never_looks_it_up) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(recording);
              const Mapping mapping(1);
              const Slot slot = *fault_guard::add(mapping.base(), mapping.size());
              must(::sigqueue(::getpid(), SIGBUS, sigval{.sival_int = 42}) == 0);
              must(calls == 1 && seen_code == SI_QUEUE && seen_value == 42);
              must(::kill(::getpid(), SIGBUS) == 0);
              must(calls == 2 && seen_code == SI_USER);

              siginfo_t forged{};
              forged.si_code = SI_QUEUE;
              forged.si_addr = mapping.base();
              must(::syscall(SYS_rt_sigqueueinfo, ::getpid(), SIGBUS, &forged) == 0);
              must(calls == 3);
              must(!fault_guard::has_faulted(slot));
            }),
            kEndedWell);
}

TEST(FaultGuardChain, ignores_a_sent_signal_where_it_was_ignored_but_no_fault) {
  EXPECT_EQ(ending_of_child([] {
              ::signal(SIGBUS, SIG_IGN);
              survive_a_lost_page();
              ::kill(::getpid(), SIGBUS);
              ::raise(SIGBUS);
              survive_a_lost_page();
            }),
            kEndedWell);
  EXPECT_EQ(ending_of_child([] {
              ::signal(SIGBUS, SIG_IGN);
              survive_a_lost_page();
              touch_foreign_page();
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuardChain, is_installed_again_after_another_library_took_its_place) {
  EXPECT_EQ(ending_of_child([] {
              survive_a_lost_page();
              set_handler(repairing);
              survive_a_lost_page();
              must(calls == 0);
              touch_foreign_page();
              must(calls == 1);
              ::signal(SIGBUS, SIG_DFL);
              survive_a_lost_page();
              must(calls == 1);
              touch_foreign_page();
            }),
            killed_by(SIGBUS));
}

/// A library that chains to what it found. With a new number it is another library.
template <int number>
struct Library {
  inline static struct sigaction found {};

  static void handle(int signal, siginfo_t* info, void* context) {
    later_calls = later_calls + 1;
    must(later_calls < 1000);  // a loop
    if ((found.sa_flags & SA_SIGINFO) != 0) {
      found.sa_sigaction(signal, info, context);
    } else {
      must(found.sa_handler == SIG_DFL);
      ::signal(SIGBUS, SIG_DFL);
    }
  }
  static void install() {
    struct sigaction action {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    must(::sigaction(SIGBUS, &action, &found) == 0);
  }
  static void uninstall() { must(::sigaction(SIGBUS, &found, nullptr) == 0); }
};

TEST(FaultGuardChain, works_behind_a_handler_that_chains) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing);
              const Mapping lost(1);
              const Slot slot = *fault_guard::add(lost.base(), lost.size());
              Library<0>::install();
              lost.resize(0);
              must(read(lost.base()) == 0);
              must(fault_guard::has_faulted(slot));
              must(later_calls == 1 && calls == 0);
              later_calls = 0;
              touch_foreign_page();
              must(later_calls == 2 && calls == 1);  // the first time the access is run again
            }),
            kEndedWell);
}

TEST(FaultGuardChain, stands_in_front_of_and_behind_a_handler_that_chains_without_a_loop) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing);
              survive_a_lost_page();
              Library<0>::install();
              survive_a_lost_page();
              must(later_calls == 0 && calls == 0);
              touch_foreign_page();
              must(later_calls == 1 && calls == 1);

              Library<0>::uninstall();  // and ours with it, but for the first of them
              survive_a_lost_page();
              touch_foreign_page();
              must(later_calls == 1 && calls == 2);
            }),
            kEndedWell);
  EXPECT_EQ(ending_of_child([] {
              survive_a_lost_page();
              Library<0>::install();
              survive_a_lost_page();
              touch_foreign_page();
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuardChain, gets_past_a_handler_that_found_the_one_in_front_of_it) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing);
              survive_a_lost_page();
              for (int i = 1; i <= 10; ++i) {
                Library<0>::install();
                survive_a_lost_page();
                const int before = later_calls;
                touch_foreign_page();
                must(calls == i);
                must(later_calls - before <= 2);
              }
            }),
            kEndedWell);
}

template <int number>
void change_places() {
  Library<number>::install();
  survive_a_lost_page();
  touch_foreign_page();
  must(calls > number);
  if constexpr (number < 20) change_places<number + 1>();
}

TEST(FaultGuardChain, survives_any_number_of_handlers_that_come_later_and_chain) {
  EXPECT_EQ(ending_of_child([] {
              set_handler(repairing);
              survive_a_lost_page();
              change_places<0>();
              ::signal(SIGBUS, SIG_DFL);
              survive_a_lost_page();
              touch_foreign_page();
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuardChain, takes_no_trace_of_a_handler_that_jumped_away_for_a_loop) {
  EXPECT_EQ(ending_of_child([] {
              ::signal(SIGBUS, jumping);
              survive_a_lost_page();
              struct sigaction installed {};
              must(::sigaction(SIGBUS, nullptr, &installed) == 0);
              // What a kernel does that doesn't clear the unused bytes.
              siginfo_t info{};
              info.si_signo = SIGBUS;
              info.si_code = BUS_ADRERR;
              info.si_addr = &info;
              ucontext_t context{};
              static int tries = 0;
              while (++tries <= 5) {
                if (::sigsetjmp(way_out, 1) == 0) installed.sa_sigaction(SIGBUS, &info, &context);
              }
              must(calls == 4);  // the first time the access is run again
            }),
            kEndedWell);
}

}  // namespace
}  // namespace shm::test
