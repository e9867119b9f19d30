// SPDX-License-Identifier: MIT
// The machine on which the protocols of core/src/sync run in the explorer. The order of each site is a variable here,
// so that one program runs all mutants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <shm/sync/step.hpp>
#include <span>

#include "model/explorer.hpp"
#include "sync/site.hpp"

namespace shm::model {

using sync::Site;

inline constexpr std::size_t kSites = std::size(sync::kSiteOrders);
inline constexpr std::array<const char*, kSites> kSiteNames = {
#define SHM_SITE_NAME(name, order) #name,
    SHM_SYNC_SITES(SHM_SITE_NAME)
#undef SHM_SITE_NAME
};

/// What a site was used for, as a set: what weaker orders it can have depends on that.
enum Use : unsigned { used_to_load = 1, used_to_store = 2, used_to_change = 4, used_as_fence = 8, used_to_add = 16 };

/// What a test can change about a site.
struct Mutation {
  bool is_skipped = false;          ///< a store, an addition or an exchange that doesn't happen
  std::uint32_t never_written = 0;  ///< bits that a compare-and-swap leaves out
};

struct Sites {
  std::array<std::memory_order, kSites> orders = std::to_array(sync::kSiteOrders);
  std::array<Mutation, kSites> mutations{};
  std::array<std::uint8_t, kSites> uses{};
};
inline Sites sites;

struct Machine {
  [[nodiscard]] std::uint32_t me() const { return token_of(Explorer::now().thread()); }
  [[nodiscard]] std::uint32_t slot() const { return static_cast<std::uint32_t>(Explorer::now().thread()); }
  [[nodiscard]] bool is_dead(std::uint32_t token) const { return Explorer::now().is_dead(token); }

  template <Site site>
  std::uint32_t load(const std::uint32_t& word) const {
    return Explorer::now().load(word, use<site>(used_to_load), name<site>());
  }
  template <Site site>
  void store(std::uint32_t& word, std::uint32_t value) const {
    if (mutation<site>().is_skipped) return (void)use<site>(used_to_store);
    Explorer::now().store(word, value, use<site>(used_to_store), name<site>());
  }
  template <Site site>
  bool cas(std::uint32_t& word, std::uint32_t& expected, std::uint32_t desired) const {
    return Explorer::now().cas(word, expected, desired & ~mutation<site>().never_written, use<site>(used_to_change),
                               name<site>());
  }
  template <Site site>
  std::uint32_t exchange(std::uint32_t& word, std::uint32_t value) const {
    if (mutation<site>().is_skipped) return unchanged<site>(word);
    return Explorer::now().change(
        word, [&](std::uint32_t) { return value; }, use<site>(used_to_change | used_to_add), name<site>());
  }
  template <Site site>
  std::uint32_t add(std::uint32_t& word, std::uint32_t value) const {
    if (mutation<site>().is_skipped) return unchanged<site>(word);
    return Explorer::now().change(
        word, [&](std::uint32_t old) { return old + value; }, use<site>(used_to_change | used_to_add), name<site>());
  }
  template <Site site>
  void fence() const {
    Explorer::now().fence(use<site>(used_as_fence), name<site>());
  }
  void wake(const std::uint32_t& word, std::uint32_t count) const { Explorer::now().wake(word, count); }
  /// Word by word.
  template <Site site>
  void write_racing(std::byte* to, std::span<const std::byte> from) {
    for (std::size_t i = 0; i < from.size(); i += 4) {
      std::uint32_t value = 0;
      std::memcpy(&value, from.data() + i, 4);
      store<site>(*reinterpret_cast<std::uint32_t*>(to + i), value);
    }
  }
  template <Site site>
  void read_racing(std::span<std::byte> to, const std::byte* from) {
    for (std::size_t i = 0; i < to.size(); i += 4) {
      const std::uint32_t value = load<site>(*reinterpret_cast<const std::uint32_t*>(from + i));
      std::memcpy(to.data() + i, &value, 4);
    }
  }

 private:
  template <Site site>
  static std::uint32_t unchanged(const std::uint32_t& word) {
    return Explorer::now().load(word, use<site>(used_to_change | used_to_add), name<site>());
  }
  template <Site site>
  static std::memory_order use(unsigned how) {
    sites.uses[static_cast<std::size_t>(site)] |= static_cast<std::uint8_t>(how);
    return sites.orders[static_cast<std::size_t>(site)];
  }
  template <Site site>
  static const Mutation& mutation() {
    return sites.mutations[static_cast<std::size_t>(site)];
  }
  template <Site site>
  static const char* name() {
    return kSiteNames[static_cast<std::size_t>(site)];
  }
};

/// Advances an operation to its end, as the loop of a native thread does but for the spinning.
template <class Operation>
Step finish(Operation&& operation) {
  Machine machine;
  Step step = operation.advance(machine, Effort::suspect);
  while (step.is_wait()) {
    const bool is_over = Explorer::now().sleep(*step.word, step.value);
    step = operation.advance(machine, is_over ? Effort::suspect : Effort::announce);
  }
  return step;
}

}  // namespace shm::model
