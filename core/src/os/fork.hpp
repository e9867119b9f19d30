// SPDX-License-Identifier: MIT
#pragma once

namespace shm::os {

/// Registers what fork() does: `before` it in the parent, `in_parent` after it there, `in_child` in the child, where
/// nothing may be called that waits for another thread or allocates. Not by vfork() or posix_spawn().
/// returns  whether there was memory for it
bool on_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept;

}  // namespace shm::os
