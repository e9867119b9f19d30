// SPDX-License-Identifier: MIT
// What the explorer itself can tell apart: small programs whose verdicts by the C++ memory model are known. Each one
// that must pass has a twin with one thing weakened that must fail.
#include <gtest/gtest.h>

#include <shm/layout/sync_bodies.hpp>

#include "model/explorer.hpp"

namespace shm::model {
namespace {

using enum std::memory_order;

std::uint32_t load(const std::uint32_t& word, std::memory_order order) { return Explorer::now().load(word, order); }
void store(std::uint32_t& word, std::uint32_t value, std::memory_order order) {
  Explorer::now().store(word, value, order);
}
std::uint32_t add(std::uint32_t& word, std::uint32_t value, std::memory_order order) {
  return Explorer::now().change(
      word, [&](std::uint32_t old) { return old + value; }, order);
}
std::uint32_t exchange(std::uint32_t& word, std::uint32_t value, std::memory_order order) {
  return Explorer::now().change(
      word, [&](std::uint32_t) { return value; }, order);
}
void fence(std::memory_order order) { Explorer::now().fence(order); }

template <class World>
void passes(const Settings& settings = {.bound = 4}) {
  const Report report = explore<World>(settings);
  EXPECT_EQ(report.failure, "");
  EXPECT_GT(report.executions, 1U);
}
template <class World>
void fails(const char* how, const Settings& settings = {.bound = 4}) {
  const Report report = explore<World>(settings);
  EXPECT_EQ(report.failure.substr(0, report.failure.find('\n')), how);
}

template <std::memory_order publish, std::memory_order look, std::memory_order before = relaxed,
          std::memory_order after = relaxed>
struct MessagePassing {
  static constexpr int kThreads = 2;
  std::uint32_t flag = 0;
  Plain data;
  void run(int thread) {
    if (thread == 0) {
      data.set(1);
      fence(before);
      store(flag, 1, publish);
    } else if (load(flag, look) == 1) {
      fence(after);
      expect(data.get() == 1, "the message is not there");
    }
  }
};

TEST(Explorer, a_released_message_is_there_for_who_acquires) {
  passes<MessagePassing<release, acquire>>();
  fails<MessagePassing<relaxed, acquire>>("race: load and store");
  fails<MessagePassing<release, relaxed>>("race: load and store");
}
TEST(Explorer, fences_release_and_acquire) {
  passes<MessagePassing<relaxed, relaxed, release, acquire>>();
  passes<MessagePassing<relaxed, acquire, release>>();
  fails<MessagePassing<relaxed, relaxed, release>>("race: load and store");
  fails<MessagePassing<relaxed, relaxed, acquire, acquire>>("race: load and store");
  fails<MessagePassing<relaxed, relaxed, release, release>>("race: load and store");
}

template <std::memory_order publish, std::memory_order look, std::memory_order middle = relaxed>
struct StoreBuffering {
  static constexpr int kThreads = 2;
  std::uint32_t words[2] = {};
  std::uint32_t seen[2] = {1, 1};
  void run(int thread) {
    store(words[thread], 1, publish);
    fence(middle);
    seen[thread] = load(words[1 - thread], look);
  }
  void check() { expect(seen[0] == 1 || seen[1] == 1, "neither saw the other"); }
};

TEST(Explorer, only_sequential_consistency_orders_a_store_before_a_load) {
  passes<StoreBuffering<relaxed, relaxed, seq_cst>>();
  passes<StoreBuffering<seq_cst, seq_cst>>();
  fails<StoreBuffering<relaxed, relaxed, acq_rel>>("neither saw the other");
  fails<StoreBuffering<release, seq_cst>>("neither saw the other");
  fails<StoreBuffering<seq_cst, acquire>>("neither saw the other");
  passes<StoreBuffering<relaxed, relaxed>>({.bound = 4, .is_weak = false});
}

struct OneFenceOnly {
  static constexpr int kThreads = 2;
  std::uint32_t words[2] = {};
  std::uint32_t seen[2] = {1, 1};
  void run(int thread) {
    store(words[thread], 1, relaxed);
    if (thread == 0) fence(seq_cst);
    seen[thread] = load(words[1 - thread], relaxed);
  }
  void check() { expect(seen[0] == 1 || seen[1] == 1, "neither saw the other"); }
};
TEST(Explorer, a_fence_on_one_side_only_is_not_enough) { fails<OneFenceOnly>("neither saw the other"); }

template <std::memory_order publish, std::memory_order look>
struct IndependentReads {
  static constexpr int kThreads = 4;
  std::uint32_t words[2] = {};
  std::uint32_t seen[2][2] = {};
  void run(int thread) {
    if (thread < 2) return store(words[thread], 1, publish);
    seen[thread - 2][0] = load(words[thread - 2], look);
    seen[thread - 2][1] = load(words[3 - thread], look);
  }
  void check() {
    const auto is_split = [](const std::uint32_t(&by)[2]) { return by[0] == 1 && by[1] == 0; };
    expect(!is_split(seen[0]) || !is_split(seen[1]), "two orders of the same stores");
  }
};
TEST(Explorer, readers_agree_on_independent_stores_by_sequential_consistency_only) {
  passes<IndependentReads<seq_cst, seq_cst>>();
  fails<IndependentReads<release, acquire>>("two orders of the same stores");
}

struct Coherence {
  static constexpr int kThreads = 2;
  std::uint32_t word = 0;
  void run(int thread) {
    if (thread == 0) {
      store(word, 1, relaxed);
      return store(word, 2, relaxed);
    }
    const std::uint32_t first = load(word, relaxed);
    expect(load(word, relaxed) >= first, "a word went back");
  }
};
struct TwoWords {
  static constexpr int kThreads = 2;
  std::uint32_t words[2] = {};
  void run(int thread) {
    if (thread == 0) {
      store(words[0], 1, relaxed);
      return store(words[1], 1, relaxed);
    }
    const std::uint32_t first = load(words[1], relaxed);
    expect(load(words[0], relaxed) >= first, "two words are not in order");
  }
};
TEST(Explorer, one_word_never_goes_back_but_two_words_may) {
  passes<Coherence>();
  fails<TwoWords>("two words are not in order");
}

template <bool is_rmw>
struct ReleaseSequence {
  static constexpr int kThreads = 3;
  std::uint32_t flag = 0;
  Plain data;
  void run(int thread) {
    if (thread == 0) {
      data.set(1);
      store(flag, 1, release);
    } else if (thread == 1) {
      if (load(flag, relaxed) == 0) return;
      if (is_rmw) {
        add(flag, 1, relaxed);
      } else {
        store(flag, 2, relaxed);
      }
    } else if (load(flag, acquire) == 2) {
      (void)data.get();
    }
  }
};
TEST(Explorer, a_release_goes_on_through_read_modify_writes_not_through_stores) {
  passes<ReleaseSequence<true>>();
  fails<ReleaseSequence<false>>("race: load and store");
}

struct Counter {
  static constexpr int kThreads = 2;
  std::uint32_t word = 0;
  void run(int /*thread*/) { add(word, 1, relaxed); }
  void check() { expect(final_value(word) == 2, "an addition is lost"); }
};
struct TornCounter {
  static constexpr int kThreads = 2;
  std::uint32_t word = 0;
  void run(int /*thread*/) { store(word, load(word, relaxed) + 1, relaxed); }
  void check() { expect(final_value(word) == 2, "an addition is lost"); }
};
TEST(Explorer, a_read_modify_write_sees_the_last_store) {
  passes<Counter>();
  fails<TornCounter>("an addition is lost");
}

/// The mutex of 0, 1 and 2: 2 says that somebody may sleep.
template <std::memory_order take, std::memory_order give, bool keeps_waiters, bool wakes>
struct FutexMutex {
  static constexpr int kThreads = 3;
  std::uint32_t word = 0;
  Plain data;
  void run(int /*thread*/) {
    std::uint32_t expected = 0;
    if (!Explorer::now().cas(word, expected, 1, take)) {
      std::uint32_t mine = 2;
      while (exchange(word, mine, take) != 0) {
        (void)Explorer::now().sleep(word, 2);
        mine = keeps_waiters ? 2 : 1;
        if (!keeps_waiters && exchange(word, 1, take) == 0) break;
        mine = 2;
      }
    }
    data.add(1);
    if (exchange(word, 0, give) == 2 && wakes) Explorer::now().wake(word, 1);
  }
};
TEST(Explorer, a_mutex_protects_and_wakes) {
  passes<FutexMutex<acquire, release, true, true>>({.bound = 2});
  fails<FutexMutex<relaxed, release, true, true>>("race: load and store", {.bound = 2});
  fails<FutexMutex<acquire, relaxed, true, true>>("race: load and store", {.bound = 2});
  fails<FutexMutex<acquire, release, true, false>>("somebody sleeps for ever", {.bound = 2});
  fails<FutexMutex<acquire, release, false, true>>("somebody sleeps for ever", {.bound = 2});
  passes<FutexMutex<acquire, release, true, false>>({.bound = 2, .has_slices = true});
  fails<FutexMutex<acquire, release, true, true>>("somebody sleeps for ever", {.bound = 2, .wakes_dropped = 0});
}

struct Spinning {
  static constexpr int kThreads = 1;
  std::uint32_t word = 0;
  void run(int /*thread*/) {
    while (load(word, relaxed) == 0) {
    }
  }
};
TEST(Explorer, a_loop_without_end_is_found) { fails<Spinning>("live-lock: no end of operations"); }

/// Who finds the victim's token asks whether it is dead, and if so takes over what it protects.
template <std::memory_order claim, std::memory_order before, bool asks = true>
struct TakeOver {
  static constexpr int kThreads = 2;
  std::uint32_t word = 0;
  Plain data;
  void run(int thread) {
    if (thread == 0) {
      std::uint32_t nobody = 0;
      if (!Explorer::now().cas(word, nobody, token_of(0), claim)) return;
      data.add(1);
      data.add(1);
      return;
    }
    const std::uint32_t owner = load(word, relaxed);
    if (owner == 0) return;
    fence(before);
    if (!asks || Explorer::now().is_dead(owner)) data.add(1);
  }
};
TEST(Explorer, the_dead_are_known_by_their_tokens) {
  for (const int victim : {-1, 0, 1}) passes<TakeOver<release, acquire>>({.bound = 3, .victim = victim});
  fails<TakeOver<acquire, acquire>>("race: load and store");
  fails<TakeOver<release, relaxed>>("race: load and store");
  fails<TakeOver<release, acquire, false>>("race: load and store");
}

struct Victim {
  static constexpr int kThreads = 1;
  std::uint32_t word = 0;
  Plain data;
  void run(int /*thread*/) {
    store(word, 1, relaxed);
    data.set(1);
    store(word, 2, relaxed);
    Explorer::now().pause();
  }
};
TEST(Explorer, a_victim_may_die_before_each_operation) {
  EXPECT_EQ(explore<Victim>({.victim = 0}).executions, 5U);
  EXPECT_EQ(explore<Victim>().executions, 1U);
}

struct Independent {
  static constexpr int kThreads = 2;
  std::uint32_t words[2] = {};
  void run(int thread) {
    store(words[thread], 1, relaxed);
    store(words[thread], 2, relaxed);
  }
};
TEST(Explorer, all_orders_are_run_once_up_to_the_bound) {
  EXPECT_EQ(explore<Independent>({.bound = 0}).executions, 2U);
  EXPECT_EQ(explore<Independent>({.bound = 9}).executions, 6U);  // 4 over 2
}

}  // namespace
}  // namespace shm::model
