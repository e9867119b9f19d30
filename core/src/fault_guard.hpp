// SPDX-License-Identifier: MIT
// Keeps the process alive when pages of a shared mapping vanish: a peer made the object smaller, or its file system is
// full and the page was never allocated. The access that would end the process with SIGBUS finds a private page of
// zeros instead, the range is marked, and the owner of the range asks for the mark.
// Invariants: the handler of SIGBUS is installed with the first range and stays; it maps pages into guarded ranges
// only, and passes on every other SIGBUS. docs/algorithms.md#lost-pages
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>

namespace shm::fault_guard {

/// Number of a guarded range.
using Slot = int;
constexpr Slot kNone = -1;
constexpr int kMostRanges = 4096;

/// Guards the pages of [base, base + size), which stay mapped until remove(). Each lost page is replaced when it is
/// touched; from then on this process doesn't share it any more, even if the object grows again. Where the system
/// can't replace a single page (huge pages, too many mappings in this process), more of the range becomes zeros, if
/// need be all of it. The pages come writable. Not guarded: a system call that is given the address fails with EFAULT;
/// a thread that blocks SIGBUS.
/// Ranges may overlap: a lost page is marked in each of them.
/// returns  the range's slot; kNone for size 0
/// errors   system: ENOMEM (kMostRanges are guarded), sigaction's
/// threads  any, but not in a signal handler
Result<Slot> add(std::byte* base, std::uint64_t size) noexcept;

/// Ends it: when this returns, no handler maps anything into the range any more. Before munmap(), that is. Who leaves
/// private pages at the addresses puts them there first, and removes then: so no moment is left in which an access of
/// another thread finds neither. kNone: nothing.
/// threads  any; waits for handlers of other threads that are replacing a page of this range
void remove(Slot slot) noexcept;

/// Whether pages of the range were lost and touched. kNone: false.
/// threads  any; wait-free
bool has_faulted(Slot slot) noexcept;

}  // namespace shm::fault_guard
