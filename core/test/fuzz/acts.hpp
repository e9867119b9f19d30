// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace shm::fuzz {

/// Acts of the target `locks`.
constexpr std::uint8_t kNothing = 0;
constexpr std::uint8_t kLock = 1;
constexpr std::uint8_t kUnlock = 2;
constexpr std::uint8_t kUnlockSuspect = 3;
constexpr std::uint8_t kUnlockConsistent = 4;
constexpr std::uint8_t kMakeConsistent = 5;
constexpr std::uint8_t kRead = 6;
constexpr std::uint8_t kUnlockRead = 7;
constexpr std::uint8_t kWrite = 8;
constexpr std::uint8_t kUnlockWrite = 9;
constexpr std::uint8_t kUnlockWriteSuspect = 10;
constexpr std::uint8_t kDowngrade = 11;
constexpr std::uint8_t kMakeWriteConsistent = 12;

/// Acts of the target `permits`.
constexpr std::uint8_t kAcquire = 1;
constexpr std::uint8_t kRelease = 2;
constexpr std::uint8_t kAcquireLease = 3;
constexpr std::uint8_t kReleaseLease = 4;
constexpr std::uint8_t kWaitManual = 5;
constexpr std::uint8_t kSetManual = 6;
constexpr std::uint8_t kResetManual = 7;
constexpr std::uint8_t kWaitAutomatic = 8;
constexpr std::uint8_t kSetAutomatic = 9;
constexpr std::uint8_t kResetAutomatic = 10;
constexpr std::uint8_t kWaitWord = 11;

/// Acts of the target `meetings`. The condition is of the mutex.
constexpr std::uint8_t kLockForCondition = 1;
constexpr std::uint8_t kUnlockForCondition = 2;
constexpr std::uint8_t kWaitCondition = 3;
constexpr std::uint8_t kNotify = 4;
constexpr std::uint8_t kWaitBarrier = 5;

/// Acts of the target `ring`. Details choose lengths; what is taken anew begins at the positions in the memory.
constexpr std::uint8_t kTakeProducer = 1;
constexpr std::uint8_t kTakeConsumer = 2;
constexpr std::uint8_t kLeaveProducer = 3;
constexpr std::uint8_t kLeaveConsumer = 4;
constexpr std::uint8_t kAppend = 5;
constexpr std::uint8_t kPublish = 6;
constexpr std::uint8_t kPass = 7;
constexpr std::uint8_t kFree = 8;
constexpr std::uint8_t kWaitForRoom = 9;
constexpr std::uint8_t kWaitForMessage = 10;

/// Acts of the target `queue`. Details choose lengths, and which of the latest claims and leases.
constexpr std::uint8_t kReserve = 1;
constexpr std::uint8_t kCommit = 2;
constexpr std::uint8_t kAbort = 3;
constexpr std::uint8_t kTake = 4;
constexpr std::uint8_t kLeaseMessage = 5;
constexpr std::uint8_t kEndLease = 6;
constexpr std::uint8_t kReturnLease = 7;
constexpr std::uint8_t kFreeFinished = 8;
constexpr std::uint8_t kWaitForSpace = 9;
constexpr std::uint8_t kWaitForNext = 10;

/// Acts of the target `topic`.
constexpr std::uint8_t kPublishMessage = 1;
constexpr std::uint8_t kSubscribe = 2;
constexpr std::uint8_t kReadMessage = 3;
constexpr std::uint8_t kWaitForNews = 4;

/// Acts of the target `register`.
constexpr std::uint8_t kWriteValue = 1;
constexpr std::uint8_t kReadValue = 2;
constexpr std::uint8_t kWaitForChange = 3;

/// Acts of the target `segment`, whose details choose a name.
constexpr std::uint8_t kList = 1;
constexpr std::uint8_t kFind = 2;
constexpr std::uint8_t kMake = 3;
constexpr std::uint8_t kRetire = 4;

/// The header's bytes that nobody reads, which are not in the inputs of `segment`.
constexpr std::size_t kUnreadBegin = 0x140;
constexpr std::size_t kUnreadEnd = 0x1000;

/// Acts of the target `participants`, each by one of the two actors, who share the table.
constexpr std::uint8_t kJoin = 1;
constexpr std::uint8_t kLeave = 2;
constexpr std::uint8_t kCrash = 3;
constexpr std::uint8_t kAskForWord = 4;   ///< whether the token in a word of the table is dead
constexpr std::uint8_t kAskForValue = 5;  ///< or that in an intrusion's value
constexpr std::uint8_t kAskForBoth = 6;   ///< or the actors'
constexpr std::uint8_t kOverwrite = 7;    ///< an intrusion, now
constexpr std::uint8_t kPretend = 8;      ///< a slot says that it is of this process

constexpr std::uint32_t cells_of(std::uint8_t count) noexcept { return count % 16U + 1; }

}  // namespace shm::fuzz
