// SPDX-License-Identifier: MIT
// The processes of a trial, and the memory that they share.
#pragma once

#include <pthread.h>

#include <array>
#include <cstdint>
#include <functional>
#include <shm/layout/sync_bodies.hpp>
#include <shm/participant.hpp>
#include <vector>

namespace shm::bench {

constexpr std::uint32_t kMostProcesses = 64;
constexpr std::size_t kLine = layout::kCacheLine;

struct alignas(kLine) Word {
  std::uint32_t value;
};

struct alignas(kLine) PthreadBody {
  pthread_mutex_t mutex;
};

/// What a process has measured.
struct alignas(kLine) Tally {
  std::uint64_t operations;
  std::uint64_t nanoseconds;
  std::uint64_t longest;  ///< nanoseconds of one operation
  std::uint64_t sleeps;
};

/// Shared by all processes of a trial; zero at the start.
struct Area {
  std::array<layout::ParticipantSlot, kMostProcesses> slots;
  std::array<layout::MutexBody, 3> mutexes;
  std::array<PthreadBody, 3> pthreads;
  std::array<layout::EventBody, 2> events;
  std::array<Word, 2> words;
  std::array<Tally, kMostProcesses> tallies;
  alignas(kLine) std::uint64_t passed_at;  ///< when the last turn was passed on
  alignas(kLine) std::uint64_t counter;    ///< changed under the lock alone, and not atomically
  alignas(kLine) std::uint32_t met;
  alignas(kLine) std::uint32_t ready;
  alignas(kLine) std::uint32_t started;
  alignas(kLine) std::uint32_t stopped;
};

enum class Placement : std::uint8_t {
  anywhere,
  one_core,   ///< all pinned to the same one
  own_cores,  ///< each pinned to one of its own, as far as there are cores
};

/// A process of the trial.
struct Actor {
  Area& area;
  const Participant& participant;
  std::uint32_t index;
};

class Stage {
 public:
  Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  [[nodiscard]] Area& area() const { return *area_; }

  /// Runs the part in as many processes, which begin at the same time; `direct` runs meanwhile in this one. Ends this
  /// process if one of them fails.
  void run(
      std::uint32_t processes, Placement placement, const std::function<void(const Actor&)>& part,
      const std::function<void()>& direct = [] {});

 private:
  void play(std::uint32_t index, Placement placement, const std::function<void(const Actor&)>& part);

  Area* area_;
  int lock_file_;
  std::vector<int> processors_;
};

/// Waits until that many processes have called it, once each.
void meet(Area& area, std::uint32_t processes);

/// How many processors this process may use.
std::uint32_t processor_count();
std::uint64_t now();                    ///< nanoseconds, the same clock in all processes
void spend(std::uint64_t nanoseconds);  ///< working
void rest(std::uint64_t nanoseconds);   ///< sleeping
std::uint64_t sleeps();                 ///< of this process so far

/// Ends the process with the name of what failed.
void require(bool ok, const char* what);

}  // namespace shm::bench
