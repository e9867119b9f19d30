// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <shm/participant.hpp>
#include <span>

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

  /// Bytes that others may read, or write, meanwhile: whether what was read is whole has to be found out afterwards.
  /// Both begin at a multiple of 8 in shared memory.
  template <Site site>
  void write_racing(std::byte* to, std::span<const std::byte> from) const noexcept {
    std::size_t i = 0;
    for (; i + 8 <= from.size(); i += 8) {
      std::uint64_t value = 0;
      std::memcpy(&value, from.data() + i, 8);
      std::atomic_ref(*reinterpret_cast<std::uint64_t*>(to + i)).store(value, order_of(site));
    }
    for (; i < from.size(); ++i) std::atomic_ref(to[i]).store(from[i], order_of(site));
  }
  template <Site site>
  void read_racing(std::span<std::byte> to, const std::byte* from) const noexcept {
    auto* shared = const_cast<std::byte*>(from);  // NOLINT(*-const-cast): atomic_ref has no const form
    std::size_t i = 0;
    for (; i + 8 <= to.size(); i += 8) {
      const std::uint64_t value = std::atomic_ref(*reinterpret_cast<std::uint64_t*>(shared + i)).load(order_of(site));
      std::memcpy(to.data() + i, &value, 8);
    }
    for (; i < to.size(); ++i) to[i] = std::atomic_ref(shared[i]).load(order_of(site));
  }

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
