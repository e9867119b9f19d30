// SPDX-License-Identifier: MIT
// Waiting for a word of shared memory, across processes. What it promises for every system: a wait may end at any time
// without a reason; a wake-up meets whoever sleeps on the same word of the same memory, through whatever mapping.
#pragma once

#include <cstdint>
#include <span>

namespace shm::os {

/// returns  nanoseconds of a clock that only goes forward
std::uint64_t monotonic_now() noexcept;

enum class Wake : std::uint8_t {
  woken,    ///< or the word had changed already, or a signal came: look again
  expired,  ///< the time is over
  failed,   ///< the word can't be waited on: its page has vanished
};

/// Sleeps while `word` has the value, at most so many nanoseconds. A read-only mapping will do; a private one won't.
Wake wait_word(const std::uint32_t& word, std::uint32_t value, std::uint64_t nanoseconds) noexcept;

constexpr std::uint32_t kWakeAll = 0x7fffffff;
/// returns  how many were asleep and are not any more
std::uint32_t wake_word(const std::uint32_t& word, std::uint32_t count) noexcept;

struct WaitedWord {
  const std::uint32_t* word = nullptr;
  std::uint32_t value = 0;
};
constexpr std::size_t kMostWords = 127;

/// Sleeps while all words have their values; `bell` is a word of this process. Of more than kMostWords, and before
/// Linux 5.16, it sleeps on the bell alone, at most a few milliseconds.
Wake wait_any(const std::uint32_t& bell, std::uint32_t value, std::span<const WaitedWord> words,
              std::uint64_t nanoseconds) noexcept;
/// Wakes a wait_any() of this process.
void ring(const std::uint32_t& bell) noexcept;

void pause() noexcept;  ///< tells the processor that this is a spinning loop

}  // namespace shm::os
