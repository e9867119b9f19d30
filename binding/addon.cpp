// SPDX-License-Identifier: MIT
// The functions that lib/native.ts declares. A call that fails answers undefined, and failure() says why.
#include <node_api.h>

#include <shm/segment.hpp>
#include <shm/totals.hpp>
#include <utility>

#include "attachment.hpp"
#include "call.hpp"
#include "environment.hpp"

namespace shm::binding {
namespace {

napi_value create_posix(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SegmentName name = call.name(0);
  const PosixOptions options{.size = call.integer(1),
                             .mode = static_cast<std::uint32_t>(call.integer(2)),
                             .exact_mode = call.boolean(3),
                             .populate = true,
                             .layout = Layout::compat};
  if (!call.ok()) return call.fail();
  Result<Segment> segment = Segment::create(name, options);
  if (!segment) return call.fail(segment.error());
  napi_value buffer = attach(call.environment(), *std::move(segment));
  if (buffer == nullptr) (void)Segment::unlink(name);
  return buffer;
}

napi_value create_system_v(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SystemVKey key = call.key(0);
  const SystemVOptions options{.size = call.integer(1),
                               .mode = static_cast<std::uint32_t>(call.integer(2)),
                               .lifetime = Lifetime::until_last_close};
  if (!call.ok()) return call.fail();
  Result<Segment> segment = Segment::create(key, options);
  if (!segment) return call.fail(segment.error());
  napi_value buffer = attach(call.environment(), *std::move(segment));
  if (buffer == nullptr) (void)Segment::unlink(key);
  return buffer;
}

napi_value attach_opened(Call& call, Result<Segment> segment, std::uint64_t largest) {
  if (!segment) return call.fail(segment.error());
  if (segment->bytes().size() > largest) {
    segment->set_lifetime(Lifetime::persistent);
    return call.fail({Errc::unsupported, 0, "a segment of this size"});
  }
  return attach(call.environment(), *std::move(segment));
}

napi_value open_posix(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SegmentName name = call.name(0);
  const std::uint64_t largest = call.integer(1);
  if (!call.ok()) return call.fail();
  return attach_opened(call, Segment::open(name, Layout::compat), largest);
}

napi_value open_system_v(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const SystemVKey key = call.key(0);
  const std::uint64_t largest = call.integer(1);
  if (!call.ok()) return call.fail();
  return attach_opened(call, Segment::open(key, Lifetime::until_last_close), largest);
}

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

// The rule for names, for calls that would not get as far as using one.
napi_value check_name(napi_env env, napi_callback_info info) {
  Call call(env, info);
  (void)call.name(0);
  return call.ok() ? call.truth(true) : call.fail();
}

napi_value is_open(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return call.truth(call.environment().find(call.integer(0)) != nullptr);
}

napi_value is_at(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Attachment* attachment = call.environment().find(call.integer(0));
  if (attachment == nullptr) return call.fail({Errc::closed, 0, "is_at"});
  const Segment& segment = attachment->segment;
  const Result<bool> same = call.is_string(1) ? segment.is_at(call.name(1)) : segment.is_at(call.key(1));
  if (!call.ok()) return call.fail();
  return same ? call.truth(*same) : call.fail(same.error());
}

// arguments  handle, and whether a System V segment ends when this was its last attachment
// returns    the attachments left; 0 when the segment is destroyed, and where they are not counted
napi_value close(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Attachment* attachment = call.environment().find(call.integer(0));
  const bool ends_lifetime = call.boolean(1);
  if (attachment == nullptr) return call.fail({Errc::closed, 0, "close"});
  if (!ends_lifetime) attachment->segment.set_lifetime(Lifetime::persistent);
  const Result<CloseOutcome> outcome = close(call.environment(), attachment);
  return outcome ? call.number(static_cast<double>(outcome->attachments)) : call.fail(outcome.error());
}

napi_value close_all(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.number(call.environment().close_all());
}

napi_value last_handle(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.number(static_cast<double>(call.environment().last_handle));
}

napi_value mapped_bytes(napi_env env, napi_callback_info info) {
  return Call(env, info).number(static_cast<double>(totals().mapped));
}

napi_value created_bytes(napi_env env, napi_callback_info info) {
  return Call(env, info).number(static_cast<double>(totals().created));
}

// Whether the ArrayBuffers of this environment have transfer().
napi_value expect_transfers(napi_env env, napi_callback_info info) {
  Call call(env, info);
  call.environment().has_transfer = call.boolean(0);
  return nullptr;
}

// returns  [number of the Errc, errno, operation] of the last call that answered undefined
napi_value failure(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const Error& error = call.environment().failure;
  napi_value result = nullptr;
  napi_value operation = nullptr;
  napi_create_array_with_length(env, 3, &result);
  napi_create_string_utf8(env, error.operation, NAPI_AUTO_LENGTH, &operation);
  napi_set_element(env, result, 0, call.number(static_cast<double>(error.code)));
  napi_set_element(env, result, 1, call.number(error.os_error));
  napi_set_element(env, result, 2, operation);
  return result;
}

struct Export {
  const char* name;
  napi_callback function;
};

constexpr Export kExports[] = {
    {"createPosix", create_posix},
    {"openPosix", open_posix},
    {"createSystemV", create_system_v},
    {"openSystemV", open_system_v},
    {"unlink", unlink},
    {"checkName", check_name},
    {"isOpen", is_open},
    {"isAt", is_at},
    {"lastHandle", last_handle},
    {"close", close},
    {"closeAll", close_all},
    {"mappedBytes", mapped_bytes},
    {"createdBytes", created_bytes},
    {"expectTransfers", expect_transfers},
    {"failure", failure},
};

}  // namespace
}  // namespace shm::binding

NAPI_MODULE_INIT() {
  using namespace shm::binding;
  Environment* environment = Environment::create(env);
  if (environment == nullptr) return nullptr;
  for (const Export& entry : kExports) {
    napi_value function = nullptr;
    if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, environment, &function) != napi_ok ||
        napi_set_named_property(env, exports, entry.name, function) != napi_ok) {
      return nullptr;
    }
  }
  return exports;
}
