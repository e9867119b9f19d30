// SPDX-License-Identifier: MIT
// The messages of managed segments, as far as JavaScript does not move them itself. First argument of each: the handle
// of the object.
#include <shm/managed_segment.hpp>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

/// Calls `act(call, ring, whether it is for the consumer)`.
template <class Act>
napi_value for_side(napi_env env, napi_callback_info info, Act act) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool is_consumer = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* ring = std::get_if<Ring>(&object->sync);
  if (ring == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  return act(call, *ring, is_consumer);
}

// arguments  handle, consumer
napi_value take_role(napi_env env, napi_callback_info info) {
  return for_side(env, info, [](const Call& call, Ring& ring, bool is_consumer) {
    const Result<void> taken = is_consumer ? ring.take_consumer() : ring.take_producer();
    return taken ? call.truth(true) : call.fail(taken.error());
  });
}

// arguments  handle, consumer
napi_value leave_role(napi_env env, napi_callback_info info) {
  return for_side(env, info, [](const Call& call, Ring& ring, bool is_consumer) {
    is_consumer ? ring.leave_consumer() : ring.leave_producer();
    return call.truth(true);
  });
}

// Wakes who waits for what this side has done.
// arguments  handle, consumer
napi_value notify_other_side(napi_env env, napi_callback_info info) {
  return for_side(env, info, [](const Call& call, Ring& ring, bool is_consumer) {
    is_consumer ? ring.notify_freed() : ring.notify_sent();
    return call.truth(true);
  });
}

// arguments  handle, Uint8Array of no more bytes than it can hold, whether this thread has the lock of the writers
// returns    false: somebody is writing
napi_value write_register(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const std::span<const std::byte> bytes = call.bytes(1);
  const bool is_locked = call.boolean(2);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* value = std::get_if<Register>(&object->sync);
  if (value == nullptr || bytes.size() > value->size()) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  if (is_locked) {
    const Result<void> written = value->write_locked(bytes);
    return written ? call.truth(true) : call.fail(written.error());
  }
  const Result<Outcome> written = value->try_write(bytes);
  return written ? call.truth(*written != Outcome::timed_out) : call.fail(written.error());
}

constexpr Function kFunctions[] = {
    {"takeRole", take_role},
    {"leaveRole", leave_role},
    {"notifyOtherSide", notify_other_side},
    {"writeRegister", write_register},
};

}  // namespace

std::span<const Function> message_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
