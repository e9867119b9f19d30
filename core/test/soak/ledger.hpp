// SPDX-License-Identifier: MIT
// What is true, told apart from what the locks say: memory of its own, which the code under test never touches.
#pragma once

#include <atomic>
#include <cstdint>

namespace shm::soak {

constexpr int kMostWorkers = 16;
constexpr std::uint32_t kPermits = 3;
constexpr std::size_t kRemembered = 1 << 14;

/// What the workers do, and count when it is done.
enum class Job : std::uint8_t {
  mutex,
  write,
  read,
  lease,
  permit,
  event,
  pulse,
  condition,
  barrier,
  object,
  ring,
  queue,
  topic,
  value,
  reopen
};
constexpr int kJobs = 15;
constexpr const char* kJobNames[kJobs] = {"mutex",   "write",  "read", "lease", "permit", "event", "pulse", "condition",
                                          "barrier", "object", "ring", "queue", "topic",  "value", "reopen"};

/// The process that is in a place which only one may be in, 0 for none. It is written by that process alone.
using Occupant = std::atomic<std::int32_t>;

struct Ledger {
  std::atomic<std::int32_t> living[kMostWorkers];  ///< processes that nobody has begun to kill
  Occupant in_mutex;
  Occupant writing;
  Occupant reading[kMostWorkers];  ///< by worker
  Occupant holding[kPermits];
  Occupant producing;
  Occupant consuming;
  std::atomic<std::uint64_t> attempted;            ///< the number of the last message that somebody began to send
  std::atomic<std::uint64_t> sent[kRemembered];    ///< [n % kRemembered]: n, if the call that sent message n returned
  std::atomic<std::uint64_t> received;             ///< the number of the last message that somebody was shown
  std::atomic<std::uint64_t> messages;             ///< how many were received
  std::atomic<std::uint32_t> is_between_messages;  ///< 0: whoever was shown it has not said yet that it has it
  std::atomic<std::uint64_t> queued;               ///< as `attempted`, of the queue
  std::atomic<std::uint64_t> queue_sent[kRemembered];
  /// [n % kRemembered]: 2n if somebody was shown message n of the queue, 2n + 1 if he has said that he has it
  std::atomic<std::uint64_t> queue_received[kRemembered];
  std::atomic<std::uint64_t> redelivered;
  std::atomic<std::uint64_t> published;  ///< number of the last message of the topic that somebody began
  std::atomic<std::uint64_t> heard;      ///< how many messages of the topic somebody has got
  std::atomic<std::uint64_t> missed;     ///< how many he was told that he has not
  std::atomic<std::uint64_t> values;     ///< the number of the last value that somebody began to write
  std::atomic<std::uint64_t> written;    ///< the largest number of a value whose write has returned
  std::atomic<std::uint64_t> done[kJobs];
  std::atomic<std::uint64_t> told;  ///< how often somebody was told of a dead owner
  std::atomic<std::uint32_t> has_failed;
  char failure[512];
};

/// The first failure of anybody ends the run. Does not return.
[[noreturn]] void fail(Ledger& ledger, const char* what, std::int32_t who) noexcept;

/// Enters a place. Whoever was in it must have been killed, and not merely stopped.
void enter(Ledger& ledger, Occupant& place, const char* what) noexcept;
/// Whoever is in it must have been killed.
void expect_empty(Ledger& ledger, const Occupant& place, const char* what) noexcept;
/// The process is no more, and its number may soon be another one's.
void forget(Ledger& ledger, std::int32_t pid) noexcept;
inline void leave(Occupant& place) noexcept { place.store(0); }

}  // namespace shm::soak
