// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <atomic>
#include <cstdint>
#include <shm/segment.hpp>

#include "environment.hpp"

namespace shm::binding {

struct SharedAlias;
struct WasmAlias;

/// An open segment of an environment, and the one ArrayBuffer over it, if JavaScript has asked for it, from which all
/// views are cut. The record lives until the segment is closed, the ArrayBuffer object collected and the memory behind
/// it released.
struct Attachment {
  Segment segment;
  Environment* environment = nullptr;  ///< null when it has ended
  std::uint64_t handle = 0;
  Attachment* next = nullptr;  ///< among the environment's records
  Attachment* previous = nullptr;

  napi_ref buffer = nullptr;  ///< weak: what uses the ArrayBuffer keeps it from being collected
  bool has_object = false;    ///< the ArrayBuffer object exists, so that its memory may be in use
  bool has_memory = false;    ///< its memory has not been released: an ArrayBuffer has it, perhaps another one by now
  std::atomic<bool> is_memory_released{false};  ///< has_memory is not true any more, says another thread
  bool is_revoked = false;        ///< close() has detached it, so that no other ArrayBuffer has its memory
  bool may_be_reachable = false;  ///< has_memory ended with the environment, which says nothing: see attachment.cpp
  bool is_dropped = false;        ///< nobody can close it any more: it ends with its memory's last ArrayBuffer
  bool is_compatible = false;     ///< belongs to the API of version 0.1: close_all() ends it

  SharedAlias* shared = nullptr;  ///< the mapping of the SharedArrayBuffer
  WasmAlias* wasm = nullptr;      ///< mappings in WebAssembly memories
};

/// Hands an open segment to the environment.
/// returns  its record, or null with environment.failure set; the segment is closed then, and not destroyed
Attachment* attach(Environment& environment, Segment segment) noexcept;

/// Makes the ArrayBuffer over the payload, once; later calls answer the same.
/// returns  null with environment.failure set where it can't; the segment stays open
napi_value make_buffer(Attachment* attachment) noexcept;

/// Ends every view of the segment in this environment, then the mapping. The handle means nothing any more.
Result<CloseOutcome> close(Attachment* attachment) noexcept;

/// Nobody has the handle any more: ends the segment as soon as no view of it is left. Destroys nothing.
void drop(Attachment* attachment) noexcept;

/// Frees the record, and gives back the addresses, once nothing needs them.
void settle(Attachment* attachment) noexcept;

/// Ends what is left of an attachment, open or closed, at the end of its environment.
void end(Attachment* attachment) noexcept;

}  // namespace shm::binding
