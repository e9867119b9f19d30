// SPDX-License-Identifier: MIT
// Further mappings of a segment, for what can't be detached: a SharedArrayBuffer and a WebAssembly memory. Each has a
// mapping of its own, because no address may be in two buffers.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <span>

#include "attachment.hpp"

namespace shm::binding {

/// Whether this runtime can make a SharedArrayBuffer over memory that is there.
bool has_external_shared_buffer() noexcept;

/// Makes a SharedArrayBuffer over the payload. It lives until no thread has it any more.
/// returns  null with environment.failure set
napi_value make_shared_buffer(Attachment* attachment) noexcept;

/// Puts the segment in the place of the first pages of a WebAssembly memory, which the caller keeps alive until
/// close_aliases() or release_aliases().
Result<void> map_over(Attachment* attachment, std::span<std::byte> memory) noexcept;

/// Whether a guarded page of one of them has vanished.
bool are_truncated(const Attachment* attachment) noexcept;

/// Ends the sharing: whoever still has them sees private zero pages.
void close_aliases(Attachment* attachment) noexcept;
/// Leaves them to their holders, shared as they are.
void release_aliases(Attachment* attachment) noexcept;

}  // namespace shm::binding
