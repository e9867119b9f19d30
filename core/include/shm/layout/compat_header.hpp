// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace shm::layout {

//  0              8
//  | payload_size | payload ...            an object of the COMPAT layout; see docs/memory-layout.md
//
/// The first bytes of a POSIX object made by version 0.1.x of this package, and by the compatible API.
struct CompatHeader {
  std::uint64_t payload_size;  ///< bytes behind this header; native byte order
};
static_assert(sizeof(CompatHeader) == 8, "version 0.1.x on 64-bit systems starts the payload at byte 8");

/// Whether the first bytes of an object of `object_size` bytes are a CompatHeader: only if it states exactly the bytes
/// that are there. Any other object is RAW, so no stored value can make a view reach outside its object.
constexpr bool is_compat(const CompatHeader& header, std::uint64_t object_size) noexcept {
  return header.payload_size > 0 && object_size > sizeof(CompatHeader) &&
         header.payload_size == object_size - sizeof(CompatHeader);
}

}  // namespace shm::layout
