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
  if (is_truncated()) return Error{Errc::truncated, 0, "flush"};
  return os::flush(mapping_.bytes().data(), size_);
}

Result<void> Segment::check_second_mapping() const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "map_again"};
  if (access_ != Access::read_write) return Error{Errc::read_only, 0, "map_again"};
  if (is_truncated()) return Error{Errc::truncated, 0, "map_again"};
  if (kind_ == Kind::system_v) return {};
  const Result<SegmentStatus> now = status();  // somebody else may have closed the descriptor, and made it another's
  if (!now) return now.error();
  return {};
}

Result<Mapping> Segment::map_again() const noexcept {
  if (const auto possible = check_second_mapping(); !possible) return possible.error();
  const auto base = kind_ == Kind::system_v
                        ? os::attach_system_v(static_cast<int>(id_.number), size_, Access::read_write)
                        : os::map(os::BorrowedFile(descriptor_), size_, Access::read_write);
  if (!base) return base.error();
  return guarded_as_this(Mapping(*base, size_));
}

Result<Mapping> Segment::map_over(std::span<std::byte> target) const noexcept {
  if (const auto possible = check_second_mapping(); !possible) return possible.error();
  if (target.size() < size_) return invalid_argument("a target as long as the segment");
  const auto mapped = kind_ == Kind::system_v
                          ? os::attach_system_v_over(static_cast<int>(id_.number), size_, target.data())
                          : os::map_over(os::BorrowedFile(descriptor_), size_, target.data());
  if (!mapped) return mapped.error();
  return guarded_as_this(Mapping(target.data(), size_, Mapping::Addresses::borrowed));
}

Result<Mapping> Segment::guarded_as_this(Mapping mapping) const noexcept {
  if (!is_guarded_) return mapping;
  const auto guarded = mapping.guard();
  if (guarded) return mapping;
  mapping.put_zero_pages();
  return guarded.error();
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
