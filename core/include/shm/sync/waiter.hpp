// SPDX-License-Identifier: MIT
// Waiting for many operations at once, on a thread of its own, for those who must not block: an event loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/deadline.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

/// Advances operations until each has ended. One thread sleeps on the words of all of them; it starts with the first
/// submit().
///
/// Thread safety: submit(), cancel(), drop_within(), take_settled() and Turn from any thread. The operations of a
/// participant are advanced under a Turn here; whoever else does something as that participant takes one too.
/// Invariants: memory that an operation points to stays mapped until the operation has ended or was dropped. The thread
/// sleeps on words without a Turn, which is harmless for any bytes and addresses.
class Waiter {
 public:
  using Id = std::uint64_t;
  static constexpr std::uint64_t kYouth = 60'000;  ///< nanoseconds

  /// An operation that has ended; `step` is not a wait.
  struct Settled {
    Id id = 0;
    Step step;
  };
  /// Called on the waiter's thread when there is something for take_settled(), which had nothing before.
  using Bell = void (*)(void* context) noexcept;

  Waiter(Bell bell, void* context) noexcept;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();  ///< stop()

  /// The right to advance operations, and to act as their participants.
  class [[nodiscard]] Turn {
   public:
    explicit Turn(Waiter& waiter) noexcept;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

   private:
    Waiter& waiter_;
  };

  /// Takes over an operation whose last attempt was `step`, an announced one that has to wait.
  /// errors   system: ENOMEM, EAGAIN (no thread); closed: after stop()
  Result<void> submit(Id id, const Operation& operation, const Step& step, Deadline deadline) noexcept;
  /// The same of one whose last attempt need not be announced. For kYouth it is young: tried by poll() alone, and the
  /// thread sleeps on. What comes soon comes without a change of threads, and whoever brings it wakes nobody.
  Result<void> submit_young(Id id, const Operation& operation, const Step& step, Deadline deadline) noexcept;

  struct Polled {
    bool has_settled = false;  ///< something is there for take_settled()
    bool has_young = false;    ///< poll() again soon
    bool has_grown = false;    ///< one that was young in vain is the thread's from now on
  };
  /// Tries the young ones.
  Polled poll() noexcept;
  /// Nobody wants the result any more: the operation gives up, and settles soon as what it came to.
  void cancel(Id id) noexcept;
  /// Ends what waits for a word of this memory, which goes away: each gives up, once, and settles as `closed`. What it
  /// has got nevertheless is left to the end of its participant.
  void drop_within(std::span<const std::byte> memory) noexcept;
  /// The next operation that has ended.
  std::optional<Settled> take_settled() noexcept;

  /// Ends the thread, and every operation as drop_within() does, without the bell. For good.
  void stop() noexcept;
  /// returns  how often the thread has looked at its operations
  [[nodiscard]] std::uint64_t rounds() const noexcept;

 private:
  struct Node;
  struct Parts;
  struct List {
    Node* first = nullptr;
    Node** end = &first;  ///< where the next one goes
    void append(Node* node) noexcept;
    Node* take(Node** link) noexcept;
  };

  Result<void> submit(Id id, const Operation& operation, const Step& step, Deadline deadline,
                      std::uint64_t young_until) noexcept;
  void run() noexcept;
  std::uint64_t look_at_all() noexcept;
  static bool look_at(Node& node, bool is_late) noexcept;
  void drop(Node** link) noexcept;
  void settle(Node** link) noexcept;
  void ring() noexcept;

  Bell bell_;
  void* context_;
  List pending_;
  List settled_;
  Slices slices_;
  std::uint64_t slice_end_ = 0;
  std::atomic<std::uint64_t> rounds_ = 0;
  bool has_news_ = false;  ///< the bell is to be rung
  bool is_stopping_ = false;
  std::uint32_t word_ = 0;  ///< changes with every request
  alignas(16) std::byte parts_[128];
};

}  // namespace shm
