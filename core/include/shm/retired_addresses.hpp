// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/segment.hpp>

namespace shm {

/// Collects the addresses that closed segments have kept, to give them back together: neighbours in one system call,
/// which costs much less than one each.
/// threads  one at a time
class RetiredAddresses {
 public:
  /// Takes over what close(Leave::zero_pages) kept, if anything. Gives all back when there are 64 ranges or 256 MiB.
  void add(Segment& closed) noexcept;
  void give_back() noexcept;

 private:
  struct Range {
    std::byte* base;
    std::uint64_t size;  // whole pages
  };
  static constexpr std::size_t kMostRanges = 64;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

  Range ranges_[kMostRanges];
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace shm
