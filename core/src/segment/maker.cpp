// SPDX-License-Identifier: MIT
#include "maker.hpp"

#include <utility>

#include "../ledger.hpp"

namespace shm {
namespace {

bool wants_alignment(const SegmentOptions& options) noexcept {
  return options.huge_pages != HugePages::never && options.access == Access::read_write;
}

/// Maps at a multiple of kHugePage, which huge pages need; `map_over` puts the mapping there.
template <class MapOver>
Result<std::byte*> map_aligned(std::uint64_t size, const MapOver& map_over) noexcept {
  const Result<std::byte*> base = os::reserve_addresses(size);
  if (!base) return base;
  const Result<void> mapped = map_over(*base);
  if (mapped) return base;
  (void)os::unmap(*base, size);
  return mapped.error();
}

Result<std::byte*> map_file(const os::File& file, std::uint64_t size, const SegmentOptions& options) noexcept {
  if (!wants_alignment(options)) return os::map(file, size, options.access);
  return map_aligned(size, [&](std::byte* target) { return os::map_over(file, size, target); });
}

Result<std::byte*> attach_id(int id, std::uint64_t size, const SegmentOptions& options) noexcept {
  if (!wants_alignment(options) || size % kHugePage != 0) return os::attach_system_v(id, size, options.access);
  return map_aligned(size, [&](std::byte* target) { return os::attach_system_v_over(id, size, target); });
}

}  // namespace

Result<Segment> SegmentMaker::map(const os::File& file, Kind kind, const FoundFile& found,
                                  const SegmentOptions& options) noexcept {
  const std::uint64_t size = found.status.size;
  const Result<std::byte*> base = map_file(file, size, options);
  if (!base) return base.error();
  Segment segment;
  segment.mapping_ = Mapping(*base, size);
  segment.size_ = size;
  segment.id_ = found.status.id;
  segment.kind_ = kind;
  segment.layout_ = found.layout;
  return segment;
}

Result<Segment> SegmentMaker::attach(SystemVKey key, const SegmentStatus& status,
                                     const SegmentOptions& options) noexcept {
  const Result<std::byte*> base = attach_id(static_cast<int>(status.id.number), status.size, options);
  if (!base) return base.error();
  Segment segment;
  segment.mapping_ = Mapping(*base, status.size);
  segment.size_ = status.size;
  segment.id_ = status.id;
  segment.kind_ = Kind::system_v;
  segment.key_ = key;
  return segment;
}

bool SegmentMaker::allocate_huge_pages(const Segment& segment) noexcept {
  const std::span<std::byte> all = segment.mapping_.bytes();
  return os::allocate_huge_pages(all.data(), all.size());
}

Result<Segment> SegmentMaker::finish(Segment segment, const SegmentOptions& options) noexcept {
  const std::span<std::byte> all = segment.mapping_.bytes();
  if (options.guard) {
    if (const auto guarded = segment.mapping_.guard(); !guarded) return guarded.error();
  }
  if (options.populate) os::populate(all.data(), all.size(), options.access);
  if (options.lock) {
    if (const auto locked = os::lock_in_memory(all.data(), all.size(), options.access); !locked) return locked.error();
  }
  segment.is_guarded_ = options.guard;
  segment.access_ = options.access;
  segment.lifetime_ = options.lifetime;
  segment.is_open_ = true;
  ledger::mapped(segment.size_);
  return segment;
}

}  // namespace shm
