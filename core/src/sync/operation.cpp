// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <shm/sync/operation.hpp>

#include "../os/os.hpp"
#include "../os/wait.hpp"

namespace shm {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

/// A sleep and its wake-up cost some ten microseconds: who is about to come is worth as much.
constexpr std::uint64_t kLongestSpin = 12'000;
constexpr int kGlances = 8;  // from one look at the clock to the next

/// Where who is waited for runs on the same processor, or is asleep too, spinning never helps. This process notices:
/// after some spins in vain, one after the other, most waits don't spin.
constexpr std::uint32_t kMostInVain = 8;
constexpr std::uint32_t kSeldom = 64;
std::atomic<std::uint32_t> spins_in_vain = 0;

bool is_spinning_worth_it() noexcept {
  const std::uint32_t count = spins_in_vain.load(std::memory_order_relaxed);
  if (count < kMostInVain) return true;
  spins_in_vain.store(count + 1, std::memory_order_relaxed);  // a lost update does no harm
  return count % kSeldom == 0;
}

/// returns  the last attempt
Step spin(Operation& operation) noexcept {
  const std::uint64_t end = os::monotonic_now() + kLongestSpin;
  Step last;
  do {
    for (int i = 0; i < kGlances; ++i) {
      os::pause();
      last = operation.advance(Effort::glance);
      if (last.is_wait()) continue;
      spins_in_vain.store(0, std::memory_order_relaxed);
      return last;
    }
  } while (os::monotonic_now() < end);
  const std::uint32_t count = spins_in_vain.load(std::memory_order_relaxed);
  if (count < kMostInVain) spins_in_vain.store(count + 1, std::memory_order_relaxed);
  return last;
}

}  // namespace

Step Operation::advance(Effort effort) noexcept {
  return advance_ == nullptr ? Step::failed(Errc::closed) : advance_(state_, effort);
}

Step Operation::give_up() noexcept { return give_up_ == nullptr ? Step::failed(Errc::closed) : give_up_(state_); }

std::uint64_t Slices::next() noexcept {
  // The first is longer than the kernel's tick: a timer that comes before it has to be set in the processor for every
  // sleep, which costs more than the sleep itself, above all in a virtual machine.
  const std::uint64_t length = std::min<std::uint64_t>(std::uint64_t{8} << std::min(count_, 3U), 40) * kMillisecond;
  ++count_;
  // Those who sleep for the same thing don't wake up together: +- 25 %.
  const std::uint64_t noise = (os::monotonic_now() >> 4U) * 0x9E3779B97F4A7C15U >> 40U;
  return length - length / 4 + noise % (length / 2);
}

Step Waiting::attempt() noexcept {
  if (!has_spun_) {
    has_spun_ = true;
    last_ = operation_.advance(Effort::glance);
    if (last_.is_wait() && !deadline_.is_past() && is_spinning_worth_it()) last_ = spin(operation_);
    if (!last_.is_wait()) return last_;
  }
  last_ = operation_.advance(effort_);
  if (last_.is_wait() && !has_given_up_ && deadline_.is_past()) {
    has_given_up_ = true;
    last_ = operation_.give_up();
  }
  return last_;
}

void Waiting::sleep() noexcept {
  if (!last_.is_wait()) return;
  std::uint64_t length = slices_.next();
  if (!has_given_up_) length = std::min(length, deadline_.remaining());
  const os::Wake wake = os::wait_word(*last_.word, last_.value, length);
  if (wake == os::Wake::failed) os::sleep_a_millisecond();  // its page has vanished: not a reason to spin
  effort_ = wake == os::Wake::woken ? Effort::announce : Effort::suspect;
}

Step wait_for(const Operation& operation, Deadline deadline) noexcept {
  Waiting waiting(operation, deadline);
  for (;;) {
    const Step step = waiting.attempt();
    if (!step.is_wait()) return step;
    waiting.sleep();
  }
}

}  // namespace shm
