// SPDX-License-Identifier: MIT
#include <node_api.h>

#include "environment.hpp"
#include "functions.hpp"

namespace shm::binding {
namespace {

bool export_functions(napi_env env, napi_value exports, Environment* environment, std::span<const Function> functions) {
  for (const Function& entry : functions) {
    napi_value function = nullptr;
    if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, environment, &function) != napi_ok ||
        napi_set_named_property(env, exports, entry.name, function) != napi_ok) {
      return false;
    }
  }
  return true;
}

bool export_numbers(napi_env env, napi_value exports, const char* name, std::span<const Flag> numbers) {
  napi_value flags = nullptr;
  if (napi_create_object(env, &flags) != napi_ok) return false;
  for (const Flag& flag : numbers) {
    napi_value bit = nullptr;
    if (napi_create_uint32(env, flag.bit, &bit) != napi_ok ||
        napi_set_named_property(env, flags, flag.name, bit) != napi_ok) {
      return false;
    }
  }
  return napi_set_named_property(env, exports, name, flags) == napi_ok;
}

}  // namespace
}  // namespace shm::binding

NAPI_MODULE_INIT() {
  using namespace shm::binding;
  Environment* environment = Environment::create(env);
  if (environment == nullptr) return nullptr;
  const bool is_complete = export_functions(env, exports, environment, opening_functions()) &&
                           export_functions(env, exports, environment, segment_functions()) &&
                           export_functions(env, exports, environment, inventory_functions()) &&
                           export_functions(env, exports, environment, waiting_functions()) &&
                           export_functions(env, exports, environment, managed_functions()) &&
                           export_functions(env, exports, environment, sync_functions()) &&
                           export_functions(env, exports, environment, message_functions()) &&
                           export_numbers(env, exports, "flags", opening_flags()) &&
                           export_numbers(env, exports, "managedFlags", managed_flags()) &&
                           export_numbers(env, exports, "objectKinds", object_kinds());
  return is_complete ? exports : nullptr;
}
