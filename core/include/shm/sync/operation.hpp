// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <shm/deadline.hpp>
#include <shm/sync/step.hpp>

namespace shm {

namespace sync {
struct OperationMaker;  // src/sync/operation_maker.hpp
}

/// A blocking operation in progress: lock, wait, acquire. It points to the object and the participant, which outlive
/// it.
///
/// Thread safety: one thread at a time, which may change; and one at a time for all operations of a participant.
class Operation {
 public:
  Operation() noexcept = default;  ///< none: advancing it fails

  /// Never blocks. After `done` or `failed` it has ended.
  Step advance(Effort effort) noexcept;
  /// The deadline has passed, or nobody wants the result any more. The last attempt must have been announced: it takes
  /// over a wake-up that was meant for this operation.
  /// returns  done with timed_out; or done otherwise, if it came true; or it has to go on for a while, whatever the
  ///          deadline: a condition gets its mutex back first
  Step give_up() noexcept;

 private:
  friend struct sync::OperationMaker;
  static constexpr std::size_t kRoom = 104;

  alignas(8) std::byte state_[kRoom] = {};
  Step (*advance_)(std::byte*, Effort) noexcept = nullptr;
  Step (*give_up_)(std::byte*) noexcept = nullptr;
};

/// How long sleeps last: longer each time, and never so long that a wake-up which a killed peer has not given costs
/// more than 50 ms.
class Slices {
 public:
  /// returns  nanoseconds of the next one
  std::uint64_t next() noexcept;

 private:
  std::uint32_t count_ = 0;
};

/// One thread that advances one operation, in pieces of at most a slice, for those who have to look at something else
/// in between. wait_for() is the whole.
class Waiting {
 public:
  Waiting(const Operation& operation, Deadline deadline) noexcept : operation_(operation), deadline_(deadline) {}

  /// Tries without sleeping. After `wait`, sleep() and try again.
  Step attempt() noexcept;
  /// Sleeps at most a slice, on what the last attempt has said.
  void sleep() noexcept;
  /// Nobody wants the result any more: the next attempt gives up.
  void abort() noexcept { deadline_ = Deadline::now(); }

 private:
  Operation operation_;
  Deadline deadline_;
  Slices slices_;
  Step last_;
  Effort effort_ = Effort::suspect;
  bool has_spun_ = false;
  bool has_given_up_ = false;
};

/// Blocks until the operation has ended.
Step wait_for(const Operation& operation, Deadline deadline) noexcept;

}  // namespace shm
