// SPDX-License-Identifier: MIT
// Runs every execution of a few threads that share a few words: every order of their operations (up to a number of
// preemptions), every value that weak memory lets a load return, and the death of one thread before every operation.
//
// What it does not find: errors that need more preemptions, more threads, or a load that sees a store made later.
// A world is a struct with the shared words, made anew for each execution in memory that the explorer knows:
//
//   struct Handshake {
//     static constexpr int kThreads = 2;
//     std::uint32_t flag = 0;   // shared words are std::uint32_t members, at first as the constructor leaves them
//     Plain data;               // what the words protect
//     void run(int thread);     // the body of each thread; it owns nothing: it may be left for good anywhere
//     void check();             // optional: after every execution, by final_value()
//   };
//   const Report report = explore<Handshake>({.bound = 3});
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>

#include "model/choices.hpp"
#include "model/fiber.hpp"
#include "model/weak_memory.hpp"

namespace shm::model {

struct Settings {
  int bound = 2;            ///< how often a thread that could go on is held up by others
  int victim = -1;          ///< the thread that may die, before any of its operations
  bool has_slices = false;  ///< a sleep ends by itself when nobody can run; without, that is a lost wake-up
  bool is_weak = true;      ///< false: every load sees the last store
  int wakes_dropped = -1;   ///< a control: wake-ups on the word at this offset don't happen
  std::uint64_t most_executions = 200'000'000;
};

struct Report {
  std::uint64_t executions = 0;
  std::string failure;            ///< empty: none; else what failed, and the operations that led there
  std::array<bool, 512> wakes{};  ///< [n]: somebody was woken on the word at offset 4n
  [[nodiscard]] bool is_clean() const { return failure.empty(); }
};

/// A plain, non-atomic variable. Two unordered accesses, one of them a store, are a race, which is a failure.
class Plain {
 public:
  Plain() = default;
  explicit Plain(std::uint32_t value) : value_(value) {}
  std::uint32_t get();
  void set(std::uint32_t value);
  void add(std::uint32_t value) { set(get() + value); }

 private:
  friend class Explorer;
  std::uint32_t value_ = 0;
  int writer_ = -1;
  std::int16_t written_ = 0;
  std::array<std::int16_t, kMaxThreads> read_{};
};

/// Who the threads are in the words.
constexpr std::uint32_t token_of(int thread) { return (static_cast<std::uint32_t>(thread) + 1) << 20 | 1; }

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of their subjects, and there is one
class Explorer {
 public:
  static Explorer& now() { return instance_; }

  // What a body does.
  [[nodiscard]] int thread() const { return current_; }
  std::uint32_t load(const std::uint32_t& word, std::memory_order order, const char* site = "");
  void store(const std::uint32_t& word, std::uint32_t value, std::memory_order order, const char* site = "");
  bool cas(const std::uint32_t& word, std::uint32_t& expected, std::uint32_t desired, std::memory_order order,
           const char* site = "");
  template <class Next>
  std::uint32_t change(const std::uint32_t& word, Next next, std::memory_order order, const char* site = "") {
    const int location = reach(word);
    const std::uint32_t old = memory_.read_last(current_, location, order);
    write_next(location, old, next(old), order, site);
    return old;
  }
  void fence(std::memory_order order, const char* site = "");
  /// Sleeps while the last value of the word is this one.
  /// returns  true if the slice was over before anybody woke it
  bool sleep(const std::uint32_t& word, std::uint32_t value);
  void wake(const std::uint32_t& word, std::uint32_t count);
  bool is_dead(std::uint32_t token);
  /// Nothing but a place where the thread may be held up, or die.
  void pause();
  void expect(bool holds, const char* what) {
    if (!holds) fail(what);
  }
  /// Ends the execution; returns only in check().
  void fail(const char* what);
  std::uint32_t get(Plain& plain);
  void set(Plain& plain, std::uint32_t value);

  // What check() asks.
  [[nodiscard]] std::uint32_t final_value(const std::uint32_t& word);
  [[nodiscard]] bool has_died(int thread) const { return threads_[index(thread)].state == State::dead; }

  template <class World>
  Report explore(const Settings& settings) {
    static_assert(std::is_trivially_destructible_v<World> && sizeof(World) <= kWorldBytes);
    static_assert(World::kThreads <= kMaxThreads);
    static constexpr Play kPlay = {World::kThreads, [](void* at) { new (at) World(); },
                                   [](void* at, int thread) { static_cast<World*>(at)->run(thread); },
                                   [](void* at) {
                                     if constexpr (requires(World & world) { world.check(); })
                                       static_cast<World*>(at)->check();
                                   }};
    return explore(kPlay, settings);
  }

 private:
  static constexpr std::size_t kWorldBytes = 2048;
  static constexpr int kMostSteps = 2000;
  static constexpr int kFirstGeneration = kMaxLocations - kMaxThreads;  // locations of the participants' generations

  struct Play {
    int threads;
    void (*begin)(void* world);
    void (*run)(void* world, int thread);
    void (*check)(void* world);
  };
  enum class State : std::uint8_t { runs, sleeps, ended, dead };
  struct Thread {
    Fiber fiber;
    State state = State::runs;
    int sleeps_at = 0;
    bool is_expired = false;  ///< its last sleep
    int expired_slices = 0;
  };

  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  Report explore(const Play& play, const Settings& settings);
  void execute();
  static void run_current();
  void join();
  int location_of(const std::uint32_t& word);
  /// The point before every operation on a word, where others may run first.
  int reach(const std::uint32_t& word);
  void write_next(int location, std::uint32_t old, std::uint32_t value, std::memory_order order, const char* site);
  void point();
  void perhaps_die();
  void go_on_elsewhere();
  void switch_to(int thread);
  void die();
  [[noreturn]] void stop();
  template <class... Arguments>
  void note(const char* format, Arguments... arguments);

  static Explorer instance_;  // NOLINT(readability-identifier-naming): a private member, and it has state

  alignas(64) std::array<std::byte, kWorldBytes> world_{};
  std::array<std::int8_t, kWorldBytes / 4> locations_{};
  int location_count_ = 0;

  const Play* play_ = nullptr;
  Settings settings_;
  Report report_;
  Choices choices_;
  WeakMemory memory_;
  Fiber main_;
  std::array<Thread, kMaxThreads> threads_;
  int current_ = -1;
  int preemptions_left_ = 0;
  int deaths_left_ = 0;
  int steps_ = 0;
  bool has_just_begun_ = false;  ///< the running thread was chosen and has done nothing since
  const char* failure_ = nullptr;
  bool is_traced_ = false;
  std::string trace_;
};

inline std::uint32_t Plain::get() { return Explorer::now().get(*this); }
inline void Plain::set(std::uint32_t value) { Explorer::now().set(*this, value); }

template <class World>
Report explore(const Settings& settings = {}) {
  return Explorer::now().explore<World>(settings);
}
inline void expect(bool holds, const char* what) { Explorer::now().expect(holds, what); }
inline std::uint32_t final_value(const std::uint32_t& word) { return Explorer::now().final_value(word); }

}  // namespace shm::model
