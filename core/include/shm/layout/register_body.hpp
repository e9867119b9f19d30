// SPDX-License-Identifier: MIT
// The bytes of a register in shared memory: docs/memory-layout.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/layout/cache_line.hpp>
#include <shm/layout/sync_bodies.hpp>

namespace shm::layout {

///  0         64       128       192
///  | version | writer | changed | slots[4], each | version | length | bytes |
struct RegisterBody {
  alignas(kCacheLine) std::uint32_t version;  ///< of the value; 0: it was never written
  alignas(kCacheLine) MutexBody writer;
  alignas(kCacheLine) EventCountBody changed;
};
constexpr std::size_t kRegisterSlots = 192;  ///< offset
static_assert(sizeof(RegisterBody) == kRegisterSlots && offsetof(RegisterBody, writer) == 64 &&
              offsetof(RegisterBody, changed) == 128);

/// Version v is in slot v % kSlotCount.
struct RegisterSlot {
  std::uint32_t version;
  std::uint32_t length;  ///< bytes
};
static_assert(sizeof(RegisterSlot) == 8);
constexpr std::uint32_t kSlotCount = 4;

constexpr std::uint32_t kMostRegister = 1U << 20;  ///< bytes of a value

/// returns  bytes from one slot to the next
constexpr std::uint32_t slot_stride(std::uint32_t size) noexcept {
  return (size + static_cast<std::uint32_t>(sizeof(RegisterSlot)) + 7U) & ~7U;
}

}  // namespace shm::layout
