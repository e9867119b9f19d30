// SPDX-License-Identifier: MIT
// The objects of managed segments that are waited for. First argument of each: the handle of the object.
#include <cerrno>
#include <shm/layout/directory_entry.hpp>
#include <shm/managed_segment.hpp>
#include <utility>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

using layout::ObjectKind;
using Sync = OpenObject::Sync;

constexpr Flag kKinds[] = {
    {"mutex", static_cast<std::uint32_t>(ObjectKind::mutex)},
    {"rwLock", static_cast<std::uint32_t>(ObjectKind::rw_lock)},
    {"semaphore", static_cast<std::uint32_t>(ObjectKind::semaphore)},
    {"leasedSemaphore", static_cast<std::uint32_t>(ObjectKind::leased_semaphore)},
    {"event", static_cast<std::uint32_t>(ObjectKind::event)},
    {"condition", static_cast<std::uint32_t>(ObjectKind::condition)},
    {"barrier", static_cast<std::uint32_t>(ObjectKind::barrier)},
    {"ring", static_cast<std::uint32_t>(ObjectKind::spsc_ring)},
    {"queue", static_cast<std::uint32_t>(ObjectKind::mpmc_ring)},
    {"topic", static_cast<std::uint32_t>(ObjectKind::broadcast_ring)},
    {"register", static_cast<std::uint32_t>(ObjectKind::value_register)},
};

napi_value fail(const Call& call, const Error& error) noexcept {
  if (error.code != Errc::corrupt) return call.fail(error);
  return call.fail({Errc::corrupt, 0, "a word has a value that nobody writes"});
}

napi_value answer(const Call& call, const Result<void>& result) noexcept {
  return result ? call.truth(true) : fail(call, result.error());
}

/// What lib/waiting.ts takes for the end of an operation.
napi_value settled(const Call& call, Outcome outcome, std::uint32_t detail = 0) noexcept {
  return call.number(static_cast<double>(outcome) + 4.0 * detail);
}

template <class Handle>
Result<Sync> any(Result<Handle> handle) noexcept {
  return handle ? Result<Sync>(Sync(*std::move(handle))) : Result<Sync>(handle.error());
}

/// `first` and `second` are what the functions of ManagedSegment take besides the name.
Result<Sync> find_or_make(ManagedSegment& segment, ObjectKind kind, std::string_view name, std::uint32_t first,
                          std::uint32_t second) noexcept {
  switch (kind) {
    case ObjectKind::mutex:
      return any(segment.mutex(name));
    case ObjectKind::rw_lock:
      return any(segment.rw_lock(name));
    case ObjectKind::semaphore:
      return any(segment.semaphore(name, first, second));
    case ObjectKind::leased_semaphore:
      return any(segment.leased_semaphore(name, first));
    case ObjectKind::event:
      return any(segment.event(name, first == 0 ? Reset::manual : Reset::automatic));
    case ObjectKind::condition:
      return any(segment.condition(name));
    case ObjectKind::barrier:
      return any(segment.barrier(name, first));
    case ObjectKind::spsc_ring:
      return any(segment.ring(name, first));
    case ObjectKind::mpmc_ring:
      return any(segment.queue(name, first));
    case ObjectKind::broadcast_ring:
      return any(segment.topic(name, first));
    case ObjectKind::value_register:
      return any(segment.value_register(name, first));
    default:
      return kOtherKind;
  }
}

// arguments  handle of the segment, kind, name, two parameters
// returns    the handle of the object, the same one for the same object
napi_value find_object(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenManaged* record = call.managed(0);
  const auto kind = static_cast<ObjectKind>(call.integer(1));
  char name[layout::kLongestObjectName + 8];
  const std::string_view text = call.text(2, name, sizeof name);
  const auto first = static_cast<std::uint32_t>(call.integer(3));
  const auto second = static_cast<std::uint32_t>(call.integer(4));
  if (!call.ok()) return call.fail();
  if (record == nullptr) return call.fail(kClosed);
  const Result<Sync> sync = find_or_make(record->segment, kind, text, first, second);
  if (!sync) return call.fail(sync.error());
  const Result<ManagedObject> place = record->segment.find(text);
  if (!place) return call.fail(place.error());
  const OpenObject* object = call.environment().managed.object(*record, place->offset, *sync);
  if (object == nullptr) return call.fail({Errc::system, ENOMEM, "malloc"});
  return call.number(static_cast<double>(object->handle));
}

