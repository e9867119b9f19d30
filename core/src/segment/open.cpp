// SPDX-License-Identifier: MIT
#include <utility>

#include "../ledger.hpp"
#include "maker.hpp"

namespace shm {
namespace {

Result<Segment> map_and_finish(const os::File& file, Kind kind, const FoundFile& found,
                               const SegmentOptions& options) noexcept {
  Result<Segment> segment = SegmentMaker::map(file, kind, found, options);
  if (!segment) return segment;
  return SegmentMaker::finish(*std::move(segment), options);
}

SegmentStatus from_file(const os::FileStatus& status, bool is_sealed) noexcept {
  return {.id = status.id,
          .size = status.size,
          .mode = status.mode,
          .uid = status.uid,
          .gid = status.gid,
          .creator_uid = status.uid,
          .changed_at = status.changed_at,
          .is_removed = status.links == 0,
          .is_sealed = is_sealed};
}

}  // namespace

Result<Segment> Segment::open(const SegmentName& name, const SegmentOptions& options) noexcept {
  Result<os::File> file = os::open_object(name, options.access);
  if (!file) return file.error();
  const Result<FoundFile> found = examine(*file, Kind::posix, options);
  if (!found) return found.error();
  Result<Segment> segment = map_and_finish(*file, Kind::posix, *found, options);
  if (segment && options.keep_descriptor) SegmentMaker::keep(*segment, *std::move(file));
  return segment;
}

Result<Segment> open_existing_file(const char* path, const SegmentOptions& options) noexcept {
  Result<os::File> file = os::open_object(path, options.access);
  if (!file) return file.error();
  SegmentOptions raw = options;
  raw.layout = Layout::raw;
  const Result<FoundFile> found = examine(*file, Kind::file, raw);
  if (!found) return found.error();
  Result<Segment> segment = map_and_finish(*file, Kind::file, *found, raw);
  if (segment) SegmentMaker::keep(*segment, *std::move(file));
  return segment;
}

Result<Segment> Segment::from_descriptor(int descriptor, const SegmentOptions& options) noexcept {
  Result<os::File> file = os::duplicate(descriptor);
  if (!file) return file.error();
  SegmentOptions raw = options;
  raw.layout = Layout::raw;
  const Result<FoundFile> found = examine(*file, Kind::descriptor, raw);
  if (!found) return found.error();
  Result<Segment> segment = map_and_finish(*file, Kind::descriptor, *found, raw);
  if (segment) SegmentMaker::keep(*segment, *std::move(file));
  return segment;
}

Result<void> Segment::unlink(const SegmentName& name) noexcept {
  const auto unlinked = os::unlink_object(name);
  if (unlinked || os::is_not_found(unlinked.error())) ledger::destroyed(name);
  return unlinked;
}

Result<SegmentStatus> Segment::status(const SegmentName& name) noexcept {
  const Result<os::FileStatus> status = os::status(name);
  if (!status) return status.error();
  if (!status->is_regular) return untrusted("it is not a regular shared memory object");
  return from_file(*status, false);
}

Result<SegmentStatus> Segment::status() const noexcept {
  if (!is_open()) return Error{Errc::closed, 0, "status"};
  if (kind_ == Kind::system_v) return os::status_system_v(static_cast<int>(id_.number));
  if (descriptor_ < 0) return unsupported("status without a descriptor");
  const os::BorrowedFile file(descriptor_);
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  if (status->id != id_) return Error{Errc::closed, 0, "status"};  // somebody else closed the descriptor
  return from_file(*status, os::is_size_sealed(file));
}

}  // namespace shm
