// SPDX-License-Identifier: MIT
// The handler of SIGBUS, and the way from it to the handlers that were there before. There are several entries, equal
// but for their number: entry n stands in front of the disposition number n. A library that saved the address of one
// entry and chains to it thus gets to what was behind that entry, wherever else ours has been installed meanwhile.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "../fault.hpp"
#include "../os.hpp"
#include "system_error.hpp"

namespace shm::os {
namespace {

constexpr int kMostEntries = 8;
constexpr int kDefaultEntry = 0;  // in front of SIG_DFL, which all zero bytes are

/// What was to be done about SIGBUS before one of our entries.
struct Previous {
  struct sigaction action;     // written once
  std::atomic<bool> is_spent;  // SA_RESETHAND: it was called
};
static_assert(SIG_DFL == nullptr, "previous[kDefaultEntry] is never written");

constinit Previous previous[kMostEntries] = {};
constinit std::atomic<int> known{kDefaultEntry + 1};  // so many of previous[] are in use
constinit std::atomic<FaultResolver> resolver{nullptr};

/// Left in unused bytes of the siginfo_t, which goes with one delivery of the signal: whether this entry was called by
/// a handler that it had called itself, for which the handler must be older than the one before.
struct Trace {
  const void* mark = nullptr;   // &known: another copy of this library leaves another one
  const void* frame = nullptr;  // of the call that left it; a call from inside that one is further down the stack
  std::uint64_t level = 0;      // index of previous[] that it called
};
// Linux before 4.20 leaves in there what was there: after a longjmp() out of the handler, a trace of the same frame.
constexpr std::size_t kTraceAt = sizeof(siginfo_t) - sizeof(Trace);
static_assert(kTraceAt >= 48, "what the kernel fills in comes first");

int level_of(int entry, const siginfo_t* info, const void* frame) noexcept {
  Trace trace;
  std::memcpy(&trace, reinterpret_cast<const std::byte*>(info) + kTraceAt, sizeof trace);
  const bool is_nested = trace.mark == &known && trace.frame > frame;
  return is_nested ? std::min(entry, static_cast<int>(trace.level) - 1) : entry;
}

void leave_trace(siginfo_t* info, const Trace& trace) noexcept {
  std::memcpy(reinterpret_cast<std::byte*>(info) + kTraceAt, &trace, sizeof trace);
}

/// Not the access of this thread but somebody's kill(), sigqueue() or timer, or the kernel's news of broken memory.
bool was_sent(const siginfo_t& info) noexcept {
#ifdef BUS_MCEERR_AO
  if (info.si_code == BUS_MCEERR_AO) return true;
#endif
  return info.si_code <= 0;
}

bool is_lost_page(const siginfo_t& info) noexcept {
  if (info.si_code == BUS_ADRERR) return true;
  // gVisor leaves the code of the SIGSEGV that it made a SIGBUS of. Elsewhere it is an address that isn't aligned, and
  // would be again and again whatever the page.
  return info.si_code == BUS_ADRALN && !is_readable(static_cast<const std::byte*>(info.si_addr));
}

void act_by_default(const siginfo_t& info) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  (void)::sigaction(SIGBUS, &action, nullptr);
  if (was_sent(info)) (void)::raise(SIGBUS);  // an access faults again by itself
}

/// The signals that the kernel would block for this handler.
void block_signals_of(const struct sigaction& action, const void* context) noexcept {
  sigset_t blocked = static_cast<const ucontext_t*>(context)->uc_sigmask;
  constexpr int kSignals = 64;
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (::sigismember(&action.sa_mask, signal) == 1) (void)::sigaddset(&blocked, signal);
  }
  if ((action.sa_flags & SA_NODEFER) == 0) (void)::sigaddset(&blocked, SIGBUS);
  (void)::sigprocmask(SIG_SETMASK, &blocked, nullptr);  // what returns to the kernel sets the interrupted code's again
}

