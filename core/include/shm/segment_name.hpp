// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <shm/result.hpp>
#include <string_view>

namespace shm {

/// The validated name of a POSIX segment: a slash and 1..254 bytes, none of them a slash or NUL, and neither "/." nor
/// "/..". A missing leading slash is added, as shm_open() does on Linux.
/// threads  a value; copies are independent
class SegmentName {
 public:
  static constexpr std::size_t kMaxBytes = 254;  ///< after the slash

  /// errors   invalid_argument with the broken rule
  static Result<SegmentName> parse(std::string_view name) noexcept;

  [[nodiscard]] const char* c_str() const noexcept { return text_; }  ///< with the leading slash
  [[nodiscard]] std::string_view view() const noexcept { return {text_, length_}; }

 private:
  SegmentName() = default;

  char text_[1 + kMaxBytes + 1] = {};
  std::size_t length_ = 0;
};

}  // namespace shm
