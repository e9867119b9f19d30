// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "support/single_step.hpp"

namespace shm::test {

/// What is made anew for each kill.
class SweptScene {
 public:
  SweptScene() = default;
  SweptScene(const SweptScene&) = delete;
  SweptScene& operator=(const SweptScene&) = delete;
  virtual ~SweptScene() = default;

  /// All memory that the victim shares with others.
  [[nodiscard]] virtual std::span<const std::byte> shared() const = 0;
  virtual void prepare_victim() = 0;  ///< in the victim
  virtual void act() = 0;             ///< in the victim: what is swept
  virtual void check_alive() {}       ///< while the victim is stopped where it is to be killed
  virtual void check_dead() = 0;      ///< after its death
};

struct Swept {
  std::size_t instructions = 0;  ///< of act()
  std::size_t states = 0;        ///< that its stores and system calls leave, one after the other
  std::size_t kills = 0;
};

/// Kills the victim after every instruction of act(). Where these are more than 600, it does so in every state: after
/// each instruction that changed shared memory, and after each system call. Between those a death leaves the same.
Swept sweep(const std::function<std::unique_ptr<SweptScene>()>& make);

}  // namespace shm::test