// returns  where its body is in the ArrayBuffer of its segment
napi_value object_offset(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenObject* object = call.managed_object(0);
  return object == nullptr ? call.fail(kClosed) : call.number(static_cast<double>(object->offset));
}

/// The writers of a register or a topic, not what they write.
constexpr std::uint64_t kForWriters = std::uint64_t{1} << 32U;

/// What an object is waited for. `manner` is 1 for the readers of a RwLock, what a condition has prepared, the bytes
/// that are to be free in a ring or 0 for a message in it, one more than those that are to be sent to a queue, the
/// version of a register or the position in a topic that is known or kForWriters.
Operation operation_of(const OpenObject& object, std::uint64_t manner) noexcept {
  const auto number = static_cast<std::uint32_t>(manner);
  if (const auto* lock = std::get_if<Mutex>(&object.sync)) return lock->lock_operation();
  if (const auto* lock = std::get_if<RwLock>(&object.sync)) {
    return manner == 0 ? lock->lock_operation() : lock->lock_shared_operation();
  }
  if (const auto* semaphore = std::get_if<Semaphore>(&object.sync)) return semaphore->acquire_operation();
  if (const auto* semaphore = std::get_if<LeasedSemaphore>(&object.sync)) return semaphore->acquire_operation();
  if (const auto* event = std::get_if<Event>(&object.sync)) return event->wait_operation();
  if (const auto* condition = std::get_if<Condition>(&object.sync)) return condition->sleep_operation(number);
  if (const auto* barrier = std::get_if<Barrier>(&object.sync)) return barrier->wait_operation();
  if (const auto* ring = std::get_if<Ring>(&object.sync)) return ring->room_operation(number);
  if (const auto* queue = std::get_if<Queue>(&object.sync)) {
    return number == 0 ? queue->message_operation() : queue->room_operation(number - 1);
  }
  if (const auto* topic = std::get_if<Topic>(&object.sync)) {
    return manner == kForWriters ? topic->writer().lock_operation() : topic->news_operation(number);
  }
  if (const auto* value = std::get_if<Register>(&object.sync)) {
    return manner == kForWriters ? value->writer().lock_operation() : value->changed_operation(number);
  }
  return {};
}

// arguments  handle, manner, milliseconds, id
napi_value start_object(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenObject* object = call.managed_object(0);
  const std::uint64_t manner = call.integer(1);
  const Deadline deadline = call.deadline(2);
  const std::uint64_t id = call.integer(3);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  return call.environment().waits->start(call, operation_of(*object, manner), deadline, id);
}

// arguments  handle, manner, milliseconds
napi_value begin_object(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenObject* object = call.managed_object(0);
  const std::uint64_t manner = call.integer(1);
  const Deadline deadline = call.deadline(2);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  return call.environment().waits->begin(call, operation_of(*object, manner), deadline);
}

napi_value tried(const Call& call, const Result<Outcome>& outcome) noexcept {
  return outcome ? settled(call, *outcome) : fail(call, outcome.error());
}

// arguments  handle, manner
napi_value try_object(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool shared = call.integer(1) != 0;
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  if (auto* lock = std::get_if<Mutex>(&object->sync)) return tried(call, lock->try_lock());
  if (auto* lock = std::get_if<RwLock>(&object->sync)) {
    return tried(call, shared ? lock->try_lock_shared() : lock->try_lock());
  }
  if (auto* semaphore = std::get_if<Semaphore>(&object->sync)) return tried(call, semaphore->try_acquire());
  if (auto* event = std::get_if<Event>(&object->sync)) return tried(call, event->try_wait());
  if (auto* semaphore = std::get_if<LeasedSemaphore>(&object->sync)) {
    const Result<Lease> lease = semaphore->try_acquire();
    return lease ? settled(call, lease->outcome, lease->permit) : fail(call, lease.error());
  }
  return call.fail(kOtherKind);
}

