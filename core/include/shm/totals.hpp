// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// What this process holds through this library, all threads together, in bytes of objects (a COMPAT header counts).
/// Mappings that are not a Segment's first, by map_again() and map_over(), don't count.
struct Totals {
  std::uint64_t mapped = 0;   ///< mapped and not yet closed; two mappings of one segment count twice
  std::uint64_t created = 0;  ///< names and keys created here and, as far as this process has seen, not destroyed
};

/// threads  any; the two figures are not one snapshot
Totals totals() noexcept;

}  // namespace shm
