// SPDX-License-Identifier: MIT
// source   a role that one participant has at a time: docs/algorithms.md#roles
#pragma once

#include <shm/result.hpp>

#include "../sync/machine.hpp"

namespace shm::message {

using sync::Site;

/// What was done in the role before is seen by who takes it.
/// errors   role_taken: somebody alive has it, also the caller
template <class M>
Result<void> take_role(M& machine, std::uint32_t& holder) noexcept {
  Token seen = machine.template load<Site::role_probe>(holder);
  for (int attempt = 0; attempt < sync::kMostAttempts; ++attempt) {
    if (seen == kNobody) {
      // sync: role; token
      if (machine.template cas<Site::role_take>(holder, seen, machine.me())) return {};
      continue;
    }
    machine.template fence<Site::role_before_suspect>();  // sync: token
    if (seen == machine.me() || !machine.is_dead(seen)) break;
    if (machine.template cas<Site::role_steal>(holder, seen, machine.me())) return {};  // sync: token
  }
  return Error{Errc::role_taken, 0, "take_role"};
}

template <class M>
void leave_role(M& machine, std::uint32_t& holder) noexcept {
  Token seen = machine.me();
  (void)machine.template cas<Site::role_leave>(holder, seen, kNobody);  // sync: role
}

/// Whether who had the role has died in it. Tells one caller, once; the role is free then.
template <class M>
bool bury_holder(M& machine, std::uint32_t& holder) noexcept {
  Token seen = machine.template load<Site::role_probe>(holder);
  if (seen == kNobody || seen == machine.me()) return false;
  machine.template fence<Site::role_before_suspect>();  // sync: token
  return machine.is_dead(seen) && machine.template cas<Site::role_bury>(holder, seen, kNobody);
}

}  // namespace shm::message
