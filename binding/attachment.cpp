// SPDX-License-Identifier: MIT
// When the addresses of a mapping may go (docs/decisions/0004-end-of-a-mapping.md). close() detaches the ArrayBuffer,
// so that its views have length 0, and puts private zero pages in the place of the shared ones. Somebody may use the
// addresses all the same: a call that is under way, such as fill() with an argument whose valueOf() closes the segment,
// or native code on another thread, such as crypto.randomFill(); each of them keeps the ArrayBuffer object alive. Or an
// ArrayBuffer that the memory was transferred to, perhaps in another thread; it keeps the memory from being released.
// So the addresses are given back when the object is collected and the memory released.
#include "attachment.hpp"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "alias.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

void destroy(Attachment* attachment) noexcept {
  // What another ArrayBuffer may still use is never given back: addresses, no memory.
  if (attachment->may_be_reachable) (void)attachment->segment.take_addresses();
  attachment->~Attachment();
  std::free(attachment);
}

/// At the end of an environment Node.js says of all memory that it is released, also of memory that was transferred to
/// another thread; then no call into JavaScript works any more.
bool is_ending(napi_env env) noexcept {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return true;
  napi_value object = nullptr;
  bool has = false;
  const bool works =
      napi_create_object(env, &object) == napi_ok && napi_has_named_property(env, object, "x", &has) == napi_ok;
  napi_close_handle_scope(env, scope);
  return !works;
}

bool may_have_been_transferred(napi_env env, const Attachment* attachment) noexcept {
  if (attachment->environment == nullptr) return attachment->may_be_reachable;
  switch (attachment->environment->transfers) {
    case Transfers::none:
    case Transfers::precise:
      return false;
    case Transfers::imprecise:
      return is_ending(env);
  }
  return true;
}

void on_memory_released(napi_env env, void* /*bytes*/, void* hint) noexcept {
  auto* attachment = static_cast<Attachment*>(hint);
  attachment->has_memory = false;
  if (!attachment->is_revoked) attachment->may_be_reachable = may_have_been_transferred(env, attachment);
  settle(attachment);
}

// Deno releases memory on any thread, also of its garbage collection, so that this leaves no more than a note.
void note_memory_released(napi_env /*env*/, void* /*bytes*/, void* hint) noexcept {
  auto* attachment = static_cast<Attachment*>(hint);
  attachment->is_memory_released.store(true, std::memory_order_release);  // sync: memory released
}

// Calls no Node-API: Deno runs this inside a garbage collection.
void on_object_collected(napi_env /*env*/, void* data, void* /*hint*/) noexcept {
  auto* attachment = static_cast<Attachment*>(data);
  attachment->has_object = false;
  settle(attachment);
}

void detach_buffer(Attachment* attachment) noexcept {
  if (attachment->buffer == nullptr) return;
  napi_env env = attachment->environment->env();
  napi_value buffer = nullptr;
  bool is_detached = true;
  if (napi_get_reference_value(env, attachment->buffer, &buffer) == napi_ok && buffer != nullptr &&
      napi_is_detached_arraybuffer(env, buffer, &is_detached) == napi_ok && !is_detached) {
    attachment->is_revoked = true;  // before: some runtimes call back from within
    attachment->is_revoked = napi_detach_arraybuffer(env, buffer) == napi_ok;
  }
  napi_delete_reference(env, std::exchange(attachment->buffer, nullptr));
}

}  // namespace

void settle(Attachment* attachment) noexcept {
  if (attachment->is_memory_released.load(std::memory_order_acquire)) attachment->has_memory = false;  // sync: memory
  if (attachment->has_object || attachment->has_memory) return;                                        // released
  if (attachment->is_dropped) (void)attachment->segment.close(Leave::zero_pages);
  if (attachment->segment.is_open()) return;
  if (Environment* environment = attachment->environment; environment != nullptr) {
    environment->forget(attachment);
    if (!attachment->may_be_reachable) environment->retired.add(attachment->segment);
  }
  destroy(attachment);
}

