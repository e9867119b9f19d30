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
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1
#endif

namespace shm::os {
namespace {

// Below, the few faults cost less than one more system call, and a mapping that nobody touches is cheaper to end.
constexpr std::uint64_t kWorthACall = std::uint64_t{1} << 20;
// Clearing pages is what takes the time, and one core can't use all of the memory's bandwidth.
constexpr std::uint64_t kWorthAThread = std::uint64_t{32} << 20;
constexpr int kMostThreads = 4;

using Work = bool (*)(std::byte* base, std::uint64_t size, int advice) noexcept;

struct Piece {
  Work work;
  std::byte* base;
  std::uint64_t size;
  int advice;
  bool is_done;
};

void* do_piece(void* argument) {
  auto* piece = static_cast<Piece*>(argument);
  piece->is_done = piece->work(piece->base, piece->size, piece->advice);
  return nullptr;
}

bool advise(std::byte* base, std::uint64_t size, int advice) noexcept {
  // EAGAIN: of MADV_COLLAPSE, when somebody holds a page for a moment.
  constexpr int kMostAttempts = 100;
  for (int attempt = 0; ::madvise(base, size, advice) != 0; ++attempt) {
    if ((errno != EINTR && errno != EAGAIN) || attempt == kMostAttempts) return false;
  }
  return true;
}

/// Collapsing wants at least one page of each huge one to be there, and fills in the others. Where the file system
/// makes huge pages by itself, the first touch has done it.
bool make_huge(std::byte* base, std::uint64_t size, int /*advice*/) noexcept {
  const std::uint64_t page = page_size();
  for (std::uint64_t offset = 0; offset < size; offset += kHugePage) {
    if (!advise(base + offset, std::min(page, size - offset), MADV_POPULATE_WRITE)) return false;
  }
  return advise(base, size / kHugePage * kHugePage, MADV_COLLAPSE);
}

int usable_cpus() noexcept {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return CPU_COUNT(&cpus);
}

/// returns  whether all of it was done
bool on_several_threads(Work work, std::byte* base, std::uint64_t size, int advice) noexcept {
  const auto wanted = static_cast<int>(std::min<std::uint64_t>(size / kWorthAThread, kMostThreads));
  const int count = wanted > 1 ? std::clamp(usable_cpus(), 1, wanted) : 1;

  const std::uint64_t share = (size / static_cast<unsigned>(count) + kHugePage - 1) / kHugePage * kHugePage;
  Piece pieces[kMostThreads];
  for (int i = 0; i < count; ++i) {
    const std::uint64_t begin = std::min(size, share * static_cast<unsigned>(i));
    pieces[i] = {work, base + begin, std::min(share, size - begin), advice, false};
  }

  // The application's signal handlers must not run on these threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t threads[kMostThreads];
  bool started[kMostThreads] = {};
  for (int i = 1; i < count; ++i) started[i] = ::pthread_create(&threads[i], nullptr, do_piece, &pieces[i]) == 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);

  do_piece(&pieces[0]);
  bool is_done = pieces[0].is_done;
  for (int i = 1; i < count; ++i) {
    if (started[i]) {
      ::pthread_join(threads[i], nullptr);
    } else {
      do_piece(&pieces[i]);
    }
    is_done = is_done && pieces[i].is_done;
  }
  return is_done;
}

}  // namespace

void populate(std::byte* base, std::uint64_t size, Access access) noexcept {
  if (size < kWorthACall) return;
  (void)on_several_threads(advise, base, size, access == Access::read_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
}

bool allocate_huge_pages(std::byte* base, std::uint64_t size) noexcept {
  (void)::madvise(base, size, MADV_HUGEPAGE);  // for file systems that make them when asked
  return on_several_threads(make_huge, base, size, 0);
}

}  // namespace shm::os
