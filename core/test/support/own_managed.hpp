// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <shm/layout/segment_header.hpp>
#include <shm/managed_segment.hpp>

#include "support/own_segment.hpp"

namespace shm::test {

/// A test with the name of a managed segment that leaves nothing.
class OwnManaged : public OwnSegment {
 protected:
  [[nodiscard]] Result<ManagedSegment> create(const ManagedOptions& options = {.size = 65'536}) const {
    return ManagedSegment::create(name_, options);
  }
  [[nodiscard]] Result<ManagedSegment> open(const ManagedOptions& options = {}) const {
    return ManagedSegment::open(name_, options);
  }
  [[nodiscard]] bool has_name() const { return std::filesystem::exists(path()); }
};

inline layout::SegmentHeader& header_of(const ManagedSegment& segment) {
  return *reinterpret_cast<layout::SegmentHeader*>(segment.bytes().data());
}

inline constexpr ObjectSpec kMutex{.kind = layout::ObjectKind::mutex, .body_size = 64};

}  // namespace shm::test
