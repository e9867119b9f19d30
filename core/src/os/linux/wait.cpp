// SPDX-License-Identifier: MIT
#include "../wait.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace shm::os {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLongest = 3600 * kSecond;  // of one wait; its caller looks again
constexpr std::uint64_t kScan = 4'000'000;

timespec to_timespec(std::uint64_t nanoseconds) noexcept {
  return {.tv_sec = static_cast<time_t>(nanoseconds / kSecond), .tv_nsec = static_cast<long>(nanoseconds % kSecond)};
}

Wake from_errno(int error) noexcept {
  switch (error) {
    case ETIMEDOUT:
      return Wake::expired;
    case EAGAIN:
    case EINTR:
      return Wake::woken;
    default:
      return Wake::failed;
  }
}

Wake wait_futex(const std::uint32_t& word, std::uint32_t value, std::uint64_t nanoseconds, int operation) noexcept {
  const timespec timeout = to_timespec(std::min(nanoseconds, kLongest));
  if (::syscall(SYS_futex, &word, operation, value, &timeout, nullptr, 0) == 0) return Wake::woken;
  return from_errno(errno);
}

// struct futex_waitv of Linux 5.16, which older headers don't have.
struct WaitSlot {
  std::uint64_t value;
  std::uint64_t address;
  std::uint32_t flags;
  std::uint32_t reserved;
};
constexpr long kSysFutexWaitv = 449;
constexpr std::uint32_t kWordOf32Bits = 2;

WaitSlot slot_of(const std::uint32_t& word, std::uint32_t value, std::uint32_t flags) noexcept {
  return {value, reinterpret_cast<std::uintptr_t>(&word), kWordOf32Bits | flags, 0};
}

}  // namespace

std::uint64_t monotonic_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

Wake wait_word(const std::uint32_t& word, std::uint32_t value, std::uint64_t nanoseconds) noexcept {
  return wait_futex(word, value, nanoseconds, FUTEX_WAIT);
}

std::uint32_t wake_word(const std::uint32_t& word, std::uint32_t count) noexcept {
  const long woken = ::syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
  return woken < 0 ? 0 : static_cast<std::uint32_t>(woken);
}

Wake wait_any(const std::uint32_t& bell, std::uint32_t value, std::span<const WaitedWord> words,
              std::uint64_t nanoseconds) noexcept {
  if (words.size() <= kMostWords) {
    WaitSlot slots[kMostWords + 1];
    slots[0] = slot_of(bell, value, FUTEX_PRIVATE_FLAG);
    std::size_t count = 1;
    for (const WaitedWord& waited : words) slots[count++] = slot_of(*waited.word, waited.value, 0);
    const timespec until = to_timespec(monotonic_now() + std::min(nanoseconds, kLongest));
    if (::syscall(kSysFutexWaitv, slots, count, 0, &until, CLOCK_MONOTONIC) >= 0) return Wake::woken;
    const Wake wake = from_errno(errno);
    if (wake != Wake::failed) return wake;
  }
  return wait_futex(bell, value, std::min(nanoseconds, kScan), FUTEX_WAIT_PRIVATE);
}

void ring(const std::uint32_t& bell) noexcept {
  ::syscall(SYS_futex, &bell, FUTEX_WAKE_PRIVATE, kWakeAll, nullptr, nullptr, 0);
}

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace shm::os
