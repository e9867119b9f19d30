// SPDX-License-Identifier: MIT
#pragma once

#include <shm/segment_status.hpp>

#include "call.hpp"

namespace shm::binding {

/// An object with the members of SegmentStatus, in camelCase.
napi_value status_object(const Call& call, const SegmentStatus& status) noexcept;

}  // namespace shm::binding
