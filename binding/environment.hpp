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

  /// Takes over the attachment and gives it a number; from now on the environment's end closes it.
  /// returns  false if there is no memory
  [[nodiscard]] bool add(Attachment* attachment) noexcept;
  [[nodiscard]] Attachment* find(std::uint64_t handle) const noexcept;
  void remove(Attachment* attachment) noexcept;

  /// Closes all attachments.
  /// returns  the number of System V segments that ended with it
  std::uint32_t close_all() noexcept;

  [[nodiscard]] napi_env env() const noexcept { return env_; }

  Error failure{};  ///< why the last call that answered undefined did

 private:
  explicit Environment(napi_env env) noexcept : env_(env) {}
  [[nodiscard]] bool grow() noexcept;
  void be_first_at_the_end() noexcept;
  static void end(void* environment) noexcept;

  napi_env env_;
  Attachment** slots_ = nullptr;  // free ones are null
  std::uint32_t* free_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t free_count_ = 0;
};

}  // namespace shm::binding
