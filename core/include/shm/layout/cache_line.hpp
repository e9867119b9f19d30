// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace shm::layout {

constexpr std::size_t kCacheLine = 64;  ///< of the layout, whatever the processor's is

}  // namespace shm::layout
