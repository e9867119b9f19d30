// SPDX-License-Identifier: MIT
// The machine on which the protocols of core/src/sync meet hostile bytes: what other processes do, and who of them is
// dead, comes from the input.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <shm/sync/step.hpp>
#include <span>
#include <utility>

#include "fuzz/input.hpp"
#include "sync/site.hpp"

namespace shm::fuzz {

using sync::Site;

class Machine {
 public:
  static constexpr std::uint32_t kGeneration = 7;  ///< of both actors
  /// Of one operation, however many slices it lasts.
  static constexpr std::uint64_t kMostAccesses = 1'000'000;
  static constexpr std::uint64_t kLongStorm = 10'000;

  Machine(const Head& head, std::uint32_t slots, std::span<const std::span<std::byte>> blocks) noexcept
      : head_(&head), blocks_(blocks), slots_(slots) {
    for (const std::span<std::byte> block : blocks) words_ += block.size() / sizeof(std::uint32_t);
    become(false);
  }

  /// Two participants act by turns.
  void become(bool is_second) noexcept {
    slot_ = (head_->slot + (is_second ? 1U : 0U)) % slots_;
    me_ = token_of(slot_, kGeneration);
    begin();
  }
  void begin() noexcept {
    // A storm that has kept an operation busy for so long has shown what it can: it takes time.
    if (accesses_here_ > kLongStorm) is_calm_ = true;
    accesses_here_ = 0;
    is_undisturbed_ = true;
  }
  /// From here on nobody else does anything: all of them are dead.
  void settle() noexcept { is_settled_ = true; }
  void unsettle() noexcept { is_settled_ = false; }
  /// Whether no other process has changed anything since begin().
  [[nodiscard]] bool is_undisturbed() const noexcept { return is_undisturbed_; }

  void sleep(const Step& step) noexcept {
    check(step.word != nullptr && reinterpret_cast<std::uintptr_t>(step.word) % sizeof(std::uint32_t) == 0 &&
              holds(*step.word),
          "a wait for a word outside the shared memory");
    visit(*step.word);
  }

  // The members that a protocol uses.

  [[nodiscard]] Token me() const noexcept { return me_; }
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }

  [[nodiscard]] bool is_dead(Token token) noexcept {
    count();
    if (token == me_) return false;
    if (is_settled_ || token > kTokenMask || (token & kGenerationMask) == 0) return true;
    if ((token >> kGenerationBits) - 1 >= slots_) return true;
    return (head_->dead >> questions_++ % 64 & 1) != 0;
  }

  template <Site site>
  [[nodiscard]] std::uint32_t load(const std::uint32_t& word) noexcept {
    visit(word);
    return word;
  }
  template <Site site>
  void store(std::uint32_t& word, std::uint32_t value) noexcept {
    visit(word);
    word = value;
  }
  template <Site site>
  [[nodiscard]] bool cas(std::uint32_t& word, std::uint32_t& expected, std::uint32_t desired) noexcept {
    visit(word);
    if (word != expected) {
      expected = word;
      return false;
    }
    word = desired;
    return true;
  }
  template <Site site>
  std::uint32_t exchange(std::uint32_t& word, std::uint32_t value) noexcept {
    visit(word);
    return std::exchange(word, value);
  }
  template <Site site>
  std::uint32_t add(std::uint32_t& word, std::uint32_t value) noexcept {
    visit(word);
    return std::exchange(word, word + value);
  }
  template <Site site>
  void fence() noexcept {}
  void wake(const std::uint32_t& word, std::uint32_t /*count*/) noexcept { visit(word); }
  template <Site site>
  void write_racing(std::byte* to, std::span<const std::byte> from) noexcept {
    for (std::size_t i = 0; i < from.size(); ++i) at_byte(to + i) = from[i];
  }
  template <Site site>
  void read_racing(std::span<std::byte> to, const std::byte* from) noexcept {
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] = at_byte(const_cast<std::byte*>(from) + i);  // NOLINT(*-const-cast)
  }

 private:
  [[nodiscard]] bool holds(const std::uint32_t& word) const noexcept {
    const auto* at = reinterpret_cast<const std::byte*>(&word);
    return std::ranges::any_of(blocks_, [at](std::span<std::byte> block) {
      return at >= block.data() && at + sizeof(std::uint32_t) <= block.data() + block.size();
    });
  }

  /// The first byte of each word counts as an access to it.
  std::byte& at_byte(std::byte* byte) noexcept {
    const bool is_first = reinterpret_cast<std::uintptr_t>(byte) % sizeof(std::uint32_t) == 0;
    if (is_first) visit(*reinterpret_cast<std::uint32_t*>(byte));
    return *byte;
  }

  void count() noexcept {
    ++accesses_;
    if (++accesses_here_ > kMostAccesses) report("an operation that does not end");
  }

  void visit(const std::uint32_t& word) noexcept {
    count();
    check(holds(word), "an access outside the shared memory");
    if (is_settled_) return;
    for (const Intrusion& intrusion : head_->intrusions) {
      if (intrusion.access != accesses_) continue;
      if (intrusion.word == Intrusion::kTheOneAccessed)
        intrude(word, intrusion.value);
      else
        intrude(word_at(intrusion.word % words_), intrusion.value);
    }
    if (is_calm_ || (head_->flags & kStorm) == 0) return;
    const std::uint32_t value = head_->intrusions[accesses_ % std::size(head_->intrusions)].value;
    intrude(word, (head_->flags & kCounting) != 0 ? value + static_cast<std::uint32_t>(accesses_) : value);
  }

  void intrude(const std::uint32_t& word, std::uint32_t value) noexcept {
    const_cast<std::uint32_t&>(word) = value;  // NOLINT(*-const-cast): others write what we only read
    is_undisturbed_ = false;
  }

  [[nodiscard]] const std::uint32_t& word_at(std::size_t index) const noexcept {
    for (const std::span<std::byte> block : blocks_) {
      const std::size_t count = block.size() / sizeof(std::uint32_t);
      if (index < count) return reinterpret_cast<const std::uint32_t*>(block.data())[index];
      index -= count;
    }
    report("no such word");
  }

  const Head* head_;
  std::span<const std::span<std::byte>> blocks_;
  std::size_t words_ = 0;
  std::uint32_t slots_;
  std::uint32_t slot_ = 0;
  Token me_ = kNobody;
  std::uint64_t accesses_ = 0;
  std::uint64_t accesses_here_ = 0;
  std::uint64_t questions_ = 0;
  bool is_undisturbed_ = true;
  bool is_settled_ = false;
  bool is_calm_ = false;
};

/// Each value is one with which an operation tries again, and never the one it expects: tokens of its own, events that
/// are set, events that aren't, tokens of another.
constexpr std::array<std::array<std::uint32_t, 3>, 4> kStorms = [] {
  constexpr Token kMine = token_of(0, Machine::kGeneration);
  constexpr Token kOthers = token_of(1, Machine::kGeneration);
  const auto with_flags = [](Token token) {
    return std::array{token, token | layout::kWaiters, token | layout::kSuspect};
  };
  return std::array{with_flags(kMine), std::array{1U, 3U, 5U}, std::array{0U, 2U, 4U}, with_flags(kOthers)};
}();

inline void raise_storm(Head& head, const std::array<std::uint32_t, 3>& values) noexcept {
  head.flags |= kStorm;
  for (std::size_t i = 0; i < std::size(head.intrusions); ++i) head.intrusions[i].value = values[i % values.size()];
}

}  // namespace shm::fuzz
