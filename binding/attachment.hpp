// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstdint>
#include <shm/segment.hpp>

#include "environment.hpp"

namespace shm::binding {

/// One mapping and the one ArrayBuffer over it, from which JavaScript cuts all views.
struct Attachment {
  Segment segment;
  napi_ref buffer = nullptr;  ///< keeps the ArrayBuffer from being collected until close()
};

/// Makes the ArrayBuffer over a segment and notes both under a handle that is free.
/// returns  the ArrayBuffer, or null with the segment closed and environment.failure set
napi_value attach(Environment& environment, std::uint64_t handle, Segment segment) noexcept;

/// Ends every view of the segment in this environment, then the mapping, and frees the handle.
Result<CloseOutcome> close(Environment& environment, std::uint64_t handle) noexcept;

}  // namespace shm::binding
