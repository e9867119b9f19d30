// SPDX-License-Identifier: MIT
#include <new>
#include <shm/segment.hpp>
#include <utility>

#include "../ledger.hpp"
#include "maker.hpp"

namespace shm {

Segment::Segment(Segment&& other) noexcept
    : mapping_(std::move(other.mapping_)),
      size_(other.size_),
      id_(other.id_),
      key_(other.key_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      kind_(other.kind_),
      layout_(other.layout_),
      lifetime_(other.lifetime_),
      access_(other.access_),
      is_open_(std::exchange(other.is_open_, false)),
      is_guarded_(other.is_guarded_),
      created_(other.created_) {}

Segment& Segment::operator=(Segment&& other) noexcept {
  if (this != &other) {
    this->~Segment();
    new (this) Segment(std::move(other));
  }
  return *this;
}

Segment::~Segment() {
  if (is_open()) (void)close();
}

std::span<std::byte> Segment::bytes() const noexcept {
  if (!is_open()) return {};
  return mapping_.bytes().subspan(header_size(layout_));
}

Result<bool> Segment::is_at(const SegmentName& name) const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "is_at"};
  const Result<os::FileStatus> status = os::status(name);
  if (!status) return status.error();
  return id_ == status->id;
}

Result<void> Segment::flush() const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "flush"};
  return os::flush(mapping_.bytes().data(), size_);
}

Result<Mapping> Segment::map_again() const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "map_again"};
  if (access_ != Access::read_write) return Error{Errc::read_only, 0, "map_again"};
  Result<std::byte*> base = os::map_again(mapping_.bytes().data(), size_);
  if (!base) base = map_anew(base.error());
  if (!base) return base.error();
  Mapping again(*base, size_);
  if (is_guarded_) {
    if (const auto guarded = again.guard(); !guarded) return guarded.error();
  }
  return again;
}

// What the address doesn't lead to: huge pages, and an object whose first page here was lost and replaced.
Result<std::byte*> Segment::map_anew(const Error& otherwise) const noexcept {
  if (kind_ == Kind::system_v) return os::attach_system_v(static_cast<int>(id_.number), access_);
  if (descriptor_ < 0) return otherwise;
  os::File file(descriptor_);
  const Result<std::byte*> base = os::map(file, size_, access_);
  (void)file.release();
  return base;
}

Result<Mapping> Segment::map_over(std::span<std::byte> target) const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "map_over"};
  if (access_ != Access::read_write) return Error{Errc::read_only, 0, "map_over"};
  if (target.size() < size_) return invalid_argument("a target as long as the segment");
  if (const auto mapped = os::map_over(mapping_.bytes().data(), size_, target.data()); !mapped) return mapped.error();
  Mapping again(target.data(), size_, Mapping::Addresses::borrowed);
  if (is_guarded_) {
    if (const auto guarded = again.guard(); !guarded) {
      again.put_zero_pages();
      return guarded.error();
    }
  }
  return again;
}

Result<CloseOutcome> Segment::close(Leave leave) noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "close"};
  is_open_ = false;
  ledger::unmapped(size_);
  if (leave == Leave::zero_pages) {
    mapping_.put_zero_pages();
  } else {
    mapping_.unmap();
  }
  if (descriptor_ >= 0) os::File(std::exchange(descriptor_, -1));
  if (kind_ == Kind::system_v && lifetime_ == Lifetime::until_last_close) return end_system_v_lifetime();
  return CloseOutcome{};
}

}  // namespace shm
