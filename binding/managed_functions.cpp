// SPDX-License-Identifier: MIT
// Managed segments: what opens them, and what is asked of an open one by its handle.
#include <cerrno>
#include <shm/layout/directory_entry.hpp>
#include <shm/layout/participant_slot.hpp>
#include <shm/layout/segment_header.hpp>
#include <shm/managed_segment.hpp>
#include <utility>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

constexpr std::uint32_t kPersistent = 1U << 0;
constexpr std::uint32_t kTrustGroup = 1U << 1;
constexpr std::uint32_t kTrustAnyone = 1U << 2;
constexpr std::uint32_t kIsWorker = 1U << 3;

constexpr Flag kFlags[] = {
    {"persistent", kPersistent},
    {"trustGroup", kTrustGroup},
    {"trustAnyone", kTrustAnyone},
    {"isWorker", kIsWorker},
};

constexpr Error kClosed{Errc::closed, 0, "handle"};

// returns    bytes before the objects
// arguments  participants, objects
napi_value overhead(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const std::uint64_t participants = call.integer(0);
  const std::uint64_t objects = call.integer(1);
  if (!call.ok()) return call.fail();
  return call.number(static_cast<double>(sizeof(layout::SegmentHeader) +
                                         participants * sizeof(layout::ParticipantSlot) +
                                         objects * sizeof(layout::DirectoryEntry)));
}

// arguments  name, size, mode, participants, objects, flags
ManagedOptions options_of(Call& call) noexcept {
  const std::uint64_t size = call.integer(1);
  const std::uint64_t mode = call.integer(2);
  const std::uint64_t participants = call.integer(3);
  const std::uint64_t objects = call.integer(4);
  const std::uint64_t flags = call.integer(5);
  const auto has = [flags](std::uint32_t bit) { return (flags & bit) != 0; };
  return {.size = size,
          .mode = static_cast<std::uint32_t>(mode),
          .participants = static_cast<std::uint32_t>(participants),
          .objects = static_cast<std::uint32_t>(objects),
          .lifetime = has(kPersistent) ? Lifetime::persistent : Lifetime::until_last_close,
          .trust = has(kTrustAnyone)  ? Trust::anyone
                   : has(kTrustGroup) ? Trust::group
                                      : Trust::self,
          .participant = {.flags = layout::kIsJavaScript | (has(kIsWorker) ? layout::kIsWorker : 0)}};
}

// returns  the handle
template <Result<ManagedSegment> (*Open)(const SegmentName&, const ManagedOptions&) noexcept>
napi_value open(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SegmentName name = call.name(0);
  const ManagedOptions options = options_of(call);
  if (!call.ok()) return call.fail();
  Result<ManagedSegment> segment = Open(name, options);
  if (!segment) return call.fail(segment.error());
  const OpenManaged* record = call.environment().managed.add(*std::move(segment));
  if (record == nullptr) return call.fail({Errc::system, ENOMEM, "malloc"});
  return call.number(static_cast<double>(record->handle));
}

napi_value unlink(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SegmentName name = call.name(0);
  if (!call.ok()) return call.fail();
  const Result<void> unlinked = ManagedSegment::unlink(name);
  return unlinked ? call.truth(true) : call.fail(unlinked.error());
}

// returns  { size, created, token }
napi_value facts(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenManaged* record = call.managed(0);
  if (record == nullptr) return call.fail(kClosed);
  ManagedSegment& segment = record->segment;
  napi_value facts = call.object();
  call.set(facts, "size", static_cast<double>(segment.bytes().size()));
  call.set(facts, "created", call.truth(segment.created()));
  call.set(facts, "token", segment.participant().token());
  return facts;
}

// arguments  handle, name
// returns    whether the name still means this segment
napi_value is_at(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenManaged* record = call.managed(0);
  const SegmentName name = call.name(1);
  if (!call.ok()) return call.fail();
  if (record == nullptr) return call.truth(false);
  const Result<SegmentStatus> status = Segment::status(name);
  return call.truth(status && status->id == record->segment.id());
}

