// SPDX-License-Identifier: MIT
#include "attachment.hpp"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace shm::binding {
namespace {

void destroy(Attachment* attachment) noexcept {
  attachment->~Attachment();
  std::free(attachment);
}

// Runs when nothing uses the ArrayBuffer any more, or at the end of its environment, and on Deno inside a garbage
// collection: it must not call Node-API, and not touch the environment, which may be gone.
void finalize(napi_env /*env*/, void* /*data*/, void* hint) noexcept {
  auto* attachment = static_cast<Attachment*>(hint);
  attachment->is_finalized = true;
  if (attachment->segment.is_open() && !attachment->is_closing) {
    // The environment is ending and its hook has not come yet to close this. The memory may live on in another thread,
    // in a transferred buffer, so its addresses stay valid. The hook frees the record.
    (void)attachment->segment.close(Leave::zero_pages);
    return;
  }
  if (!attachment->is_closing) destroy(attachment);
}

bool is_transferred(napi_env env, napi_value buffer) noexcept {
  bool detached = true;
  return napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached;
}

Error out_of_memory() noexcept { return {Errc::system, ENOMEM, "malloc"}; }

}  // namespace

napi_value attach(Environment& environment, Segment segment) noexcept {
  napi_env env = environment.env();
  void* memory = std::malloc(sizeof(Attachment));
  if (memory == nullptr) {
    environment.failure = out_of_memory();
    return nullptr;
  }
  auto* attachment = new (memory) Attachment{.segment = std::move(segment)};
  if (!environment.add(attachment)) {
    destroy(attachment);
    environment.failure = out_of_memory();
    return nullptr;
  }
  const auto bytes = attachment->segment.bytes();
  napi_value buffer = nullptr;
  napi_value result = nullptr;
  napi_value handle = nullptr;
  // A failing creation of the buffer has run the finalizer on some versions of Node and not on others.
  attachment->is_closing = true;
  const napi_status created =
      napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), finalize, attachment, &buffer);
  attachment->is_closing = false;
  if (created == napi_ok && napi_create_reference(env, buffer, 1, &attachment->buffer) == napi_ok &&
      napi_create_uint32(env, attachment->handle, &handle) == napi_ok &&
      napi_create_array_with_length(env, 2, &result) == napi_ok && napi_set_element(env, result, 0, handle) == napi_ok &&
      napi_set_element(env, result, 1, buffer) == napi_ok) {
    return result;
  }
  environment.failure = {Errc::unsupported, 0, "napi_create_external_arraybuffer"};
  (void)close(environment, attachment);
  return nullptr;
}

Result<CloseOutcome> close(Environment& environment, Attachment* attachment) noexcept {
  napi_env env = environment.env();
  environment.remove(attachment);
  attachment->is_closing = true;

  // An ArrayBuffer that still has its memory is the only one that has it: transfer() would have taken it away. Then
  // nothing in JavaScript can reach the memory once that buffer is detached, and the addresses can be given back.
  napi_value buffer = nullptr;
  Leave leave = Leave::zero_pages;
  if (attachment->buffer != nullptr) {
    napi_get_reference_value(env, attachment->buffer, &buffer);
    if (buffer != nullptr && !is_transferred(env, buffer) && napi_detach_arraybuffer(env, buffer) == napi_ok) {
      leave = Leave::nothing;
    }
    napi_delete_reference(env, attachment->buffer);
    attachment->buffer = nullptr;
  }
  Result<CloseOutcome> outcome = attachment->segment.close(leave);
  attachment->is_closing = false;
  if (attachment->is_finalized) destroy(attachment);
  return outcome;
}

}  // namespace shm::binding
