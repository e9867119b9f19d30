// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <shm/segment.hpp>
#include <shm/segment_name.hpp>

#include "environment.hpp"

namespace shm::binding {

/// One call from JavaScript: its arguments, and the ways to answer. An argument of a wrong type makes ok() false; the
/// caller then returns fail(), as for any other failure.
/// threads  the environment's own
class Call {
 public:
  Call(napi_env env, napi_callback_info info) noexcept;

  [[nodiscard]] bool ok() const noexcept { return error_.operation == nullptr; }
  [[nodiscard]] Environment& environment() const noexcept { return *environment_; }
  [[nodiscard]] napi_env env() const noexcept { return env_; }

  std::uint64_t integer(std::size_t index) noexcept;  ///< 0 .. 2^53
  bool boolean(std::size_t index) noexcept;
  SystemVKey key(std::size_t index) noexcept;
  SegmentName name(std::size_t index) noexcept;  ///< the name "/-" when it is not valid
  bool is_string(std::size_t index) noexcept;

  [[nodiscard]] napi_value number(double value) const noexcept;
  [[nodiscard]] napi_value truth(bool value) const noexcept;

  /// undefined; Environment::failure says why
  napi_value fail(const Error& error) const noexcept;
  napi_value fail() const noexcept { return fail(error_); }

 private:
  static constexpr std::size_t kMostArguments = 5;

  void refuse(const char* rule) noexcept;

  napi_env env_;
  Environment* environment_ = nullptr;
  napi_value arguments_[kMostArguments] = {};
  Error error_{Errc::invalid_argument, 0, nullptr};
};

}  // namespace shm::binding
