// SPDX-License-Identifier: MIT
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/deadline.hpp>
#include <shm/sync/operation.hpp>
#include <shm/sync/waiter.hpp>
#include <span>

#include "call.hpp"

namespace shm::binding {

/// What the JavaScript of an environment waits for: any number of operations asynchronously, on the thread of a Waiter,
/// which starts with the first one; and one synchronously, in slices, so that the runtime can end the wait between two.
///
/// What an operation has come to is a number for JavaScript: its Outcome + 4 * Step::detail; kPending if it still
/// waits. A failure is undefined, as everywhere, or, where it comes later, kPending and the number of the Errc. threads
/// the environment's own
class Waits {
 public:
  static constexpr double kPending = -1;
  static constexpr double kYoung = -2;  ///< kPending, and poll() is to be called when the event loop has turned

  /// returns  null if there is no memory
  static Waits* create(napi_env env) noexcept;

  /// The right to act as a participant of this environment, one of whose operations may be on the waiter's thread. The
  /// functions below take it themselves.
  class [[nodiscard]] Turn {
   public:
    explicit Turn(Environment& environment) noexcept : Turn(*environment.waits) {}
    explicit Turn(Waits& waits) noexcept {
      if (waits.pending_ > 0) turn_.emplace(waits.waiter_);
    }

   private:
    std::optional<Waiter::Turn> turn_;
  };

  /// A function (id, code, errc) for the operations that settle later.
  /// returns  where its 2^40 ids begin; 0 if there is no memory
  double listen(napi_value function) noexcept;

  /// Tries; what has to wait goes to the waiter's thread, and the listener hears the end.
  napi_value start(const Call& call, const Operation& operation, Deadline deadline, std::uint64_t id) noexcept;
  /// Tries what was kYoung; the listener hears of what has come.
  /// returns  whether to call it again when the event loop has turned
  bool poll() noexcept;
  /// The operation gives up, and settles soon as what it came to.
  void cancel(std::uint64_t id) noexcept;

  /// Tries; what has to wait goes on in go_on(). One that is unfinished was abandoned, and gives up.
  napi_value begin(const Call& call, const Operation& operation, Deadline deadline) noexcept;
  /// Sleeps, at most a slice, and tries again.
  napi_value go_on(const Call& call) noexcept;

  /// This memory goes away: who waits for it hears that it is closed.
  void drop_within(std::span<const std::byte> memory) noexcept;

  /// At the environment's end: nobody hears anything any more.
  void stop() noexcept;

 private:
  static constexpr int kIdBits = 40;

  explicit Waits(napi_env env) noexcept : env_(env) {}

  [[nodiscard]] bool make_function() noexcept;
  [[nodiscard]] bool is_youth_worth_it() noexcept;
  void deliver() noexcept;
  napi_value attempt(const Call& call) noexcept;
  void abandon() noexcept;
  void let_go() noexcept;
  void tell(const Waiter::Settled& settled) noexcept;
  static void on_news(void* waits) noexcept;
  static void deliver(napi_env env, napi_value unused, void* waits, void* nothing) noexcept;

  napi_env env_;
  int holders_ = 1;  ///< the environment, and the runtime's function that delivers
  napi_threadsafe_function function_ = nullptr;
  bool is_closing_ = false;  ///< the waiter's thread: the runtime takes no calls any more
  bool has_stopped_ = false;
  std::uint64_t pending_ = 0;  ///< operations whose end the listener has not heard
  napi_ref* listeners_ = nullptr;
  std::size_t listener_count_ = 0;
  std::uint32_t young_in_vain_ = 0;  ///< polls for nothing, one after the other
  std::optional<Waiting> waiting_;   ///< the synchronous one
  Waiter waiter_{on_news, this};
};

}  // namespace shm::binding
