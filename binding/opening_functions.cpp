// SPDX-License-Identifier: MIT
// Arguments of each: (key, size, mode, largest, flags). Each answers the handle of the open segment.
#include <shm/segment.hpp>
#include <utility>

#include "attachment.hpp"
#include "call.hpp"
#include "functions.hpp"

namespace shm::binding {
namespace {

constexpr std::uint32_t kExactMode = 1U << 0;
constexpr std::uint32_t kReserve = 1U << 1;
constexpr std::uint32_t kPopulate = 1U << 2;
constexpr std::uint32_t kLock = 1U << 3;
constexpr std::uint32_t kGuard = 1U << 4;
constexpr std::uint32_t kTryHugePages = 1U << 5;
constexpr std::uint32_t kRequireHugePages = 1U << 6;
constexpr std::uint32_t kRead = 1U << 7;
constexpr std::uint32_t kCopyOnWrite = 1U << 8;
constexpr std::uint32_t kTrustGroup = 1U << 9;
constexpr std::uint32_t kTrustAnyone = 1U << 10;
constexpr std::uint32_t kCompatible = 1U << 11;

constexpr Flag kFlags[] = {
    {"exactMode", kExactMode},
    {"reserve", kReserve},
    {"populate", kPopulate},
    {"lock", kLock},
    {"guard", kGuard},
    {"tryHugePages", kTryHugePages},
    {"requireHugePages", kRequireHugePages},
    {"read", kRead},
    {"copyOnWrite", kCopyOnWrite},
    {"trustGroup", kTrustGroup},
    {"trustAnyone", kTrustAnyone},
    {"compatible", kCompatible},
};

struct Opening {
  SegmentOptions options;
  std::uint64_t largest = 0;  ///< bytes of payload that this runtime can have an ArrayBuffer over
  bool is_compatible = false;
};

Opening opening(Call& call) noexcept {
  const std::uint64_t size = call.integer(1);
  const std::uint64_t mode = call.integer(2);
  const std::uint64_t largest = call.integer(3);
  const std::uint64_t flags = call.integer(4);
  const auto has = [flags](std::uint32_t bit) { return (flags & bit) != 0; };
  const bool is_compatible = has(kCompatible);
  return {.options = {.size = size,
                      .mode = static_cast<std::uint32_t>(mode),
                      .exact_mode = has(kExactMode),
                      .reserve = has(kReserve),
                      .populate = has(kPopulate),
                      .lock = has(kLock),
                      .guard = has(kGuard),
                      .huge_pages = has(kRequireHugePages) ? HugePages::require
                                    : has(kTryHugePages)   ? HugePages::attempt
                                                           : HugePages::never,
                      .access = has(kRead)          ? Access::read
                                : has(kCopyOnWrite) ? Access::copy_on_write
                                                    : Access::read_write,
                      .trust = has(kTrustAnyone)  ? Trust::anyone
                               : has(kTrustGroup) ? Trust::group
                                                  : Trust::self,
                      .layout = is_compatible ? Layout::compat : Layout::raw,
                      .lifetime = is_compatible ? Lifetime::until_last_close : Lifetime::persistent,
                      .keep_descriptor = !is_compatible},
          .largest = largest,
          .is_compatible = is_compatible};
}

napi_value answer(Call& call, Result<Segment> segment, const Opening& opening) noexcept {
  if (!segment) return call.fail(segment.error());
  if (segment->bytes().size() > opening.largest) {
    segment->set_lifetime(Lifetime::persistent);
    return call.fail(unsupported("a segment of this size"));
  }
  Attachment* attachment = attach(call.environment(), *std::move(segment));
  if (attachment == nullptr) return nullptr;
  attachment->is_compatible = opening.is_compatible;
  return call.number(static_cast<double>(attachment->handle));
}

template <Result<Segment> (*by_name)(const SegmentName&, const SegmentOptions&) noexcept,
          Result<Segment> (*by_key)(SystemVKey, const SegmentOptions&) noexcept>
napi_value by_name_or_key(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Opening how = opening(call);
  if (call.is_string(0)) {
    const SegmentName name = call.name(0);
    return call.ok() ? answer(call, by_name(name, how.options), how) : call.fail();
  }
  const SystemVKey key = call.key(0);
  return call.ok() ? answer(call, by_key(key, how.options), how) : call.fail();
}

napi_value anonymous(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Opening how = opening(call);
  return call.ok() ? answer(call, Segment::anonymous(how.options), how) : call.fail();
}

napi_value from_descriptor(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Opening how = opening(call);
  const auto descriptor = static_cast<int>(call.integer(0));
  return call.ok() ? answer(call, Segment::from_descriptor(descriptor, how.options), how) : call.fail();
}

napi_value open_file(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Opening how = opening(call);
  char path[4096];
  return call.path(0, path, sizeof path) && call.ok() ? answer(call, Segment::open_file(path, how.options), how)
                                                      : call.fail();
}

constexpr Function kFunctions[] = {
    {"create", by_name_or_key<Segment::create, Segment::create>},
    {"open", by_name_or_key<Segment::open, Segment::open>},
    {"openOrCreate", by_name_or_key<Segment::open_or_create, Segment::open_or_create>},
    {"anonymous", anonymous},
    {"fromDescriptor", from_descriptor},
    {"openFile", open_file},
};

}  // namespace

std::span<const Function> opening_functions() noexcept { return kFunctions; }
std::span<const Flag> opening_flags() noexcept { return kFlags; }

}  // namespace shm::binding
