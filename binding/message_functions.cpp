// SPDX-License-Identifier: MIT
// The messages of managed segments, as far as JavaScript does not move them itself. First argument of each: the handle
// of the object.
#include <cerrno>
#include <cstring>
#include <shm/managed_segment.hpp>
#include <span>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

napi_value answer(const Call& call, const Result<void>& done) noexcept {
  return done ? call.truth(true) : call.fail(done.error());
}
napi_value tried(const Call& call, const Result<Outcome>& outcome) noexcept {
  return outcome ? call.truth(*outcome != Outcome::timed_out) : call.fail(outcome.error());
}

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
    return answer(call, is_consumer ? ring.take_consumer() : ring.take_producer());
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
napi_value publish(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const std::span<const std::byte> bytes = call.bytes(1);
  const bool is_locked = call.boolean(2);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  if (auto* value = std::get_if<Register>(&object->sync); value != nullptr && bytes.size() <= value->size()) {
    return is_locked ? answer(call, value->write_locked(bytes)) : tried(call, value->try_write(bytes));
  }
  if (auto* topic = std::get_if<Topic>(&object->sync); topic != nullptr && bytes.size() <= topic->longest_message()) {
    return is_locked ? answer(call, topic->publish_locked(bytes)) : tried(call, topic->try_publish(bytes));
  }
  return call.fail(kOtherKind);
}

// arguments  handle, Uint8Array
// returns    false: there is no room
napi_value send_to_queue(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const std::span<const std::byte> bytes = call.bytes(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* queue = std::get_if<Queue>(&object->sync);
  if (queue == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  return tried(call, queue->try_send(bytes));
}

/// returns  null if there is no memory for it
napi_value copy_of(napi_env env, std::span<const std::byte> bytes) noexcept {
  void* memory = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &memory, &buffer) != napi_ok) return nullptr;
  if (!bytes.empty()) std::memcpy(memory, bytes.data(), bytes.size());
  napi_value array = nullptr;
  return napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &array) == napi_ok ? array : nullptr;
}

// Without a lease it is leased for the time of the copy: whoever dies in it has not had it.
// arguments  handle, whether the lease stays
// returns    null: there is none
napi_value receive_from_queue(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool stays = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* queue = std::get_if<Queue>(&object->sync);
  if (queue == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  const auto lease = queue->try_lease();
  if (!lease) return call.fail(lease.error());
  if (!*lease) return call.null();
  napi_value bytes = copy_of(env, (*lease)->bytes);
  if (bytes == nullptr) {
    (void)queue->give_back(**lease);
    return call.fail({Errc::system, ENOMEM, "malloc"});
  }
  if (!stays) (void)queue->done(**lease);
  napi_value message = call.object();
  call.set(message, "bytes", bytes);
  call.set(message, "position", static_cast<double>((*lease)->position));
  call.set(message, "redelivered", call.truth((*lease)->is_redelivered));
  return message;
}

// arguments  handle, position, whether it is done; or somebody gets it again
napi_value end_lease(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const Queue::Lease lease{{}, static_cast<std::uint32_t>(call.integer(1)), false};
  const bool is_done = call.boolean(2);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* queue = std::get_if<Queue>(&object->sync);
  if (queue == nullptr) return call.fail(kOtherKind);
  const Waits::Turn turn(call.environment());
  return answer(call, is_done ? queue->done(lease) : queue->give_back(lease));
}

constexpr Function kFunctions[] = {
    {"takeRole", take_role}, {"leaveRole", leave_role},      {"notifyOtherSide", notify_other_side},
    {"publish", publish},    {"sendToQueue", send_to_queue}, {"receiveFromQueue", receive_from_queue},
    {"endLease", end_lease},
};

}  // namespace

std::span<const Function> message_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
