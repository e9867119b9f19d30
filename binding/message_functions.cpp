// SPDX-License-Identifier: MIT
// The messages of managed segments, as far as JavaScript does not move them itself. First argument of each: the handle
// of the object; the second: whether the consumer is meant, not the producer.
#include <shm/managed_segment.hpp>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

constexpr Error kClosed{Errc::closed, 0, "handle"};
constexpr Error kOtherKind = invalid_argument("an object that can do this");

// arguments  handle, consumer
napi_value take_role(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool is_consumer = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* ring = std::get_if<Ring>(&object->sync);
  if (ring == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  const Result<void> taken = is_consumer ? ring->take_consumer() : ring->take_producer();
  return taken ? call.truth(true) : call.fail(taken.error());
}

// arguments  handle, consumer
napi_value leave_role(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool is_consumer = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* ring = std::get_if<Ring>(&object->sync);
  if (ring == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  is_consumer ? ring->leave_consumer() : ring->leave_producer();
  return call.truth(true);
}

// Wakes who waits for what this side has done.
// arguments  handle, consumer
napi_value notify_other_side(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool is_consumer = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* ring = std::get_if<Ring>(&object->sync);
  if (ring == nullptr) return call.fail(kOtherKind);
  is_consumer ? ring->notify_freed() : ring->notify_sent();
  return call.truth(true);
}

constexpr Function kFunctions[] = {
    {"takeRole", take_role},
    {"leaveRole", leave_role},
    {"notifyOtherSide", notify_other_side},
};

}  // namespace

std::span<const Function> message_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
