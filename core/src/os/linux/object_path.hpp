// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <shm/segment_name.hpp>

namespace shm::os {

inline constexpr char kObjectDirectory[] = "/dev/shm";

/// Where the object of a name is in the file system.
class ObjectPath {
 public:
  explicit ObjectPath(const SegmentName& name) noexcept {
    std::memcpy(text_, kObjectDirectory, kLength);
    std::memcpy(text_ + kLength, name.c_str(), name.view().size() + 1);
  }
  [[nodiscard]] const char* c_str() const noexcept { return text_; }

 private:
  static constexpr std::size_t kLength = sizeof(kObjectDirectory) - 1;
  char text_[kLength + 1 + SegmentName::kMaxBytes + 1];
};

}  // namespace shm::os
