// SPDX-License-Identifier: MIT
// First argument of each: the handle of an open segment.
#include <shm/segment.hpp>

#include "alias.hpp"
#include "attachment.hpp"
#include "call.hpp"
#include "functions.hpp"
#include "status_object.hpp"

namespace shm::binding {
namespace {

constexpr Error kClosed{Errc::closed, 0, "handle"};

napi_value is_open(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return call.truth(call.attachment(0) != nullptr);
}

// returns  bytes of payload; 0 when closed
napi_value size(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  return call.number(attachment == nullptr ? 0 : static_cast<double>(attachment->segment.bytes().size()));
}

napi_value was_created(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  return call.truth(attachment != nullptr && attachment->segment.created());
}

// returns  -1 if there is none
napi_value descriptor(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  return call.number(attachment == nullptr ? -1 : attachment->segment.descriptor());
}

napi_value is_truncated(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  return call.truth(attachment != nullptr && (attachment->segment.is_truncated() || are_truncated(attachment)));
}

napi_value buffer(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.attachment(0);
  return attachment == nullptr ? call.fail(kClosed) : make_buffer(attachment);
}

napi_value shared_buffer(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.attachment(0);
  return attachment == nullptr ? call.fail(kClosed) : make_shared_buffer(attachment);
}

// arguments  handle, Uint8Array over the whole WebAssembly memory
napi_value map_over_memory(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.attachment(0);
  const std::span<std::byte> memory = call.bytes(1);
  if (!call.ok()) return call.fail();
  if (attachment == nullptr) return call.fail(kClosed);
  const Result<void> mapped = map_over(attachment, memory);
  return mapped ? call.truth(true) : call.fail(mapped.error());
}

napi_value flush(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  if (attachment == nullptr) return call.fail(kClosed);
  const Result<void> flushed = attachment->segment.flush();
  return flushed ? call.truth(true) : call.fail(flushed.error());
}

napi_value status(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  if (attachment == nullptr) return call.fail(kClosed);
  const Result<SegmentStatus> status = attachment->segment.status();
  return status ? status_object(call, *status) : call.fail(status.error());
}

// arguments  handle, name or key
napi_value is_at(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.attachment(0);
  if (attachment == nullptr) return call.fail(kClosed);
  const Segment& segment = attachment->segment;
  const Result<bool> same = call.is_string(1) ? segment.is_at(call.name(1)) : segment.is_at(call.key(1));
  if (!call.ok()) return call.fail();
  return same ? call.truth(*same) : call.fail(same.error());
}

// arguments  handle, and whether a System V segment ends when this was its last attachment
// returns    the attachments left; 0 when the segment is destroyed, and where they are not counted
napi_value close(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.attachment(0);
  const bool ends_lifetime = call.boolean(1);
  if (attachment == nullptr) return call.fail(kClosed);
  if (!ends_lifetime) attachment->segment.set_lifetime(Lifetime::persistent);
  const Result<CloseOutcome> outcome = close(attachment);
  return outcome ? call.number(static_cast<double>(outcome->attachments)) : call.fail(outcome.error());
}

// Nobody has the handle any more, but perhaps views.
napi_value drop(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.attachment(0);
  if (attachment != nullptr) drop(attachment);
  return nullptr;
}

constexpr Function kFunctions[] = {
    {"isOpen", is_open},
    {"size", size},
    {"wasCreated", was_created},
    {"descriptor", descriptor},
    {"isTruncated", is_truncated},
    {"buffer", buffer},
    {"sharedBuffer", shared_buffer},
    {"mapOverMemory", map_over_memory},
    {"flush", flush},
    {"status", status},
    {"isAt", is_at},
    {"close", close},
    {"drop", drop},
};

}  // namespace

std::span<const Function> segment_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
