// SPDX-License-Identifier: MIT
#pragma once

#include <new>
#include <shm/sync/operation.hpp>
#include <type_traits>

#include "machine.hpp"

namespace shm::sync {

/// Puts a protocol and its machine into an Operation.
struct OperationMaker {
  template <class Protocol>
  static Operation make(const Machine& machine, const Protocol& protocol) noexcept {
    struct Running {
      Machine machine;
      Protocol protocol;
    };
    static_assert(sizeof(Running) <= Operation::kRoom && std::is_trivially_copyable_v<Running>);
    Operation operation;
    new (operation.state_) Running{machine, protocol};
    operation.advance_ = [](std::byte* state, Effort effort) noexcept {
      auto* running = std::launder(reinterpret_cast<Running*>(state));
      return running->protocol.advance(running->machine, effort);
    };
    operation.give_up_ = [](std::byte* state) noexcept {
      auto* running = std::launder(reinterpret_cast<Running*>(state));
      return running->protocol.give_up(running->machine);
    };
    return operation;
  }
};

}  // namespace shm::sync