// arguments  handle, whether its holder does not know how far it has got
napi_value unlock(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool leaves_suspect = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  if (auto* lock = std::get_if<Mutex>(&object->sync)) {
    return answer(call, leaves_suspect ? lock->unlock_suspect() : lock->unlock());
  }
  if (auto* lock = std::get_if<RwLock>(&object->sync)) {
    return answer(call, leaves_suspect ? lock->unlock_suspect() : lock->unlock());
  }
  return call.fail(kOtherKind);
}

napi_value unlock_shared(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  auto* lock = std::get_if<RwLock>(&object->sync);
  return lock != nullptr ? answer(call, lock->unlock_shared()) : call.fail(kOtherKind);
}

napi_value make_consistent(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  if (auto* lock = std::get_if<Mutex>(&object->sync)) return answer(call, lock->make_consistent());
  if (auto* lock = std::get_if<RwLock>(&object->sync)) return answer(call, lock->make_consistent());
  return call.fail(kOtherKind);
}

// arguments  handle, and how many permits; or which one, of a leased semaphore
napi_value release_permits(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const auto number = static_cast<std::uint32_t>(call.integer(1));
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  const Waits::Turn turn(call.environment());
  if (auto* semaphore = std::get_if<Semaphore>(&object->sync)) return answer(call, semaphore->release(number));
  if (auto* semaphore = std::get_if<LeasedSemaphore>(&object->sync)) return answer(call, semaphore->release(number));
  return call.fail(kOtherKind);
}

// arguments  handle, whether it shall be set
napi_value set_event(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const bool is_set = call.boolean(1);
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* event = std::get_if<Event>(&object->sync);
  if (event == nullptr) return call.fail(kOtherKind);
  is_set ? event->set() : event->reset();
  return call.truth(true);
}

// To be called with the mutex held. What it answers is the manner of the wait.
napi_value prepare_condition(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  if (object == nullptr) return call.fail(kClosed);
  auto* condition = std::get_if<Condition>(&object->sync);
  return condition != nullptr ? call.number(condition->prepare()) : call.fail(kOtherKind);
}

// arguments  handle, how many
napi_value notify_condition(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenObject* object = call.managed_object(0);
  const auto count = static_cast<std::uint32_t>(call.integer(1));
  if (!call.ok()) return call.fail();
  if (object == nullptr) return call.fail(kClosed);
  auto* condition = std::get_if<Condition>(&object->sync);
  if (condition == nullptr) return call.fail(kOtherKind);
  condition->notify(count);
  return call.truth(true);
}

// returns  free permits; 1 for an event that is set
napi_value object_value(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenObject* object = call.managed_object(0);
  if (object == nullptr) return call.fail(kClosed);
  if (const auto* semaphore = std::get_if<Semaphore>(&object->sync)) return call.number(semaphore->value());
  if (const auto* semaphore = std::get_if<LeasedSemaphore>(&object->sync)) return call.number(semaphore->value());
  if (const auto* event = std::get_if<Event>(&object->sync)) return call.number(event->is_set() ? 1 : 0);
  return call.fail(kOtherKind);
}

constexpr Function kFunctions[] = {
    {"findObject", find_object},
    {"objectOffset", object_offset},
    {"startObject", start_object},
    {"beginObject", begin_object},
    {"tryObject", try_object},
    {"unlock", unlock},
    {"unlockShared", unlock_shared},
    {"makeConsistent", make_consistent},
    {"releasePermits", release_permits},
    {"setEvent", set_event},
    {"prepareCondition", prepare_condition},
    {"notifyCondition", notify_condition},
    {"objectValue", object_value},
};

}  // namespace

std::span<const Function> sync_functions() noexcept { return kFunctions; }
std::span<const Flag> object_kinds() noexcept { return kKinds; }

}  // namespace shm::binding
