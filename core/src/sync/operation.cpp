// SPDX-License-Identifier: MIT
#include <algorithm>
#include <shm/sync/operation.hpp>

#include "../os/os.hpp"
#include "../os/wait.hpp"

namespace shm {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

/// A sleep and its wake-up cost tens of microseconds: who is about to come is worth a few of them.
constexpr int kSpins = 400;

}  // namespace

Step Operation::advance(Effort effort) noexcept {
  return advance_ == nullptr ? Step::failed(Errc::closed) : advance_(state_, effort);
}

Step Operation::give_up() noexcept { return give_up_ == nullptr ? Step::failed(Errc::closed) : give_up_(state_); }

std::uint64_t Slices::next() noexcept {
  const std::uint64_t length = std::min<std::uint64_t>(std::uint64_t{1} << std::min(count_, 6U), 40) * kMillisecond;
  ++count_;
  // Those who sleep for the same thing don't wake up together: +- 25 %.
  const std::uint64_t noise = (os::monotonic_now() >> 4U) * 0x9E3779B97F4A7C15U >> 40U;
  return length - length / 4 + noise % (length / 2);
}

Step Waiting::attempt() noexcept {
  if (!has_spun_) {
    has_spun_ = true;
    last_ = operation_.advance(Effort::glance);
    const bool is_worth_it = last_.is_wait() && os::has_several_processors();
    for (int i = 0; is_worth_it && i < kSpins && last_.is_wait(); ++i) {
      os::pause();
      last_ = operation_.advance(Effort::glance);
    }
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
