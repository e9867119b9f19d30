// SPDX-License-Identifier: MIT
// What this process has mapped and created: the figures of <shm/totals.hpp>.
// Thread safety: all functions, from any thread.
#pragma once

#include <cstdint>
#include <shm/segment_name.hpp>
#include <shm/system_v_key.hpp>

namespace shm::ledger {

void mapped(std::uint64_t bytes) noexcept;
void unmapped(std::uint64_t bytes) noexcept;

/// Notes an object made by this process. One noted before under the same name or key no longer exists: it is replaced.
void created(const SegmentName& name, std::uint64_t bytes) noexcept;
void created(SystemVKey key, int id, std::uint64_t bytes) noexcept;

/// Strikes out what is noted, if anything.
void destroyed(const SegmentName& name) noexcept;
void destroyed(SystemVKey key) noexcept;
/// Only if it is the segment with this id: the key may mean a newer one of ours.
void destroyed(SystemVKey key, int id) noexcept;

}  // namespace shm::ledger
