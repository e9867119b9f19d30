// SPDX-License-Identifier: MIT
#include "maker.hpp"

#include <utility>

#include "../ledger.hpp"

namespace shm {

Result<Segment> SegmentMaker::over(const os::File& file, Kind kind, const FoundFile& found,
                                   const SegmentOptions& options) noexcept {
  const std::uint64_t size = found.status.size;
  const Result<std::byte*> base = os::map(file, size, options.access);
  if (!base) return base.error();
  Segment segment;
  segment.mapping_ = Mapping(*base, size);
  segment.size_ = size;
  segment.id_ = found.status.id;
  segment.kind_ = kind;
  segment.layout_ = found.layout;
  return finish(std::move(segment), options);
}

Result<Segment> SegmentMaker::over(SystemVKey key, const SegmentStatus& status,
                                   const SegmentOptions& options) noexcept {
  const Result<std::byte*> base = os::attach_system_v(static_cast<int>(status.id.number), options.access);
  if (!base) return base.error();
  Segment segment;
  segment.mapping_ = Mapping(*base, status.size);
  segment.size_ = status.size;
  segment.id_ = status.id;
  segment.kind_ = Kind::system_v;
  segment.key_ = key;
  return finish(std::move(segment), options);
}

// What can fail comes while the segment is not open: its end must not destroy anything.
Result<Segment> SegmentMaker::finish(Segment segment, const SegmentOptions& options) noexcept {
  const std::span<std::byte> all = segment.mapping_.bytes();
  if (options.guard) {
    if (const auto guarded = segment.mapping_.guard(); !guarded) return guarded.error();
  }
  if (options.huge_pages != HugePages::never) os::prefer_huge_pages(all.data(), all.size());
  if (options.populate) os::populate(all.data(), all.size(), options.access);
  if (options.lock) {
    if (const auto locked = os::lock_in_memory(all.data(), all.size()); !locked) return locked.error();
  }
  segment.is_guarded_ = options.guard;
  segment.access_ = options.access;
  segment.lifetime_ = options.lifetime;
  segment.is_open_ = true;
  ledger::mapped(segment.size_);
  return segment;
}

}  // namespace shm
