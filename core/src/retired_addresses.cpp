// SPDX-License-Identifier: MIT
#include <algorithm>
#include <shm/retired_addresses.hpp>
#include <span>

#include "os/os.hpp"

namespace shm {

void RetiredAddresses::add(Segment& closed) noexcept {
  const std::span<std::byte> kept = closed.take_addresses();
  if (kept.empty()) return;
  const std::uint64_t page = os::page_size();
  ranges_[count_++] = {kept.data(), (kept.size() + page - 1) / page * page};
  bytes_ += kept.size();
  if (count_ == kMostRanges || bytes_ >= kMostBytes) give_back();
}

void RetiredAddresses::give_back() noexcept {
  std::sort(ranges_, ranges_ + count_, [](const Range& a, const Range& b) { return a.base < b.base; });
  for (std::size_t first = 0; first < count_;) {
    Range run = ranges_[first];
    for (++first; first < count_ && ranges_[first].base == run.base + run.size; ++first)
      run.size += ranges_[first].size;
    (void)os::unmap(run.base, run.size);
  }
  count_ = 0;
  bytes_ = 0;
}

}  // namespace shm
