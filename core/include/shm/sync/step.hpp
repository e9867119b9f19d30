// SPDX-License-Identifier: MIT
// A blocking operation is a small state machine that somebody else advances: a loop of a thread, a call of JavaScript
// for each slice, one thread that waits for many.
#pragma once

#include <cstdint>
#include <shm/error.hpp>

namespace shm {

enum class Outcome : std::uint8_t {
  acquired,    ///< what was waited for has come
  owner_died,  ///< acquired; and an owner has died holding it, or nobody has repaired since one did
  timed_out,   ///< the deadline has passed
};

/// How much an attempt does.
enum class Effort : std::uint8_t {
  glance,    ///< tries, and leaves no mark
  probe,     ///< and finds out whether who is in the way is dead
  announce,  ///< tries, and says in shared memory that somebody is about to sleep
  suspect,   ///< both: before the first sleep, and after each that nobody ended
};

constexpr bool looks_for_the_dead(Effort effort) noexcept {
  return effort == Effort::probe || effort == Effort::suspect;
}
constexpr bool is_announced(Effort effort) noexcept { return effort == Effort::announce || effort == Effort::suspect; }

/// What an attempt has come to.
struct Step {
  enum class Kind : std::uint8_t {
    done,
    wait,    ///< sleep while `*word == value`, at most a slice, and try again
    failed,  ///< for good; nothing is held
  };

  Kind kind = Kind::failed;
  Outcome outcome = Outcome::acquired;  ///< done
  Errc error = Errc::corrupt;           ///< failed
  std::uint32_t detail = 0;             ///< done: what the operation says it is
  const std::uint32_t* word = nullptr;  ///< wait
  std::uint32_t value = 0;              ///< wait

  static constexpr Step done(Outcome outcome, std::uint32_t detail = 0) noexcept {
    return {.kind = Kind::done, .outcome = outcome, .detail = detail};
  }
  static constexpr Step wait(const std::uint32_t& word, std::uint32_t value) noexcept {
    return {.kind = Kind::wait, .word = &word, .value = value};
  }
  static constexpr Step failed(Errc error) noexcept { return {.kind = Kind::failed, .error = error}; }

  [[nodiscard]] constexpr bool is_done() const noexcept { return kind == Kind::done; }
  [[nodiscard]] constexpr bool is_wait() const noexcept { return kind == Kind::wait; }
};

}  // namespace shm
