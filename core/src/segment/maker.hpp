// SPDX-License-Identifier: MIT
#pragma once

#include <shm/segment.hpp>

#include "../os/os.hpp"

namespace shm {

/// An object of the file system that has been looked at and may be mapped.
struct FoundFile {
  os::FileStatus status;
  Layout layout = Layout::raw;
};

/// Puts the parts of a Segment together. What is not finished is no open Segment yet: its end unmaps, and destroys
/// nothing.
struct SegmentMaker {
  /// Maps the whole file.
  static Result<Segment> map(const os::File& file, Kind kind, const FoundFile& found,
                             const SegmentOptions& options) noexcept;
  static Result<Segment> attach(SystemVKey key, const SegmentStatus& status, const SegmentOptions& options) noexcept;

  /// returns  whether it consists of huge pages now
  static bool allocate_huge_pages(const Segment& segment) noexcept;
  static void keep(Segment& segment, os::File file) noexcept { segment.descriptor_ = file.release(); }
  static void set_created(Segment& segment) noexcept { segment.created_ = true; }

  /// Opens the mapped segment to its user, with what the options ask of its memory.
  static Result<Segment> finish(Segment segment, const SegmentOptions& options) noexcept;
};

constexpr std::uint64_t kLargestObject = (std::uint64_t{1} << 63) - 1;  // off_t

std::uint64_t header_size(Layout layout) noexcept;  ///< bytes before the payload

/// The rules for what create() and its like are given.
Result<void> check_creation(const SegmentOptions& options) noexcept;
Result<void> check_key(SystemVKey key) noexcept;

/// Finds out size and layout of an opened object, and whether the options accept it; with Layout::compat waits a moment
/// for a version 0.1.x that is still making it.
Result<FoundFile> examine(const os::File& file, Kind kind, const SegmentOptions& options) noexcept;
Result<Segment> open_existing_file(const char* path, const SegmentOptions& options) noexcept;
Result<void> check_trust(std::uint32_t uid, std::uint32_t gid, Trust trust) noexcept;
Result<void> check_size(std::uint64_t payload_size, const SegmentOptions& options) noexcept;

}  // namespace shm
