// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "../os.hpp"

#ifdef __GLIBC__
// The names of libpthread from before glibc 2.34, so that one binary runs on older ones too.
#if defined(__x86_64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.17");
#endif
#endif

#ifndef MADV_POPULATE_WRITE  // Linux 5.14; the numbers are part of the kernel's ABI
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

namespace shm::os {
namespace {

// Below, the few faults cost less than one more system call, and a mapping that nobody touches is cheaper to end.
constexpr std::uint64_t kWorthACall = std::uint64_t{1} << 20;
// Clearing pages is what takes the time, and one core can't use all of the memory's bandwidth.
constexpr std::uint64_t kWorthAThread = std::uint64_t{32} << 20;
constexpr int kMostThreads = 4;

struct Piece {
  std::byte* base;
  std::uint64_t size;
  int advice;
};

void* populate_piece(void* argument) {
  const auto* piece = static_cast<const Piece*>(argument);
  while (::madvise(piece->base, piece->size, piece->advice) != 0 && errno == EINTR) {
  }
  return nullptr;
}

int usable_cpus() noexcept {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return CPU_COUNT(&cpus);
}

}  // namespace

void populate(std::byte* base, std::uint64_t size, Access access) noexcept {
  if (size < kWorthACall) return;
  const int advice = access == Access::read_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  const auto wanted = static_cast<int>(std::min<std::uint64_t>(size / kWorthAThread, kMostThreads));
  const int count = wanted > 1 ? std::clamp(usable_cpus(), 1, wanted) : 1;

  const std::uint64_t share = (size / static_cast<unsigned>(count) + kHugePage - 1) / kHugePage * kHugePage;
  Piece pieces[kMostThreads];
  for (int i = 0; i < count; ++i) {
    const std::uint64_t begin = std::min(size, share * static_cast<unsigned>(i));
    pieces[i] = {base + begin, std::min(share, size - begin), advice};
  }

  // The application's signal handlers must not run on these threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t threads[kMostThreads];
  bool started[kMostThreads] = {};
  for (int i = 1; i < count; ++i) started[i] = ::pthread_create(&threads[i], nullptr, populate_piece, &pieces[i]) == 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);

  populate_piece(&pieces[0]);
  for (int i = 1; i < count; ++i) {
    if (started[i]) {
      ::pthread_join(threads[i], nullptr);
    } else {
      populate_piece(&pieces[i]);
    }
  }
}

}  // namespace shm::os
