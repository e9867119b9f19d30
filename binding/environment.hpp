// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <shm/error.hpp>
#include <shm/retired_addresses.hpp>

#include "handle_table.hpp"
#include "managed_table.hpp"

namespace shm::binding {

struct Attachment;
class Waits;

/// Whether memory can leave its ArrayBuffer for another one, by ArrayBuffer.prototype.transfer().
enum class Transfers : std::uint8_t {
  none,       ///< the runtime has no such function
  imprecise,  ///< at the end of an environment all memory counts as released, transferred or not
  precise,    ///< memory counts as released when no ArrayBuffer has it; any thread may say so
};

/// What one JavaScript environment (main thread or worker) holds. Its attachments end with it.
/// threads  the environment's own
class Environment {
 public:
  /// returns  null if there is no memory
  static Environment* create(napi_env env) noexcept;

  /// Notes an open attachment and gives it a handle; the environment's end closes it.
  /// returns  false if there is no memory
  [[nodiscard]] bool add(Attachment* attachment) noexcept;
  /// returns  null if there is none, or it is closed
  [[nodiscard]] Attachment* find(std::uint64_t handle) const noexcept;
  /// The attachment is closed: its handle means nothing any more.
  void retire(const Attachment* attachment) noexcept;
  /// The attachment has ended altogether: nothing is left to do for it at the environment's end.
  void forget(Attachment* attachment) noexcept;

  /// Where other threads say that memory was released (Transfers::precise): looks at what they have said.
  void settle_now_and_then() noexcept;

  /// Closes all compatible attachments.
  /// returns  the number of System V segments that ended with it
  std::uint32_t close_all() noexcept;

  [[nodiscard]] napi_env env() const noexcept { return env_; }

  Transfers transfers = Transfers::imprecise;
  Waits* waits = nullptr;    ///< never null
  RetiredAddresses retired;  ///< of attachments that have ended
  ManagedTable managed;      ///< the managed segments that are open
  Error failure{};           ///< why the last call that answered undefined did

 private:
  explicit Environment(napi_env env) noexcept : env_(env) {}
  static void end(void* environment) noexcept;

  napi_env env_;
  Attachment* records_ = nullptr;  // open ones, and closed ones whose ArrayBuffer object somebody still has
  HandleTable<Attachment> open_;
};

}  // namespace shm::binding
