// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace shm::fuzz {

/// Acts of the target `locks`.
enum LockAct : std::uint8_t {
  kNothing,
  kLock,
  kUnlock,
  kUnlockSuspect,
  kUnlockConsistent,
  kMakeConsistent,
  kRead,
  kUnlockRead,
  kWrite,
  kUnlockWrite,
  kUnlockWriteSuspect,
  kDowngrade,
  kMakeWriteConsistent,
};

/// Acts of the target `permits`.
enum PermitAct : std::uint8_t {
  kAcquire = 1,
  kRelease,
  kAcquireLease,
  kReleaseLease,
  kWaitManual,
  kSetManual,
  kResetManual,
  kWaitAutomatic,
  kSetAutomatic,
  kResetAutomatic,
  kWaitWord,
};

/// Acts of the target `meetings`. The condition is of the mutex.
enum MeetingAct : std::uint8_t {
  kLockForCondition = 1,
  kUnlockForCondition,
  kWaitCondition,
  kNotify,
  kWaitBarrier,
};

/// Acts of the target `segment`, whose details choose a name.
enum SegmentAct : std::uint8_t {
  kList = 1,
  kFind,
  kMake,
  kRetire,
};

/// The header's bytes that nobody reads, which are not in the inputs of `segment`.
constexpr std::size_t kUnreadBegin = 0x140;
constexpr std::size_t kUnreadEnd = 0x1000;

/// Acts of the target `participants`, each by one of the two actors, who share the table.
enum ParticipantAct : std::uint8_t {
  kJoin = 1,
  kLeave,
  kCrash,
  kAskForWord,   ///< whether the token in a word of the table is dead
  kAskForValue,  ///< or that in an intrusion's value
  kAskForBoth,   ///< or the actors'
  kOverwrite,    ///< an intrusion, now
  kPretend,      ///< a slot says that it is of this process
};

constexpr std::uint32_t cells_of(std::uint8_t count) noexcept { return count % 16U + 1; }

}  // namespace shm::fuzz