void pass_on(int entry, int signal, siginfo_t* info, void* context, const void* frame) noexcept {
  const int level = level_of(entry, info, frame);
  if (level < 0 || level >= known.load(std::memory_order_acquire)) return act_by_default(*info);  // sync: action known
  const struct sigaction& action = previous[level].action;
  if (action.sa_handler == SIG_IGN && was_sent(*info)) return;
  const bool is_function = action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
  const bool is_single = (action.sa_flags & SA_RESETHAND) != 0;
  if (!is_function || (is_single && previous[level].is_spent.exchange(true))) return act_by_default(*info);

  leave_trace(info, {.mark = &known, .frame = frame, .level = static_cast<std::uint64_t>(level)});
  block_signals_of(action, context);
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
  leave_trace(info, {});  // also so that the compiler keeps the frame during the call
}

/// Nothing of it is held or counted when it passes a signal on: the next handler may leave by longjmp().
[[gnu::noinline]] void handle(int entry, int signal, siginfo_t* info, void* context) noexcept {
  const int interrupted_errno = errno;
  const bool is_resolved = is_lost_page(*info) && resolver.load()(static_cast<std::byte*>(info->si_addr));
  errno = interrupted_errno;
  if (!is_resolved) pass_on(entry, signal, info, context, __builtin_frame_address(0));
}

template <int entry>
void enter(int signal, siginfo_t* info, void* context) {
  handle(entry, signal, info, context);
}

using Handler = void (*)(int, siginfo_t*, void*);
constexpr Handler kEntries[] = {enter<0>, enter<1>, enter<2>, enter<3>, enter<4>, enter<5>, enter<6>, enter<7>};
static_assert(std::size(kEntries) == kMostEntries);

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 &&
         std::find(std::begin(kEntries), std::end(kEntries), action.sa_sigaction) != std::end(kEntries);
}

bool are_same(const struct sigaction& a, const struct sigaction& b) noexcept {
  const bool is_function = a.sa_handler != SIG_DFL && a.sa_handler != SIG_IGN;
  return a.sa_handler == b.sa_handler && (!is_function || a.sa_flags == b.sa_flags);
}

/// returns  the entry to install in front of `action`; kMostEntries if there is none left for it
int entry_for(const struct sigaction& action) noexcept {
  const int count = known.load(std::memory_order_relaxed);
  for (int entry = 0; entry < count; ++entry) {
    if (!are_same(previous[entry].action, action)) continue;
    previous[entry].is_spent = false;
    return entry;
  }
  if (count == kMostEntries) return action.sa_handler == SIG_IGN ? kDefaultEntry : kMostEntries;
  previous[count].action = action;
  known.store(count + 1, std::memory_order_release);  // sync: action known
  return count;
}

struct sigaction ours(int entry, const struct sigaction& before) noexcept {
  struct sigaction action {};
  action.sa_sigaction = kEntries[entry];
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | (before.sa_flags & SA_RESTART);
  // No handler that might leave by longjmp() shall interrupt ours. The signals of faults can't wait.
  (void)::sigfillset(&action.sa_mask);
  for (const int fault : {SIGBUS, SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) {
    (void)::sigdelset(&action.sa_mask, fault);
  }
  return action;
}

}  // namespace

Result<void> catch_lost_pages(FaultResolver with) noexcept {
  resolver = with;
  struct sigaction current {};
  if (::sigaction(SIGBUS, nullptr, &current) != 0) return system_error("sigaction");
  while (!is_ours(current)) {
    const int entry = entry_for(current);
    // Ours has been in front of seven others already, so by now it is them who put theirs in front of ours, time and
    // again. Who does that, as another copy of this library, chains.
    if (entry == kMostEntries) return {};
    const struct sigaction action = ours(entry, current);
    struct sigaction replaced {};
    if (::sigaction(SIGBUS, &action, &replaced) != 0) return system_error("sigaction");
    if (are_same(replaced, current)) return {};
    current = replaced;  // another thread has installed something in between
  }
  return {};
}

std::uint64_t this_thread() noexcept { return ::pthread_self(); }
int this_process() noexcept { return ::getpid(); }

void wait_a_little(int waits_before) noexcept {
  constexpr int kYields = 64;
  if (waits_before < kYields) {
    (void)::sched_yield();
  } else {
    sleep_a_millisecond();  // a thread of higher priority never yields to the one it waits for
  }
}

}  // namespace shm::os
