// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <shm/error.hpp>

namespace shm::binding {

struct Attachment;

/// What one JavaScript environment (main thread or worker) holds. Its attachments end with it.
/// threads  the environment's own
class Environment {
 public:
  /// returns  null if there is no memory
  static Environment* create(napi_env env) noexcept;

  /// Notes the attachment under a handle that is free; from now on the environment's end closes it.
  /// returns  false if the handle is taken or absurd, or there is no memory
  [[nodiscard]] bool add(std::uint64_t handle, Attachment* attachment) noexcept;
  /// returns  null for a handle that is free
  [[nodiscard]] Attachment* find(std::uint64_t handle) const noexcept;
  void free(std::uint64_t handle) noexcept { slots_[handle] = nullptr; }
  /// The attachment has ended altogether: nothing is left to do for it at the environment's end.
  void forget(Attachment* attachment) noexcept;

  /// Closes all attachments.
  /// returns  the number of System V segments that ended with it
  std::uint32_t close_all() noexcept;

  [[nodiscard]] napi_env env() const noexcept { return env_; }

  bool has_transfer =
      true;         ///< whether its ArrayBuffers have transfer(): one that is detached may have been moved then
  Error failure{};  ///< why the last call that answered undefined did

 private:
  explicit Environment(napi_env env) noexcept : env_(env) {}
  [[nodiscard]] bool grow(std::uint64_t handle) noexcept;
  static void end(void* environment) noexcept;

  napi_env env_;
  Attachment* records_ = nullptr;  // open ones, and closed ones whose ArrayBuffer object somebody still has
  Attachment** slots_ = nullptr;   // open ones by handle; null where it is free
  std::uint64_t capacity_ = 0;
};

}  // namespace shm::binding
