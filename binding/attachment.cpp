// SPDX-License-Identifier: MIT
#include "attachment.hpp"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace shm::binding {
namespace {

bool is_transferred(napi_env env, napi_value buffer) noexcept {
  bool detached = true;
  return napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached;
}

// An ArrayBuffer that still has its memory is the only one that has it: transfer() would have taken it away. Then
// nothing in JavaScript can reach the memory once that buffer is detached, and the addresses can be given back.
Leave end_views(napi_env env, napi_ref reference) noexcept {
  napi_value buffer = nullptr;
  napi_get_reference_value(env, reference, &buffer);
  const bool is_sole_owner =
      buffer != nullptr && !is_transferred(env, buffer) && napi_detach_arraybuffer(env, buffer) == napi_ok;
  napi_delete_reference(env, reference);
  return is_sole_owner ? Leave::nothing : Leave::zero_pages;
}

}  // namespace

napi_value attach(Environment& environment, std::uint64_t handle, Segment segment) noexcept {
  napi_env env = environment.env();
  void* memory = std::malloc(sizeof(Attachment));
  if (memory == nullptr || !environment.add(handle, static_cast<Attachment*>(memory))) {
    std::free(memory);
    environment.failure = {Errc::system, ENOMEM, "malloc"};
    return nullptr;
  }
  auto* attachment = new (memory) Attachment{.segment = std::move(segment)};
  const auto bytes = attachment->segment.bytes();
  napi_value buffer = nullptr;
  // No finalizer: close() ends the mapping, at the latest when the environment ends.
  if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), nullptr, nullptr, &buffer) == napi_ok &&
      napi_create_reference(env, buffer, 1, &attachment->buffer) == napi_ok) {
    return buffer;
  }
  environment.failure = {Errc::unsupported, 0, "napi_create_external_arraybuffer"};
  (void)close(environment, handle);
  return nullptr;
}

Result<CloseOutcome> close(Environment& environment, std::uint64_t handle) noexcept {
  Attachment* attachment = environment.find(handle);
  if (attachment == nullptr) return Error{Errc::closed, 0, "close"};
  environment.remove(handle);
  const Leave leave =
      attachment->buffer == nullptr ? Leave::nothing : end_views(environment.env(), attachment->buffer);
  Result<CloseOutcome> outcome = attachment->segment.close(leave);
  attachment->~Attachment();
  std::free(attachment);
  return outcome;
}

}  // namespace shm::binding
