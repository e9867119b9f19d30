// SPDX-License-Identifier: MIT
// The shared memory of the whole machine, whoever made it: what there is, and who has it mapped. What is said was true
// at some instant of the call; segments and processes that come or go meanwhile are said or not.
#pragma once

#include <cstdint>
#include <shm/function_ref.hpp>
#include <shm/result.hpp>
#include <shm/segment.hpp>
#include <shm/segment_status.hpp>
#include <string_view>

namespace shm {

/// A segment that exists.
struct ListedSegment {
  Kind kind = Kind::posix;  ///< posix or system_v
  std::string_view name;    ///< POSIX: with the leading slash, up to 256 bytes; ends with the visit. System V: empty
  std::uint32_t key = 0;    ///< System V; 0 is IPC_PRIVATE, also of one that is removed
  SegmentStatus status;
};

/// A live process that has at least one mapping of the object.
struct Holder {
  std::int32_t pid = 0;
  ObjectId id;
};

struct HoldersSeen {
  bool complete = false;  ///< false: there are processes whose mappings the caller may not see
};

/// Visits the POSIX segments (regular files directly in /dev/shm), then the System V segments of this IPC namespace.
/// Drafts that are not finished (Segment::create) are none. Before Linux 4.17 neither are System V segments that the
/// caller may not read.
/// `visit` must not throw; it may open and unlink segments.
/// errors   system: EMFILE, ENFILE, ENOMEM, EACCES ...; a system without /dev/shm or System V has none of that kind
/// threads  any
Result<void> for_each_segment(FunctionRef<void(const ListedSegment&)> visit) noexcept;

/// Visits each pair of a process and an object that it has mapped, once; the pairs of one process follow one another.
/// Of shared memory: files in /dev/shm, System V segments of this IPC namespace, memfds; with a name or without, by
/// now. Threads are no processes of their own. A process outside of this PID namespace is neither visited nor missed.
/// `visit` must not throw.
/// returns  whether these are all
/// errors   system: ENOENT without /proc; EMFILE, ENFILE, ENOMEM ...
/// threads  any
Result<HoldersSeen> for_each_holder(FunctionRef<void(const Holder&)> visit) noexcept;
/// The holders of one object, which may be any file.
Result<HoldersSeen> for_each_holder(const ObjectId& object, FunctionRef<void(const Holder&)> visit) noexcept;

}  // namespace shm
