// SPDX-License-Identifier: MIT
// The functions that lib/native.ts declares: tables by subject. A call that fails answers undefined, and failure() says
// why.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <span>

namespace shm::binding {

struct Function {
  const char* name;
  napi_callback call;
};

/// A bit of the last argument of the calls that create and open, or another number that lib/ knows by its name.
struct Flag {
  const char* name;
  std::uint32_t bit;
};

std::span<const Function> opening_functions() noexcept;    ///< create, open and their like
std::span<const Function> segment_functions() noexcept;    ///< by the handle of an open segment
std::span<const Function> inventory_functions() noexcept;  ///< by a name or key, or about all
std::span<const Function> waiting_functions() noexcept;    ///< waiting, and words of any memory
std::span<const Function> managed_functions() noexcept;    ///< managed segments
std::span<const Function> sync_functions() noexcept;       ///< the objects in them
std::span<const Function> message_functions() noexcept;    ///< and their messages
std::span<const Flag> opening_flags() noexcept;
std::span<const Flag> managed_flags() noexcept;
std::span<const Flag> object_kinds() noexcept;

}  // namespace shm::binding
