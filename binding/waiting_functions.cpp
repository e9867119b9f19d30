// SPDX-License-Identifier: MIT
// What all waiting has in common (waits.hpp), and waiting for words of any memory.
#include <shm/sync/word.hpp>

#include "call.hpp"
#include "functions.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

// arguments  a function (id, code, errc)
// returns    where its ids begin
napi_value on_settled(napi_env env, napi_callback_info info) {
  Call call(env, info);
  napi_value listener = call.function(0);
  return call.ok() ? call.number(call.environment().waits->listen(listener)) : call.fail();
}

napi_value go_on(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.environment().waits->go_on(call);
}

// returns  whether to call it again when the event loop has turned
napi_value poll_waits(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.truth(call.environment().waits->poll());
}

// arguments  the id of an operation that may have settled
napi_value cancel_wait(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const std::uint64_t id = call.integer(0);
  if (call.ok()) call.environment().waits->cancel(id);
  return nullptr;
}

constexpr Error kNoWord = invalid_argument("an index of the array");

/// A word of an Int32Array, and the value that it is awaited to lose.
/// returns  null, if the arguments aren't such
const std::uint32_t* word(Call& call) noexcept {
  const std::span<const std::uint32_t> words = call.words(0);
  const std::uint64_t index = call.integer(1);
  return call.ok() && index < words.size() ? &words[index] : nullptr;
}

// arguments  Int32Array, index, value as an unsigned number, milliseconds, id
napi_value start_word(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const std::uint32_t* word = binding::word(call);
  const auto value = static_cast<std::uint32_t>(call.integer(2));
  const Deadline deadline = call.deadline(3);
  const std::uint64_t id = call.integer(4);
  if (!call.ok()) return call.fail();
  if (word == nullptr) return call.fail(kNoWord);
  return call.environment().waits->start(call, wait_operation(*word, value), deadline, id);
}

// arguments  the same without an id
napi_value begin_word(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const std::uint32_t* word = binding::word(call);
  const auto value = static_cast<std::uint32_t>(call.integer(2));
  const Deadline deadline = call.deadline(3);
  if (!call.ok()) return call.fail();
  if (word == nullptr) return call.fail(kNoWord);
  return call.environment().waits->begin(call, wait_operation(*word, value), deadline);
}

// arguments  Int32Array, index, how many
napi_value notify_word(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const std::uint32_t* word = binding::word(call);
  const std::uint64_t count = call.integer(2);
  if (!call.ok()) return call.fail();
  if (word == nullptr) return call.fail(kNoWord);
  constexpr std::uint64_t kAll = 0x7fffffff;
  return call.number(notify(*word, static_cast<std::uint32_t>(count < kAll ? count : kAll)));
}

constexpr Function kFunctions[] = {
    {"onSettled", on_settled}, {"goOn", go_on},           {"pollWaits", poll_waits},   {"cancelWait", cancel_wait},
    {"startWord", start_word}, {"beginWord", begin_word}, {"notifyWord", notify_word},
};

}  // namespace

std::span<const Function> waiting_functions() noexcept { return kFunctions; }

}  // namespace shm::binding
