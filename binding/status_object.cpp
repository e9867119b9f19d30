// SPDX-License-Identifier: MIT
#include "status_object.hpp"

namespace shm::binding {

napi_value status_object(const Call& call, const SegmentStatus& status) noexcept {
  napi_value object = call.object();
  // Devices and inodes can exceed 2^53, and are only compared.
  call.set(object, "space", static_cast<double>(status.id.space));
  call.set(object, "number", static_cast<double>(status.id.number));
  call.set(object, "size", static_cast<double>(status.size));
  call.set(object, "mode", status.mode);
  call.set(object, "uid", status.uid);
  call.set(object, "gid", status.gid);
  call.set(object, "attachments", static_cast<double>(status.attachments));
  call.set(object, "creatorPid", status.creator_pid);
  call.set(object, "lastPid", status.last_pid);
  call.set(object, "attachedAt", static_cast<double>(status.attached_at));
  call.set(object, "detachedAt", static_cast<double>(status.detached_at));
  call.set(object, "changedAt", static_cast<double>(status.changed_at));
  call.set(object, "isRemoved", call.truth(status.is_removed));
  call.set(object, "isSealed", call.truth(status.is_sealed));
  return object;
}

}  // namespace shm::binding
