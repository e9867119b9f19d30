// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// Tells apart the objects that one name or key means over time.
struct ObjectId {
  std::uint64_t space = 0;   ///< device, or 0 for System V
  std::uint64_t number = 0;  ///< inode, or System V id
  bool operator==(const ObjectId&) const = default;
};

/// What the system says of a segment. Times are in seconds since 1970, 0 for never or unknown.
struct SegmentStatus {
  ObjectId id;
  std::uint64_t size = 0;  ///< bytes of the object now; a COMPAT header counts
  std::uint32_t mode = 0;  ///< permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t attachments = 0;  ///< System V: mappings in all processes
  std::uint32_t creator_uid = 0;  ///< System V: may always destroy it; else the owner
  std::int32_t creator_pid = 0;   ///< System V
  std::int32_t last_pid = 0;      ///< System V: attached or detached last
  std::int64_t attached_at = 0;   ///< System V: last
  std::int64_t detached_at = 0;   ///< System V: last
  std::int64_t changed_at = 0;    ///< size, mode or owner; POSIX and files: content, too
  bool is_removed = false;        ///< no name or key leads to it any more
  bool is_sealed = false;         ///< nobody can truncate it
};

}  // namespace shm
