// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shm {

/// The checksum CRC-32C (Castagnoli, as of iSCSI, RFC 3720 B.4) of some bytes.
/// before  the checksum of what comes before them, to go on from
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace shm
