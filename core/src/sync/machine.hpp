// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <shm/participant.hpp>

#include "../os/wait.hpp"
#include "site.hpp"

namespace shm::sync {

static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free, "a lock inside the library would be of one process");

/// What the protocols run on: the words of shared memory, as one participant. The tests have other machines with the
/// same members.
class Machine {
 public:
  Machine() noexcept = default;  ///< nobody: for words without an owner
  explicit Machine(const Participant& participant) noexcept : participant_(&participant) {}

  [[nodiscard]] Token me() const noexcept { return participant_->token(); }
  [[nodiscard]] std::uint32_t slot() const noexcept { return participant_->slot(); }
  [[nodiscard]] bool is_dead(Token token) const noexcept { return participant_->is_dead(token); }

  template <Site site>
  [[nodiscard]] std::uint32_t load(const std::uint32_t& word) const noexcept {
    return at(word).load(order_of(site));
  }

  template <Site site>
  void store(std::uint32_t& word, std::uint32_t value) const noexcept {
    at(word).store(value, order_of(site));
  }

  /// Strong. After a failure `expected` is what the word was.
  template <Site site>
  [[nodiscard]] bool cas(std::uint32_t& word, std::uint32_t& expected, std::uint32_t desired) const noexcept {
    return at(word).compare_exchange_strong(expected, desired, order_of(site), std::memory_order_relaxed);
  }

  template <Site site>
  std::uint32_t exchange(std::uint32_t& word, std::uint32_t value) const noexcept {
    return at(word).exchange(value, order_of(site));
  }

  /// returns  what the word was before
  template <Site site>
  std::uint32_t add(std::uint32_t& word, std::uint32_t value) const noexcept {
    return at(word).fetch_add(value, order_of(site));
  }

  template <Site site>
  void fence() const noexcept {
    std::atomic_thread_fence(order_of(site));
  }

  void wake(const std::uint32_t& word, std::uint32_t count) const noexcept { os::wake_word(word, count); }

 private:
  static std::atomic_ref<std::uint32_t> at(const std::uint32_t& word) noexcept {
    return std::atomic_ref(const_cast<std::uint32_t&>(word));  // NOLINT(*-const-cast): atomic_ref has no const form
  }

  const Participant* participant_ = nullptr;
};

constexpr std::uint32_t kWakeAll = os::kWakeAll;

/// Of a compare-and-swap that keeps losing, in an operation that can be tried again later.
constexpr int kMostAttempts = 64;
/// In one that cannot, such as giving back: more often is not by chance, with however many processors, but a hostile
/// peer's doing.
constexpr int kAttemptsToGive = 1 << 16;

}  // namespace shm::sync
