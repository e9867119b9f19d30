// SPDX-License-Identifier: MIT
// What is accepted: a name, the arguments of a creation, an object that somebody else may have made.
#pragma once

#include <shm/managed_segment.hpp>

#include "../os/os.hpp"
#include "header.hpp"

namespace shm::managed {

bool is_managed_file_name(std::string_view name) noexcept;  ///< without a slash
Result<void> check_name(const SegmentName& name) noexcept;
Result<void> check_creation(const SegmentName& name, const ManagedOptions& options) noexcept;
HeaderPlan plan_of(const ManagedOptions& options) noexcept;
Result<void> check_file(const os::FileStatus& status, Trust trust) noexcept;
/// The first bytes of the object; zeros beyond its end.
Result<layout::ImmutableBlock> read_header(const os::File& file) noexcept;
/// Whether the name leads to this file, and no other does.
Result<bool> is_only_name_of(const SegmentName& name, const os::File& file) noexcept;

}  // namespace shm::managed
