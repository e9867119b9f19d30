// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <shm/deadline.hpp>
#include <shm/segment.hpp>
#include <shm/segment_name.hpp>
#include <span>
#include <string_view>

#include "environment.hpp"

namespace shm::binding {

constexpr Error kClosed{Errc::closed, 0, "handle"};
constexpr Error kOtherKind = invalid_argument("an object that can do this");

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
  /// shape    `room` bytes, the terminating zero included
  std::string_view text(std::size_t index, char* into, std::size_t room) noexcept;
  bool path(std::size_t index, char* into, std::size_t room) noexcept;
  std::span<std::byte> bytes(std::size_t index) noexcept;      ///< of a Uint8Array, also over shared memory
  std::span<std::uint32_t> words(std::size_t index) noexcept;  ///< of an Int32Array, also over shared memory
  Deadline deadline(std::size_t index) noexcept;               ///< so many milliseconds from now; Infinity: never
  napi_value function(std::size_t index) noexcept;
  /// The open segment that an argument is the handle of; null if there is none.
  [[nodiscard]] Attachment* attachment(std::size_t index) noexcept { return environment_->find(integer(index)); }
  /// The open managed segment, or the object of one, that an argument is the handle of; null if there is none.
  [[nodiscard]] OpenManaged* managed(std::size_t index) noexcept { return environment_->managed.find(integer(index)); }
  [[nodiscard]] OpenObject* managed_object(std::size_t index) noexcept {
    return environment_->managed.find_object(integer(index));
  }
  bool is_string(std::size_t index) noexcept;
  bool is_given(std::size_t index) noexcept;  ///< not undefined

  [[nodiscard]] napi_value number(double value) const noexcept;
  [[nodiscard]] napi_value truth(bool value) const noexcept;
  [[nodiscard]] napi_value null() const noexcept;
  [[nodiscard]] napi_value text(std::string_view value) const noexcept;
  [[nodiscard]] napi_value object() const noexcept;
  void set(napi_value object, const char* name, double value) const noexcept;
  void set(napi_value object, const char* name, napi_value value) const noexcept;

  /// undefined; Environment::failure says why
  napi_value fail(const Error& error) const noexcept;
  napi_value fail() const noexcept { return fail(error_); }

 private:
  static constexpr std::size_t kMostArguments = 6;

  void refuse(const char* rule) noexcept;

  napi_env env_;
  Environment* environment_ = nullptr;
  napi_value arguments_[kMostArguments] = {};
  Error error_{Errc::invalid_argument, 0, nullptr};
};

}  // namespace shm::binding
