// SPDX-License-Identifier: MIT
// When the addresses of a mapping may go (docs/decisions/0004-end-of-a-mapping.md). close() detaches the ArrayBuffer,
// so that its views have length 0, and puts private zero pages in the place of the shared ones. Somebody may use the
// addresses all the same: a call that is under way, such as fill() with an argument whose valueOf() closes the segment,
// or native code on another thread, such as crypto.randomFill(). Each of them keeps the ArrayBuffer object alive, so
// the addresses are given back when that object is collected. An ArrayBuffer that the memory was transferred to does
// not: then they are never given back.
#include "attachment.hpp"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace shm::binding {
namespace {

Attachment* create(Segment segment) noexcept {
  void* memory = std::malloc(sizeof(Attachment));
  return memory == nullptr ? nullptr : new (memory) Attachment{.segment = std::move(segment)};
}

void destroy(Attachment* attachment) noexcept {
  attachment->~Attachment();
  std::free(attachment);
}

// The ArrayBuffer object is gone. Calls no Node-API: Deno runs this inside a garbage collection.
void finalize(napi_env /*env*/, void* data, void* /*hint*/) noexcept {
  auto* attachment = static_cast<Attachment*>(data);
  if (attachment->environment != nullptr) {
    attachment->environment->forget(attachment);
    if (!attachment->is_transferred) attachment->environment->retired.add(attachment->segment);
  }
  destroy(attachment);
}

bool is_detached(napi_env env, napi_value buffer) noexcept {
  bool detached = true;
  return buffer == nullptr || napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached;
}

Result<CloseOutcome> end_mapping(Environment& environment, Attachment* attachment) noexcept {
  napi_env env = environment.env();
  napi_value buffer = nullptr;
  napi_get_reference_value(env, attachment->buffer, &buffer);
  napi_delete_reference(env, std::exchange(attachment->buffer, nullptr));
  if (!is_detached(env, buffer)) {
    napi_detach_arraybuffer(env, buffer);
  } else {
    attachment->is_transferred = environment.has_transfer;
  }
  return attachment->segment.close(Leave::zero_pages);
}

}  // namespace

napi_value attach(Environment& environment, Segment segment) noexcept {
  napi_env env = environment.env();
  const Lifetime lifetime = segment.lifetime();
  segment.set_lifetime(Lifetime::persistent);  // until all has succeeded: a failure destroys nothing
  Attachment* attachment = create(std::move(segment));
  if (attachment == nullptr || !environment.add(attachment)) {
    environment.failure = {Errc::system, ENOMEM, "malloc"};
    if (attachment != nullptr) destroy(attachment);
    return nullptr;
  }
  const auto bytes = attachment->segment.bytes();
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), nullptr, nullptr, &buffer) == napi_ok &&
      napi_create_reference(env, buffer, 1, &attachment->buffer) == napi_ok) {
    if (napi_add_finalizer(env, buffer, attachment, finalize, nullptr, nullptr) == napi_ok) {
      attachment->segment.set_lifetime(lifetime);
      return buffer;
    }
    (void)end_mapping(environment, attachment);
  }
  environment.failure = {Errc::unsupported, 0, "napi_create_external_arraybuffer"};
  environment.retire(attachment);
  environment.forget(attachment);
  destroy(attachment);
  return nullptr;
}

Result<CloseOutcome> close(Environment& environment, Attachment* attachment) noexcept {
  environment.retire(attachment);
  return end_mapping(environment, attachment);
}

void end(Environment& environment, Attachment* attachment) noexcept {
  // Makes no handle, hence doesn't look at the ArrayBuffer: Deno ends an environment outside of every handle scope, and
  // Node has detached all external ArrayBuffers by now, so that each of them looks transferred.
  if (attachment->segment.is_open()) {
    napi_delete_reference(environment.env(), attachment->buffer);
    attachment->is_transferred = environment.has_transfer;
    (void)attachment->segment.close(Leave::zero_pages);
  }
  // No call and no native code of this environment is under way any more.
  if (!attachment->is_transferred) environment.retired.add(attachment->segment);
  attachment->environment = nullptr;  // the finalizer frees the record
}

}  // namespace shm::binding
