// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace shm::layout {

constexpr std::size_t kCacheLine = 64;  ///< of the layout; never the compiler's

}  // namespace shm::layout
