// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <list>
#include <memory>
#include <utility>

#include "support/kill_sweep.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {

inline Deadline soon() { return Deadline::in_milliseconds(5000); }  // later is a hang

/// Objects in shared memory, two that live on, and a third that is killed.
class PeerScene : public SweptScene {
 public:
  explicit PeerScene(std::uint32_t slots) : segment(slots) {}

  [[nodiscard]] std::span<const std::byte> shared() const override { return std::as_bytes(std::span(&*segment, 1)); }
  void prepare_victim() override {
    Peer::drop_inherited();
    victim = std::make_unique<Peer>(segment);
    segment->words[0] = victim->token();
  }
  void check_dead() override { EXPECT_TRUE(one.participant().is_dead(victim_token())); }
  [[nodiscard]] Token victim_token() const { return segment->words[0]; }

  SyncSegment segment;
  Peer one{segment};
  Peer two{segment};
  std::list<Peer> others;
  std::unique_ptr<Peer> victim;
  Operation pending;  ///< of somebody who waits
};

inline void report(const char* name, const Swept& swept) {
  std::printf("%-44s %6zu instructions, %3zu states, %4zu kills\n", name, swept.instructions, swept.states,
              swept.kills);
  EXPECT_GT(swept.kills, 1U);
}

/// Of each operation its name, and the steps of its scene.
template <class Scene>
void sweep_all(std::initializer_list<std::pair<const char*, typename Scene::Steps>> operations) {
  if (!can_single_step()) GTEST_SKIP() << "not run: no single steps here";
  for (const auto& [name, steps] : operations) {
    SCOPED_TRACE(name);
    report(name, sweep([&steps = steps] { return std::make_unique<Scene>(steps); }));
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace shm::test