Attachment* attach(Environment& environment, Segment segment) noexcept {
  environment.settle_now_and_then();
  const Lifetime lifetime = segment.lifetime();
  segment.set_lifetime(Lifetime::persistent);  // until all has succeeded: a failure destroys nothing
  if (void* memory = std::malloc(sizeof(Attachment)); memory != nullptr) {
    auto* attachment = new (memory) Attachment{.segment = std::move(segment)};
    if (environment.add(attachment)) {
      attachment->segment.set_lifetime(lifetime);
      return attachment;
    }
    destroy(attachment);
  }
  environment.failure = {Errc::system, ENOMEM, "malloc"};
  return nullptr;
}

napi_value make_buffer(Attachment* attachment) noexcept {
  Environment& environment = *attachment->environment;
  napi_env env = environment.env();
  napi_value buffer = nullptr;
  if (attachment->has_memory) {  // asked for again, because the caller failed to take it the first time
    if (attachment->buffer != nullptr && napi_get_reference_value(env, attachment->buffer, &buffer) == napi_ok &&
        buffer != nullptr) {
      return buffer;
    }
    environment.failure = unsupported("a second ArrayBuffer over the same addresses");
    return nullptr;
  }
  const auto bytes = attachment->segment.bytes();
  // The record is kept whatever fails here: some runtimes have called back by then, others will.
  attachment->has_memory = true;
  napi_finalize on_release = environment.transfers == Transfers::precise ? note_memory_released : on_memory_released;
  if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), on_release, attachment, &buffer) == napi_ok &&
      napi_create_reference(env, buffer, 0, &attachment->buffer) == napi_ok) {
    attachment->has_object = true;
    if (napi_add_finalizer(env, buffer, attachment, on_object_collected, nullptr, nullptr) == napi_ok) return buffer;
    detach_buffer(attachment);
  }
  environment.failure = unsupported("napi_create_external_arraybuffer");
  return nullptr;
}

Result<CloseOutcome> close(Attachment* attachment) noexcept {
  attachment->environment->retire(attachment);
  attachment->environment->waits->drop_within(attachment->segment.bytes());
  detach_buffer(attachment);
  close_aliases(attachment);
  const Leave leave = attachment->has_object || attachment->has_memory ? Leave::zero_pages : Leave::nothing;
  const Result<CloseOutcome> outcome = attachment->segment.close(leave);
  settle(attachment);
  return outcome;
}

void drop(Attachment* attachment) noexcept {
  attachment->environment->retire(attachment);
  attachment->segment.set_lifetime(Lifetime::persistent);
  release_aliases(attachment);
  if (attachment->buffer != nullptr) {
    napi_delete_reference(attachment->environment->env(), std::exchange(attachment->buffer, nullptr));
  }
  attachment->is_dropped = true;
  settle(attachment);
}

void end(Attachment* attachment) noexcept {
  Environment& environment = *attachment->environment;
  // Makes no handle, hence doesn't detach: Deno ends an environment outside of every handle scope. No JavaScript of
  // this environment runs any more.
  if (attachment->buffer != nullptr) {
    napi_delete_reference(environment.env(), std::exchange(attachment->buffer, nullptr));
  }
  release_aliases(attachment);
  if (attachment->segment.is_open()) (void)attachment->segment.close(Leave::zero_pages);
  if (attachment->is_memory_released.load(std::memory_order_acquire)) attachment->has_memory = false;  // sync: memory
  const bool may_be_elsewhere = attachment->has_memory && !attachment->is_revoked;
  if (may_be_elsewhere && environment.transfers == Transfers::imprecise) attachment->may_be_reachable = true;
  const bool will_be_told = may_be_elsewhere && environment.transfers == Transfers::precise;
  if (!attachment->may_be_reachable && !will_be_told) environment.retired.add(attachment->segment);
  attachment->environment = nullptr;
  settle(attachment);
}

}  // namespace shm::binding
