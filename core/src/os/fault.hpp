// SPDX-License-Identifier: MIT
// What the guard against lost pages needs from an operating system. All but catch_lost_pages() is also for signal
// handlers: async-signal-safe, and it leaves errno to the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>

namespace shm::os {

/// Looks after a fault at `address`, inside the signal handler.
/// returns  whether to run the access again; otherwise the signal goes to whoever handled it before us
using FaultResolver = bool (*)(std::byte* address) noexcept;

/// Makes `resolver` the first to be asked about SIGBUS of a missing page, unless it is already. To be called now and
/// then: another library may have put its handler in the place of ours, and ours then goes in front of that one.
/// What isn't resolved has the effect that it would have without us. Two things differ: the previous handler runs on
/// the alternate signal stack of its thread even without SA_ONSTACK, and with SA_RESETHAND it is only ours that stays.
/// errors   system: sigaction's
/// threads  one at a time
Result<void> catch_lost_pages(FaultResolver resolver) noexcept;

/// Puts private zero pages in place of what is mapped. Unlike replace_by_zero_pages() it takes no lock of the C
/// library. returns  whether the system did: it doesn't split a page of a mapping, and allows a process so many
/// mappings
bool put_zero_pages(std::byte* base, std::uint64_t size) noexcept;

/// Whether the 8 bytes around the address could be read, which makes pages come as any access does.
bool is_readable(const std::byte* address) noexcept;

std::uint64_t this_thread() noexcept;  ///< tells the threads that run at one time apart
int this_process() noexcept;           ///< not 0

/// Lets others run; the longer, the more often the caller waited before.
void wait_a_little(int waits_before) noexcept;

}  // namespace shm::os
