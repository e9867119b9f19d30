// SPDX-License-Identifier: MIT
#include "call.hpp"

#include <cstring>

namespace shm::binding {

Call::Call(napi_env env, napi_callback_info info) noexcept : env_(env) {
  std::size_t count = kMostArguments;
  napi_get_cb_info(env, info, &count, arguments_, nullptr, reinterpret_cast<void**>(&environment_));
}

std::uint64_t Call::integer(std::size_t index) noexcept {
  double value = -1;
  constexpr double kLargest = 9007199254740992;
  if (napi_get_value_double(env_, arguments_[index], &value) == napi_ok && value >= 0 && value <= kLargest) {
    return static_cast<std::uint64_t>(value);
  }
  refuse("a number from 0 to 2^53");
  return 0;
}

bool Call::boolean(std::size_t index) noexcept {
  bool value = false;
  if (napi_get_value_bool(env_, arguments_[index], &value) != napi_ok) refuse("a boolean");
  return value;
}

SystemVKey Call::key(std::size_t index) noexcept {
  const std::uint64_t value = integer(index);
  if (value > UINT32_MAX) refuse("a key below 2^32");
  return {static_cast<std::uint32_t>(value)};
}

SegmentName Call::name(std::size_t index) noexcept {
  char text[SegmentName::kMaxBytes + 8];  // a longer one arrives cut, yet still too long to be valid
  std::size_t length = 0;
  if (napi_get_value_string_utf8(env_, arguments_[index], text, sizeof text, &length) == napi_ok) {
    const Result<SegmentName> parsed = SegmentName::parse({text, length});
    if (parsed) return *parsed;
    refuse(parsed.error().operation);
  } else {
    refuse("a string");
  }
  return *SegmentName::parse("-");
}

std::string_view Call::text(std::size_t index, char* into, std::size_t room) noexcept {
  std::size_t length = 0;
  if (napi_get_value_string_utf8(env_, arguments_[index], into, room, &length) != napi_ok) refuse("a string");
  return {into, length};
}

bool Call::path(std::size_t index, char* into, std::size_t room) noexcept {
  std::size_t length = 0;
  const bool is_text = napi_get_value_string_utf8(env_, arguments_[index], into, room, &length) == napi_ok;
  if (!is_text || length == 0 || length + 8 > room || std::memchr(into, '\0', length) != nullptr) {
    refuse("a path of 1 to 4000 bytes without a null byte");
    return false;
  }
  return true;
}

std::span<std::byte> Call::bytes(std::size_t index) noexcept {
  napi_typedarray_type type = napi_uint8_array;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, arguments_[index], &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == napi_uint8_array) {
    return {static_cast<std::byte*>(data), length};
  }
  refuse("a Uint8Array");
  return {};
}

std::span<std::uint32_t> Call::words(std::size_t index) noexcept {
  napi_typedarray_type type = napi_uint8_array;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, arguments_[index], &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == napi_int32_array) {
    return {static_cast<std::uint32_t*>(data), length};
  }
  refuse("an Int32Array");
  return {};
}

Deadline Call::deadline(std::size_t index) noexcept {
  double milliseconds = 0;
  if (napi_get_value_double(env_, arguments_[index], &milliseconds) != napi_ok) refuse("a number of milliseconds");
  return Deadline::in_milliseconds(milliseconds);
}

napi_value Call::function(std::size_t index) noexcept {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env_, arguments_[index], &type) != napi_ok || type != napi_function) refuse("a function");
  return arguments_[index];
}

bool Call::is_string(std::size_t index) noexcept {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env_, arguments_[index], &type) == napi_ok && type == napi_string;
}

bool Call::is_given(std::size_t index) noexcept {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env_, arguments_[index], &type) == napi_ok && type != napi_undefined;
}

napi_value Call::number(double value) const noexcept {
  napi_value result = nullptr;
  napi_create_double(env_, value, &result);
  return result;
}

napi_value Call::truth(bool value) const noexcept {
  napi_value result = nullptr;
  napi_get_boolean(env_, value, &result);
  return result;
}

napi_value Call::null() const noexcept {
  napi_value value = nullptr;
  napi_get_null(env_, &value);
  return value;
}

napi_value Call::text(std::string_view value) const noexcept {
  napi_value result = nullptr;
  napi_create_string_utf8(env_, value.data(), value.size(), &result);
  return result;
}

napi_value Call::object() const noexcept {
  napi_value result = nullptr;
  napi_create_object(env_, &result);
  return result;
}

void Call::set(napi_value object, const char* name, double value) const noexcept { set(object, name, number(value)); }

void Call::set(napi_value object, const char* name, napi_value value) const noexcept {
  napi_set_named_property(env_, object, name, value);
}

napi_value Call::fail(const Error& error) const noexcept {
  environment_->failure = error;
  return nullptr;
}

void Call::refuse(const char* rule) noexcept {
  if (ok()) error_ = invalid_argument(rule);
}

}  // namespace shm::binding
