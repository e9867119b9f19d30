// SPDX-License-Identifier: MIT
#include "model/cases.hpp"
#include "model/machine.hpp"
#include "sync/event_count.hpp"
#include "sync/word_protocol.hpp"

namespace shm::model {
namespace {

/// News that are published by a relaxed store, so that the eventcount alone has to see to it that nobody oversleeps.
/// (Its order for the data is the publisher's own.)
template <int waiters, int news>
struct NewsWorld {
  static constexpr int kThreads = waiters + 1;
  layout::EventCountBody count{};
  std::uint32_t published = 0;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      for (std::uint32_t number = 1; number <= news; ++number) {
        Explorer::now().store(published, number, std::memory_order_relaxed);
        sync::notify(machine, count);
      }
      return;
    }
    for (;;) {
      if (Explorer::now().load(published, std::memory_order_relaxed) == news) return;
      const std::uint32_t sequence = sync::prepare_to_wait(machine, count);
      if (Explorer::now().load(published, std::memory_order_relaxed) == news) return;
      (void)Explorer::now().sleep(count.sequence, sequence);
    }
  }
};

/// Two that publish, one that waits for both.
struct TwoPublishers {
  static constexpr int kThreads = 3;
  layout::EventCountBody count{};
  std::uint32_t published[2] = {};

  void run(int thread) {
    Machine machine;
    if (thread != 0) {
      Explorer::now().store(published[thread - 1], 1, std::memory_order_relaxed);
      return sync::notify(machine, count);
    }
    const auto have_both_come = [&] {
      return Explorer::now().load(published[0], std::memory_order_relaxed) == 1 &&
             Explorer::now().load(published[1], std::memory_order_relaxed) == 1;
    };
    while (!have_both_come()) {
      const std::uint32_t sequence = sync::prepare_to_wait(machine, count);
      if (have_both_come()) return;
      (void)Explorer::now().sleep(count.sequence, sequence);
    }
  }
};

/// The raw wait for a word of the user's.
struct RawWorld {
  static constexpr int kThreads = 2;
  std::uint32_t word = 0;
  Plain data;

  void run(int thread) {
    if (thread == 1) {
      expect(finish(sync::WordWait<Machine>(word, 0)).is_done(), "a wait fails");
      expect(data.get() == 1, "the word came before the data");
      return;
    }
    data.set(1);
    Explorer::now().store(word, 1, std::memory_order_release);
    Explorer::now().wake(word, 1);
  }
};

constexpr Case kCases[] = {
    {"eventcount: one waits", &explore<NewsWorld<1, 2>>, {.bound = 4}, 7851},
    {"eventcount: two wait", &explore<NewsWorld<2, 2>>, {.bound = 3}, 1606700},
    {"eventcount: two publish", &explore<TwoPublishers>, {.bound = 3}, 48370},
    {"eventcount: the publisher dies", &explore<NewsWorld<1, 2>>, {.bound = 3, .victim = 1, .has_slices = true}, 8819},
    {"raw wait", &explore<RawWorld>, {.bound = 4}, 10},
};

}  // namespace

std::span<const Case> event_count_cases() { return kCases; }

}  // namespace shm::model
