// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstdint>
#include <shm/segment.hpp>

#include "environment.hpp"

namespace shm::binding {

/// One mapping and the one ArrayBuffer over it. It dies when the segment is closed and the buffer's finalizer has run,
/// whichever comes last.
struct Attachment {
  Segment segment;
  napi_ref buffer = nullptr;  ///< keeps the ArrayBuffer from being collected until close()
  std::uint32_t handle = 0;
  bool is_closing = false;
  bool is_finalized = false;
};

/// Makes the ArrayBuffer over a segment and hands both to the environment.
/// returns  [handle, buffer], or null with the segment closed and environment.failure set
napi_value attach(Environment& environment, Segment segment) noexcept;

/// Ends every view of the segment in this environment, then the mapping.
Result<CloseOutcome> close(Environment& environment, Attachment* attachment) noexcept;

}  // namespace shm::binding
