// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstdint>
#include <shm/managed_segment.hpp>
#include <string_view>
#include <variant>

#include "handle_table.hpp"

namespace shm::binding {

struct OpenManaged;

/// An object of a managed segment that JavaScript uses.
struct OpenObject {
  using Sync =
      std::variant<Mutex, RwLock, Semaphore, LeasedSemaphore, Event, Condition, Barrier, Ring, Queue, Topic, Register>;

  Sync sync;
  std::uint64_t offset = 0;  ///< of its body, from the segment's start
  OpenManaged* owner = nullptr;
  std::uint64_t handle = 0;
  OpenObject* next = nullptr;  ///< of the same segment
};

/// A managed segment that this environment has open, as a participant of its own.
struct OpenManaged {
  ManagedSegment segment;
  std::uint64_t handle = 0;
  napi_ref buffer = nullptr;  ///< of the one ArrayBuffer over it, which only the library's own code gets
  OpenObject* objects = nullptr;
  OpenManaged* next = nullptr;
};

/// The managed segments of an environment, and their objects.
/// threads  the environment's own
class ManagedTable {
 public:
  /// returns  null if there is no memory; the segment is closed then
  OpenManaged* add(ManagedSegment segment) noexcept;
  /// returns  null if there is none, or it is closed
  [[nodiscard]] OpenManaged* find(std::uint64_t handle) const noexcept { return handles_.find(handle); }
  [[nodiscard]] OpenObject* find_object(std::uint64_t handle) const noexcept { return object_handles_.find(handle); }

  /// The record of the object at this place; made if JavaScript does not have it yet.
  /// returns  null if there is no memory
  OpenObject* object(OpenManaged& segment, std::uint64_t offset, const OpenObject::Sync& sync) noexcept;

  /// Ends the segment and its objects: their handles mean nothing any more. Nothing may be waiting in it.
  Result<CloseOutcome> close(OpenManaged* segment) noexcept;
  void close_all() noexcept;

 private:
  HandleTable<OpenManaged> handles_;
  HandleTable<OpenObject> object_handles_;
  OpenManaged* first_ = nullptr;
};

}  // namespace shm::binding
