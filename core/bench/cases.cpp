// SPDX-License-Identifier: MIT
#include "cases.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <span>

#include "locks.hpp"
#include "stage.hpp"
#include "turns.hpp"

namespace shm::bench {
namespace {

constexpr std::uint64_t kUntilAsleep = 200'000;  // ns; who waits has gone to sleep by then

double mean(std::uint64_t total, std::uint64_t count) {
  return static_cast<double>(total) / static_cast<double>(std::max<std::uint64_t>(count, 1));
}

/// A lock that nobody else wants.
template <class Lock>
Measured uncontended(const Job& job) {
  Stage stage;
  Lock::prepare(stage.area());
  stage.run(1, Placement::own_cores, [&](const Actor& actor) {
    Lock lock(actor, 0);
    const auto repeat = [&](std::uint64_t times) {
      for (std::uint64_t i = 0; i < times; ++i) {
        lock.lock();
        lock.unlock();
      }
    };
    repeat(job.warmup);
    const std::uint64_t start = now();
    repeat(job.operations);
    actor.area.tallies[0].nanoseconds = now() - start;
  });
  return {mean(stage.area().tallies[0].nanoseconds, job.operations), {}};
}

/// Two processes take turns as fast as they can; one operation is one turn passed on.
template <class Turns, Placement where>
Measured hand_over(const Job& job) {
  Stage stage;
  Turns::prepare(stage.area());
  stage.run(2, where, [&](const Actor& actor) {
    Turns turns(actor);
    const auto repeat = [&](std::uint64_t operations) {
      for (std::uint64_t i = 0; i < operations / 2; ++i) {
        turns.take();
        turns.pass();
      }
    };
    repeat(job.warmup);
    const std::uint64_t slept = sleeps();
    const std::uint64_t start = now();
    repeat(job.operations);
    Tally& tally = actor.area.tallies[actor.index];
    tally.nanoseconds = now() - start;
    tally.sleeps = sleeps() - slept;
  });
  const auto& tallies = stage.area().tallies;
  return {mean(tallies[0].nanoseconds, job.operations),
          {{"sleeps per turn", mean(tallies[0].sleeps + tallies[1].sleeps, job.operations)}}};
}

/// A turn is passed on when the other one has long been asleep; an operation lasts from then until that one has it.
template <class Turns>
Measured wake_up(const Job& job) {
  Stage stage;
  Turns::prepare(stage.area());
  stage.run(2, Placement::own_cores, [&](const Actor& actor) {
    Turns turns(actor);
    Tally& tally = actor.area.tallies[actor.index];
    std::uint64_t slept = 0;
    for (std::uint64_t i = 0; i < (job.warmup + job.operations) / 2; ++i) {
      if (i == job.warmup / 2) slept = sleeps();
      turns.take();
      if (i >= job.warmup / 2 && i > 0) {
        tally.nanoseconds += now() - actor.area.passed_at;
        ++tally.operations;
      }
      spend(kUntilAsleep);
      actor.area.passed_at = now();
      turns.pass();
    }
    tally.sleeps = sleeps() - slept;
  });
  const auto& tallies = stage.area().tallies;
  const std::uint64_t operations = tallies[0].operations + tallies[1].operations;
  return {mean(tallies[0].nanoseconds + tallies[1].nanoseconds, operations),
          {{"sleeps per turn", mean(tallies[0].sleeps + tallies[1].sleeps, operations)}}};
}

/// As many processes as the variant says take one lock over and over, for as many microseconds as the job has
/// operations. An operation is what all of them do together.
template <class Lock>
Measured crowd(const Job& job) {
  const auto processes = static_cast<std::uint32_t>(std::strtoul(job.variant.c_str(), nullptr, 10));
  require(processes >= 1 && processes <= kMostProcesses, "the number of processes");
  Stage stage;
  Lock::prepare(stage.area());
  const auto part = [](const Actor& actor) {
    Lock lock(actor, 0);
    const std::atomic_ref stopped(actor.area.stopped);
    Tally tally{};
    while (stopped.load(std::memory_order_relaxed) == 0) {
      const std::uint64_t start = now();
      lock.lock();
      tally.longest = std::max(tally.longest, now() - start);
      ++actor.area.counter;
      lock.unlock();
      ++tally.operations;
    }
    actor.area.tallies[actor.index] = tally;
  };
  std::uint64_t elapsed = 0;
  stage.run(processes, Placement::anywhere, part, [&] {
    const std::uint64_t start = now();
    rest(job.operations * 1000);
    std::atomic_ref(stage.area().stopped) = 1;
    elapsed = now() - start;
  });

  const std::span tallies(stage.area().tallies.data(), processes);
  double total = 0;
  double squares = 0;
  std::uint64_t longest = 0;
  std::uint64_t fewest = ~std::uint64_t{0};
  for (const Tally& tally : tallies) {
    const auto operations = static_cast<double>(tally.operations);
    total += operations;
    squares += operations * operations;
    longest = std::max(longest, tally.longest);
    fewest = std::min(fewest, tally.operations);
  }
  require(total == static_cast<double>(stage.area().counter), "the lock did not exclude");
  return {static_cast<double>(elapsed) / total,
          {{"longest wait, ms", static_cast<double>(longest) / 1e6},
           {"fairness", total * total / (processes * squares)},
           {"least share", static_cast<double>(fewest) * processes / total}}};
}

struct Entry {
  const char* verb;
  const char* contender;
  const char* variant;  ///< null: any
  Case run;
};

using OwnTurns = LockTurns<OwnLock>;
using PthreadTurns = LockTurns<PthreadLock<false>>;

constexpr Entry kEntries[] = {
    {"uncontended", "ours-cpp", nullptr, uncontended<OwnLock>},
    {"uncontended", "pthread", "robust", uncontended<PthreadLock<true>>},
    {"uncontended", "pthread", nullptr, uncontended<PthreadLock<false>>},
    {"hand-over", "ours-cpp", "mutex", hand_over<OwnTurns, Placement::own_cores>},
    {"hand-over", "ours-cpp", "event", hand_over<EventTurns, Placement::own_cores>},
    {"hand-over", "pthread", nullptr, hand_over<PthreadTurns, Placement::own_cores>},
    {"hand-over", "futex", nullptr, hand_over<FutexTurns, Placement::own_cores>},
    {"hand-over", "atomics", nullptr, hand_over<AtomicTurns, Placement::own_cores>},
    {"hand-over-one-core", "ours-cpp", "mutex", hand_over<OwnTurns, Placement::one_core>},
    {"hand-over-one-core", "ours-cpp", "event", hand_over<EventTurns, Placement::one_core>},
    {"hand-over-one-core", "pthread", nullptr, hand_over<PthreadTurns, Placement::one_core>},
    {"hand-over-one-core", "futex", nullptr, hand_over<FutexTurns, Placement::one_core>},
    {"wake-up", "ours-cpp", "mutex", wake_up<OwnTurns>},
    {"wake-up", "ours-cpp", "event", wake_up<EventTurns>},
    {"wake-up", "pthread", nullptr, wake_up<PthreadTurns>},
    {"wake-up", "futex", nullptr, wake_up<FutexTurns>},
    {"crowd", "ours-cpp", nullptr, crowd<OwnLock>},
    {"crowd", "pthread", nullptr, crowd<PthreadLock<false>>},
};

}  // namespace

Case find_case(std::string_view verb, std::string_view contender, std::string_view variant) {
  const auto* const entry = std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& candidate) {
    return verb == candidate.verb && contender == candidate.contender &&
           (candidate.variant == nullptr || variant == candidate.variant);
  });
  return entry == std::end(kEntries) ? nullptr : entry->run;
}

}  // namespace shm::bench
