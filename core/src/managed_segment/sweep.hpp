// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <shm/layout/segment_header.hpp>
#include <shm/result.hpp>
#include <shm/segment_name.hpp>

#include "../os/os.hpp"

namespace shm::managed {

/// Removes the name if it leads to this file alone and nobody is attached to it. The caller is not, any more.
/// returns  whether it did
/// errors   system: EPERM, EACCES ... of the removal
Result<bool> remove_if_unused(const SegmentName& name, const os::File& file) noexcept;

/// Removes what this user's processes have left that ended without closing: segments whose lifetime ends with the last
/// close, and that nobody has attached. Never another's, nor what lacks our header.
/// most     so many files are looked into, and so many nanoseconds at most
void sweep(std::uint32_t most, std::uint64_t nanoseconds) noexcept;
/// A small one, if this process has made none for a minute.
void sweep_now_and_then() noexcept;

}  // namespace shm::managed
