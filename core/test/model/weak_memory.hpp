// SPDX-License-Identifier: MIT
// Memory as C++ lets threads see it: a load may be late, a store is not.
//
// Every location keeps all its stores in the order in which they were made. A *view* says for each location how much of
// that order is known at least. Load buffering (a load that sees a store made later by way of itself) is not modelled.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "model/choices.hpp"

namespace shm::model {

inline constexpr int kMaxThreads = 4;
inline constexpr int kMaxLocations = 28;
inline constexpr int kMaxStores = 160;  // to one location in one execution; more is taken for a live-lock

/// How much is known: of each location the number of a store, of each thread the number of its plain accesses. The
/// latter make "happens before", by which races are found.
struct View {
  static constexpr int kEntries = kMaxLocations + kMaxThreads;
  alignas(16) std::array<std::int16_t, kEntries> known{};

  std::int16_t& operator[](int location) { return known[static_cast<std::size_t>(location)]; }
  std::int16_t operator[](int location) const { return known[static_cast<std::size_t>(location)]; }
  std::int16_t& accesses_of(int thread) { return (*this)[kMaxLocations + thread]; }
  [[nodiscard]] std::int16_t accesses_of(int thread) const { return (*this)[kMaxLocations + thread]; }

  void join(const View& other) {
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = std::max(known[i], other.known[i]);
  }
};

constexpr bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

class WeakMemory {
 public:
  /// Forgets everything; the locations get their values by begin().
  void reset();
  [[nodiscard]] bool has(int location) const { return count_[index(location)] != 0; }
  void begin(int location, std::uint32_t value);

  /// One of the stores that `thread` may still see.
  std::uint32_t load(int thread, int location, std::memory_order order, Choices& choices);
  void store(int thread, int location, std::uint32_t value, std::memory_order order);
  /// What a read-modify-write sees: the last store, whatever the thread knows.
  std::uint32_t read_last(int thread, int location, std::memory_order order);
  /// The store of a read-modify-write, right after its read_last(): it goes on with the release sequence.
  void write_next(int thread, int location, std::uint32_t value, std::memory_order order);
  void fence(int thread, std::memory_order order);

  /// Everything that `from` did happened before what `to` does now: a death seen by way of the kernel.
  void join(int to, int from);
  /// `to` sees the location at least as `from` does: both were under the kernel's lock of that word.
  void see_as(int to, int from, int location);
  /// What the kernel sees, which `thread` then cannot see older.
  std::uint32_t last(int thread, int location);
  [[nodiscard]] std::uint32_t last(int location) const;
  [[nodiscard]] bool is_full(int location) const { return count_[index(location)] == kMaxStores; }

  /// Counts a plain access of `thread`, and answers its number.
  std::int16_t access(int thread) { return ++threads_[index(thread)].current.accesses_of(thread); }
  /// Whether access number `number` of `by` happened before what `thread` does now.
  [[nodiscard]] bool is_ordered(int thread, int by, std::int16_t number) const {
    return threads_[index(thread)].current.accesses_of(by) >= number;
  }

 private:
  struct Store {
    std::uint32_t value;
    View view;
  };
  struct Thread {
    View current;   // what it knows
    View acquired;  // what it would know after an acquire fence
    View released;  // what it knew at its last release fence
  };

  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  void see(Thread& thread, int location, int number, std::memory_order order);
  void append(Thread& thread, int location, std::uint32_t value, std::memory_order order, const View* continued);

  std::array<std::array<Store, kMaxStores>, kMaxLocations> stores_;
  std::array<int, kMaxLocations> count_{};
  std::array<Thread, kMaxThreads> threads_{};
  View total_;  // what sequentially consistent operations agree on; without plain accesses: they order nothing else
};

}  // namespace shm::model
