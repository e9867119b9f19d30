// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// A point of monotonic time, up to which an operation may wait.
/// threads  any
class Deadline {
 public:
  static constexpr Deadline never() noexcept { return Deadline(kNever); }
  static constexpr Deadline now() noexcept { return Deadline(0); }  ///< past already: try, don't wait
  /// Negative and NaN: now(); beyond 292 years: never().
  static Deadline in_milliseconds(double milliseconds) noexcept;

  [[nodiscard]] constexpr bool is_never() const noexcept { return at_ == kNever; }
  [[nodiscard]] bool is_past() const noexcept { return remaining() == 0; }
  /// returns  nanoseconds; 0 when it is past
  [[nodiscard]] std::uint64_t remaining() const noexcept;

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  explicit constexpr Deadline(std::uint64_t at) noexcept : at_(at) {}

  std::uint64_t at_;  ///< nanoseconds of CLOCK_MONOTONIC
};

}  // namespace shm
