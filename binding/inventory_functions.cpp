// SPDX-License-Identifier: MIT
#include <shm/inventory.hpp>
#include <shm/segment.hpp>
#include <shm/totals.hpp>

#include "alias.hpp"
#include "call.hpp"
#include "functions.hpp"
#include "status_object.hpp"

namespace shm::binding {
namespace {

napi_value unlink(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Result<void> unlinked;
  if (call.is_string(0)) {
    const SegmentName name = call.name(0);
    if (call.ok()) unlinked = Segment::unlink(name);
  } else {
    const SystemVKey key = call.key(0);
    if (call.ok()) unlinked = Segment::unlink(key);
  }
  if (!call.ok()) return call.fail();
  return unlinked ? call.truth(true) : call.fail(unlinked.error());
}

napi_value status_at(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const bool is_name = call.is_string(0);
  const SegmentName name = is_name ? call.name(0) : *SegmentName::parse("-");
  const SystemVKey key = is_name ? SystemVKey{} : call.key(0);
  if (!call.ok()) return call.fail();
  const Result<SegmentStatus> status = is_name ? Segment::status(name) : Segment::status(key);
  return status ? status_object(call, *status) : call.fail(status.error());
}

napi_value segments(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t count = 0;
  const auto add = [&](const ListedSegment& segment) {
    napi_value object = status_object(call, segment.status);
    call.set(object, "name", call.text(segment.name));
    call.set(object, "key", segment.key);
    napi_set_element(env, list, count++, object);
  };
  const Result<void> listed = for_each_segment(add);
  return listed ? list : call.fail(listed.error());
}

// arguments  the two parts of an object's identity, or none for all shared memory
napi_value holders(napi_env env, napi_callback_info info) {
  Call call(env, info);
  napi_value list = nullptr;
  napi_create_array(env, &list);
  std::uint32_t count = 0;
  const auto add = [&](const Holder& holder) {
    napi_value object = call.object();
    call.set(object, "pid", holder.pid);
    call.set(object, "space", static_cast<double>(holder.id.space));
    call.set(object, "number", static_cast<double>(holder.id.number));
    napi_set_element(env, list, count++, object);
  };
  const Result<HoldersSeen> seen =
      call.is_given(0) ? for_each_holder(ObjectId{call.integer(0), call.integer(1)}, add) : for_each_holder(add);
  if (!seen) return call.fail(seen.error());
  napi_value result = call.object();
  call.set(result, "areAllKnown", call.truth(seen->complete));
  call.set(result, "holders", list);
  return result;
}

// The rule for names, for calls that would not get as far as using one.
napi_value check_name(napi_env env, napi_callback_info info) {
  Call call(env, info);
  (void)call.name(0);
  return call.ok() ? call.truth(true) : call.fail();
}

napi_value close_all(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.number(call.environment().close_all());
}

napi_value mapped_bytes(napi_env env, napi_callback_info info) {
  return Call(env, info).number(static_cast<double>(totals().mapped));
}

napi_value created_bytes(napi_env env, napi_callback_info info) {
  return Call(env, info).number(static_cast<double>(totals().created));
}

// arguments  whether ArrayBuffers have transfer(), and whether memory counts as released only when nobody has it
napi_value expect_transfers(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const bool are_there = call.boolean(0);
  const bool are_precise = call.boolean(1);
  call.environment().transfers = !are_there ? Transfers::none : are_precise ? Transfers::precise : Transfers::imprecise;
  return nullptr;
}

napi_value has_shared_buffers(napi_env env, napi_callback_info info) {
  return Call(env, info).truth(has_external_shared_buffer());
}

// returns  [number of the Errc, errno, operation] of the last call that answered undefined
napi_value failure(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const Error& error = call.environment().failure;
  napi_value result = nullptr;
  napi_create_array_with_length(env, 3, &result);
  napi_set_element(env, result, 0, call.number(static_cast<double>(error.code)));
  napi_set_element(env, result, 1, call.number(error.os_error));
  napi_set_element(env, result, 2, call.text(error.operation));
  return result;
}

constexpr Function kFunctions[] = {
    {"unlink", unlink},
    {"statusAt", status_at},
    {"segments", segments},
    {"holders", holders},
    {"checkName", check_name},
    {"closeAll", close_all},
    {"mappedBytes", mapped_bytes},
    {"createdBytes", created_bytes},
    {"expectTransfers", expect_transfers},
    {"hasSharedBuffers", has_shared_buffers},
    {"failure", failure},
};

}  // namespace

std::span<const Function> inventory_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
