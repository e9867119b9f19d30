// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace shm::layout {

//  0            4    8    12         16           24         32   36       40      44            48     64
//  | generation | pid| tid| namespace| start time | reserved | uid| version| flags | identity of | zero |
//
/// One participant of a managed segment: a JavaScript thread or a native one that has attached it. The tenant of a slot
/// holds a write lock on the byte kSlotLocks + index. Words are accessed by std::atomic_ref alone.
struct alignas(64) ParticipantSlot {
  std::uint32_t generation;           ///< changes with the tenant, and when it leaves; its low 20 bits are never 0 then
  std::uint32_t pid;                  ///< as in the PID namespace
  std::uint32_t tid;                  ///< diagnostics
  std::uint32_t pid_namespace;        ///< its inode; 0: unknown
  std::uint64_t start_time;           ///< of the process, in clock ticks since the system's start; 0: unknown
  std::uint64_t reserved;             ///< 0
  std::uint32_t uid;                  ///< diagnostics, as the next two
  std::uint32_t library_version;      ///< major << 16 | minor << 8 | patch
  std::uint32_t flags;                ///< kIsWorker and the like
  std::uint32_t identity_generation;  ///< the generation that the fields before are of
  std::uint8_t zero[16];
};
static_assert(sizeof(ParticipantSlot) == 64, "layout 1: one cache line each");
static_assert(offsetof(ParticipantSlot, pid) == 4 && offsetof(ParticipantSlot, tid) == 8 &&
                  offsetof(ParticipantSlot, pid_namespace) == 12 && offsetof(ParticipantSlot, start_time) == 16 &&
                  offsetof(ParticipantSlot, uid) == 32 && offsetof(ParticipantSlot, library_version) == 36 &&
                  offsetof(ParticipantSlot, flags) == 40 && offsetof(ParticipantSlot, identity_generation) == 44,
              "layout 1");

// ParticipantSlot::flags.
constexpr std::uint32_t kIsWorker = 1;      ///< a thread that is not the first of its process
constexpr std::uint32_t kIsJavaScript = 2;  ///< by the addon; else a native program

}  // namespace shm::layout
