// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstdint>
#include <shm/segment.hpp>

#include "environment.hpp"

namespace shm::binding {

/// One mapping and the one ArrayBuffer over it, from which JavaScript cuts all views. The record lives until the
/// mapping has ended, by close(), and the ArrayBuffer too, by garbage collection.
struct Attachment {
  Segment segment;
  Environment* environment = nullptr;  ///< null when it has ended
  std::uint64_t handle = 0;
  napi_ref buffer = nullptr;   ///< keeps the ArrayBuffer from being collected until close()
  Attachment* next = nullptr;  ///< among the environment's records
  Attachment* previous = nullptr;
  bool is_transferred = false;  ///< the memory may have gone to another ArrayBuffer, perhaps of another thread
};

/// Makes the ArrayBuffer over a segment and hands both to the environment, whose last_handle is theirs.
/// returns  the ArrayBuffer, or null with environment.failure set; the segment is closed then, and not destroyed
napi_value attach(Environment& environment, Segment segment) noexcept;

/// Ends every view of the segment in this environment, then the mapping. The handle means nothing any more.
Result<CloseOutcome> close(Environment& environment, Attachment* attachment) noexcept;

/// Ends what is left of an attachment, open or closed, at the end of its environment.
void end(Environment& environment, Attachment* attachment) noexcept;

}  // namespace shm::binding