// returns  [{ name, kind, size, params }]
napi_value objects(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const OpenManaged* record = call.managed(0);
  if (record == nullptr) return call.fail(kClosed);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t count = 0;
  const auto add = [&](const ListedObject& listed) {
    napi_value object = call.object();
    call.set(object, "name", call.text(listed.name));
    call.set(object, "kind", static_cast<double>(listed.spec.kind));
    call.set(object, "size", static_cast<double>(listed.spec.body_size));
    call.set(object, "param", listed.spec.params[0]);
    napi_set_element(env, list, count++, object);
  };
  const Result<void> listed = record->segment.for_each_object(add);
  return listed ? list : call.fail(listed.error());
}

// returns  [{ pid, tid, startTime, uid, alive, self }]; the time in clock ticks since the system's start, 0: unknown
napi_value participants(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenManaged* record = call.managed(0);
  if (record == nullptr) return call.fail(kClosed);
  const Token own = record->segment.participant().token();
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t count = 0;
  const auto add = [&](const ListedParticipant& listed) {
    napi_value object = call.object();
    call.set(object, "pid", listed.process.pid);
    call.set(object, "tid", listed.tid);
    call.set(object, "startTime", static_cast<double>(listed.process.start_time));
    call.set(object, "uid", listed.uid);
    call.set(object, "alive", call.truth(listed.is_live));
    call.set(object, "self", call.truth(listed.token == own));
    napi_set_element(env, list, count++, object);
  };
  const Result<void> listed = record->segment.for_each_participant(add);
  return listed ? list : call.fail(listed.error());
}

// The ArrayBuffer over the whole segment, the same one each time. It is for the library's own code alone, which knows
// when it is closed: closing gives the addresses back at once.
napi_value buffer(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenManaged* record = call.managed(0);
  if (record == nullptr) return call.fail(kClosed);
  napi_value buffer = nullptr;
  if (record->buffer != nullptr && napi_get_reference_value(env, record->buffer, &buffer) == napi_ok &&
      buffer != nullptr) {
    return buffer;
  }
  const auto bytes = record->segment.bytes();
  const auto on_release = [](napi_env, void*, void*) {};
  if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), on_release, nullptr, &buffer) == napi_ok &&
      napi_create_reference(env, buffer, 1, &record->buffer) == napi_ok) {
    return buffer;
  }
  return call.fail(unsupported("napi_create_external_arraybuffer"));
}

// returns  whether the name went with it
napi_value close(napi_env env, napi_callback_info info) {
  Call call(env, info);
  OpenManaged* record = call.managed(0);
  if (record == nullptr) return call.fail(kClosed);
  napi_value buffer = nullptr;
  if (record->buffer != nullptr) {
    if (napi_get_reference_value(env, record->buffer, &buffer) == napi_ok && buffer != nullptr) {
      napi_detach_arraybuffer(env, buffer);
    }
    napi_delete_reference(env, std::exchange(record->buffer, nullptr));
  }
  call.environment().waits->drop_within(record->segment.bytes());
  const Result<CloseOutcome> outcome = call.environment().managed.close(record);
  return outcome ? call.truth(outcome->destroyed) : call.fail(outcome.error());
}

constexpr Function kFunctions[] = {
    {"createManaged", open<ManagedSegment::create>},
    {"openManaged", open<ManagedSegment::open>},
    {"openOrCreateManaged", open<ManagedSegment::open_or_create>},
    {"managedOverhead", overhead},
    {"unlinkManaged", unlink},
    {"managedFacts", facts},
    {"isManagedAt", is_at},
    {"managedObjects", objects},
    {"managedParticipants", participants},
    {"managedBuffer", buffer},
    {"closeManaged", close},
};

}  // namespace

std::span<const Function> managed_functions() noexcept { return kFunctions; }
std::span<const Flag> managed_flags() noexcept { return kFlags; }

}  // namespace shm::binding
