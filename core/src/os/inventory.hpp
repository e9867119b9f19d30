// SPDX-License-Identifier: MIT
// What shm/inventory.hpp needs from an operating system; the rest is in os.hpp. No visit may throw.
#pragma once

#include <cstdint>
#include <shm/function_ref.hpp>
#include <shm/result.hpp>
#include <shm/segment_status.hpp>
#include <string_view>

namespace shm::os {

/// Visits the POSIX objects, by their names with a leading slash. The hidden names of drafts are left out.
Result<void> for_each_object(FunctionRef<void(std::string_view, const SegmentStatus&)> visit) noexcept;
/// Visits their names only, until `visit` answers false.
Result<void> for_each_object_name(FunctionRef<bool(std::string_view)> visit) noexcept;
/// Visits the System V segments, by their keys.
Result<void> for_each_system_v(FunctionRef<void(std::uint32_t, const SegmentStatus&)> visit) noexcept;

/// A mapping of a file or of a System V segment.
struct ListedMapping {
  std::int32_t pid = 0;
  ObjectId object;
  bool is_shared_memory = false;  ///< made to be: no executable, library or data file
};

struct ProcessesSeen {
  bool all = false;  ///< false: there are some that this process may not look into
};

/// Visits the mappings of all processes, those of one process after one another. System V segments of other IPC
/// namespaces, whose ids mean something else, are left out.
Result<ProcessesSeen> for_each_mapping(FunctionRef<void(const ListedMapping&)> visit) noexcept;

Error out_of_memory(const char* operation) noexcept;

}  // namespace shm::os
