// SPDX-License-Identifier: MIT
#include "fault_guard.hpp"

#include <atomic>
#include <cerrno>

#include "os/fault.hpp"
#include "os/os.hpp"

namespace shm::fault_guard {
namespace {

/// For signal handlers: one that holds it is not interrupted by another handler of its thread. It notes the process,
/// because fork() copies a lock that is held, and not the thread that holds it.
class HandlerLock {
 public:
  void lock() noexcept {
    const int self = os::this_process();
    for (int waits = 0;; ++waits) {
      int holder = 0;
      if (holder_.compare_exchange_strong(holder, self)) return;  // sync: handler or removal; sync: lock
      if (is_held(holder, self, waits)) {
        os::wait_a_little(waits);
      } else if (holder_.compare_exchange_strong(holder, self)) {
        return;
      }
    }
  }
  void unlock() noexcept { holder_.store(0, std::memory_order_release); }  // sync: lock

  /// Waits for the holder, if any; not for those who may come after it.
  void wait_for_holder() const noexcept {
    const int self = os::this_process();
    for (int waits = 0;; ++waits) {
      if (!is_held(holder_.load(), self, waits)) return;  // sync: handler or removal; sync: lock
      os::wait_a_little(waits);
    }
  }

 private:
  // Five seconds for a few system calls: the thread is gone, in a process whose number was used before.
  static constexpr int kMostWaits = 5000;
  static bool is_held(int holder, int self, int waits) noexcept { return holder == self && waits < kMostWaits; }

  std::atomic<int> holder_{0};
};

struct Range {
  std::atomic<std::uintptr_t> begin{0};  // 0: not guarded
  std::atomic<std::uintptr_t> end{0};    // whole pages
  HandlerLock lock;                      // whoever replaces a page
  std::atomic<bool> is_taken{false};
  std::atomic<bool> has_faulted{false};
};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free, "a handler can't wait for a lock of the library");

constinit Range ranges[kMostRanges] = {};
constinit std::atomic<int> used{0};  // no slot from here on was ever taken
constinit std::atomic<std::uint64_t> page{0};
constinit std::atomic<std::uint64_t> removals{0};
constinit HandlerLock adding;

// What each thread's last attempt was, more or less: threads may share an entry.
constexpr std::size_t kAttempts = 256;
constinit std::atomic<std::uint64_t> attempts[kAttempts] = {};

std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93;
  return (value ^ value >> 32) * 0xd6e8feb86659fd93;
}

/// Whether the thread has come here about this page for the first time since a range was removed.
bool is_first_attempt(std::uintptr_t address) noexcept {
  const std::uint64_t thread = mix(os::this_thread());
  const std::uint64_t attempt = mix(mix(thread ^ address / page.load(std::memory_order_relaxed)) + removals);
  // Relaxed: the thread looks for what it left itself.
  return attempts[thread % kAttempts].exchange(attempt, std::memory_order_relaxed) != attempt;
}

bool covers(const Range& range, std::uintptr_t address) noexcept {
  const std::uintptr_t begin = range.begin.load();  // sync: range; sync: handler or removal
  return begin != 0 && address >= begin && address < range.end.load(std::memory_order_relaxed);
}

std::byte* pointer(std::uintptr_t address) noexcept {
  return reinterpret_cast<std::byte*>(address);  // NOLINT(performance-no-int-to-ptr): atomics compare and add integers
}

bool replace_page(const Range& range, std::uintptr_t address) noexcept {
  constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;
  const std::uintptr_t begin = range.begin.load(std::memory_order_relaxed);
  const std::uintptr_t end = range.end.load(std::memory_order_relaxed);
  for (const std::uint64_t size : {page.load(std::memory_order_relaxed), kHugePage}) {
    const std::uintptr_t base = address / size * size;
    if (base >= begin && base + size <= end && os::put_zero_pages(pointer(base), size)) return true;
  }
  return os::put_zero_pages(pointer(begin), end - begin);
}

/// The part of the handler that knows the ranges.
bool resolve(std::byte* fault) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(fault);
  bool is_resolved = false;
  // Relaxed: who was given an address of a range learned with it what add() stored.
  const int count = used.load(std::memory_order_relaxed);
  for (int i = 0; i < count; ++i) {
    Range& range = ranges[i];
    if (!covers(range, address)) continue;
    range.lock.lock();
    if (covers(range, address)) {  // locked, it stays what it is
      range.has_faulted.store(true, std::memory_order_relaxed);
      // Another thread may have been here about the same page, and have written to the new one since. A page that can
      // be read and not be written to is lost all the same; that is the second attempt.
      if (!is_resolved) {
        is_resolved = (os::is_readable(fault) && is_first_attempt(address)) || replace_page(range, address);
      }
    }
    range.lock.unlock();
  }
  // The range may have been removed since the access, which finds something else now.
  return is_resolved || is_first_attempt(address);
}

Result<Slot> add_locked(std::uintptr_t begin, std::uintptr_t end) noexcept {
  Slot slot = 0;
  while (slot < kMostRanges && ranges[slot].is_taken.load(std::memory_order_acquire)) ++slot;  // sync: slot
  if (slot == kMostRanges) return Error{Errc::system, ENOMEM, "add"};
  if (const auto caught = os::catch_lost_pages(resolve); !caught) return caught.error();

  Range& range = ranges[slot];
  range.is_taken.store(true, std::memory_order_relaxed);
  range.has_faulted.store(false, std::memory_order_relaxed);
  range.end.store(end, std::memory_order_relaxed);
  range.begin.store(begin, std::memory_order_release);  // sync: range
  if (slot >= used.load(std::memory_order_relaxed)) used.store(slot + 1, std::memory_order_relaxed);
  return slot;
}

}  // namespace

Result<Slot> add(std::byte* base, std::uint64_t size) noexcept {
  if (size == 0) return kNone;
  const std::uint64_t page_size = os::page_size();
  page.store(page_size, std::memory_order_relaxed);
  const auto address = reinterpret_cast<std::uintptr_t>(base);
  const std::uintptr_t begin = address / page_size * page_size;
  const std::uintptr_t end = (address + size + page_size - 1) / page_size * page_size;

  adding.lock();
  const Result<Slot> slot = add_locked(begin, end);
  adding.unlock();
  return slot;
}

void remove(Slot slot) noexcept {
  if (slot == kNone) return;
  Range& range = ranges[slot];
  ++removals;  // before the range is gone: who misses it then has another attempt
  // Sequentially consistent with the lock, as the handler's side is: either the handler that has locked the range finds
  // it gone, or it is waited for here.
  range.begin.store(0);                                    // sync: handler or removal
  range.lock.wait_for_holder();                            // sync: handler or removal
  range.is_taken.store(false, std::memory_order_release);  // sync: slot
}

bool has_faulted(Slot slot) noexcept {
  // Relaxed: between the mark and the first access to the new page lies the kernel's change of the mapping.
  return slot != kNone && ranges[slot].has_faulted.load(std::memory_order_relaxed);
}

}  // namespace shm::fault_guard
