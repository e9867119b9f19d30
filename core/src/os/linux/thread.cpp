// SPDX-License-Identifier: MIT
#include "../thread.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include <initializer_list>
#include <new>

#ifdef __GLIBC__
// The names of libpthread from before glibc 2.34, so that one binary runs on older ones too.
#if defined(__x86_64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.2.5");
__asm__(".symver pthread_attr_setstacksize,pthread_attr_setstacksize@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.17");
__asm__(".symver pthread_attr_setstacksize,pthread_attr_setstacksize@GLIBC_2.17");
#endif
#endif

namespace shm::os {
namespace {

// What a thread needs here is a few KiB; the rest is for the thread-local variables of the program, which are on it.
constexpr std::size_t kStack = std::size_t{256} << 10;

}  // namespace

bool Thread::start(Body body, void* argument) noexcept {
  static_assert(sizeof(pthread_t) <= sizeof native_);
  body_ = body;
  argument_ = argument;
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return false;
#ifndef __SANITIZE_ADDRESS__  // which needs more
  (void)::pthread_attr_setstacksize(&attributes, kStack);
#endif
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  for (const int fault : {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) ::sigdelset(&all, fault);  // its own
  ::sigprocmask(SIG_SETMASK, &all, &before);  // inherited by the new thread
  pthread_t thread{};
  is_started_ = ::pthread_create(
                    &thread, &attributes,
                    [](void* self) -> void* {
                      ::prctl(PR_SET_NAME, "shm-waiter");
                      const auto* that = static_cast<const Thread*>(self);
                      that->body_(that->argument_);
                      return nullptr;
                    },
                    this) == 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (is_started_) new (native_) pthread_t(thread);
  return is_started_;
}

void Thread::join() noexcept {
  if (!is_started_) return;
  ::pthread_join(*std::launder(reinterpret_cast<pthread_t*>(native_)), nullptr);
  is_started_ = false;
}

}  // namespace shm::os
