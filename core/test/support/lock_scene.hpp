// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "support/outcomes.hpp"
#include "support/peer_scene.hpp"

namespace shm::test {

inline constexpr std::uint32_t kSlots = 6;

/// What the living find in locks, events and permits after the death of one.
class LockScene : public PeerScene {
 public:
  using Step = void (*)(LockScene&);
  struct Steps {
    Step before = nullptr;   ///< what has happened until then
    Step arrange = nullptr;  ///< what the victim has done
    Step act = nullptr;
    Step after = nullptr;  ///< what there is to be said besides
  };
  explicit LockScene(const Steps& steps) : PeerScene(kSlots), steps_(steps) {
    if (steps.before != nullptr) steps.before(*this);
  }

  void prepare_victim() override {
    PeerScene::prepare_victim();
    if (steps_.arrange != nullptr) steps_.arrange(*this);
  }
  void act() override { steps_.act(*this); }

  void check_alive() override {
    const Token token = victim_token();
    if (owner(segment->mutex) == token) {
      EXPECT_EQ(one.mutex.try_lock(), Outcome::timed_out) << "the living is robbed";
    }
    if (owner(segment->rw_lock.writer) == token) {
      EXPECT_EQ(one.rw_lock.try_lock(), Outcome::timed_out) << "the living is robbed";
      EXPECT_EQ(one.rw_lock.try_lock_shared(), Outcome::timed_out) << "the living is robbed";
    }
    std::vector<std::uint32_t> free;
    while (const auto lease = one.leased.try_acquire()) {
      if (lease->outcome == Outcome::timed_out) break;
      free.push_back(lease->permit);
    }
    for (const std::uint32_t permit : free) EXPECT_TRUE(one.leased.release(permit));
    EXPECT_EQ(free.size() + static_cast<std::size_t>(std::ranges::count(segment->holders, token)), kPermits);
    EXPECT_FALSE(one.participant().is_dead(token));
  }

  void check_dead() override {
    PeerScene::check_dead();
    if (steps_.after != nullptr) steps_.after(*this);
    check_mutex();
    check_rw_lock();
    check_leases();
    check_events();
  }

 private:
  static Token owner(const layout::MutexBody& body) {
    return std::atomic_ref(const_cast<std::uint32_t&>(body.word)).load() & layout::kTokenBits;
  }
  /// Whether the next owner has to be told.
  [[nodiscard]] Outcome expected(const layout::MutexBody& body) const {
    const bool is_left = owner(body) != kNobody && one.participant().is_dead(owner(body));
    return is_left || (body.word & layout::kSuspect) != 0 ? Outcome::owner_died : Outcome::acquired;
  }

  void check_mutex() {
    const Outcome outcome = expected(segment->mutex);
    ASSERT_EQ(one.mutex.lock(soon()), outcome);
    EXPECT_TRUE(one.mutex.make_consistent());
    EXPECT_TRUE(one.mutex.unlock());
    ASSERT_EQ(two.mutex.lock(soon()), Outcome::acquired);
    EXPECT_TRUE(two.mutex.unlock());
  }
  void check_rw_lock() {
    const Outcome outcome = expected(segment->rw_lock.writer);
    ASSERT_EQ(one.rw_lock.lock_shared(soon()), outcome);
    EXPECT_TRUE(one.rw_lock.unlock_shared());
    ASSERT_EQ(two.rw_lock.lock(soon()), outcome);
    EXPECT_TRUE(two.rw_lock.make_consistent());
    EXPECT_TRUE(two.rw_lock.unlock());
    ASSERT_EQ(one.rw_lock.lock(soon()), Outcome::acquired);
    EXPECT_TRUE(one.rw_lock.unlock());
  }
  void check_leases() {
    for (std::uint32_t i = 0; i < kPermits; ++i) {
      const Result<Lease> lease = two.leased.acquire(soon());
      ASSERT_TRUE(lease && lease->outcome != Outcome::timed_out) << "a permit is lost";
    }
    for (std::uint32_t permit = 0; permit < kPermits; ++permit) EXPECT_TRUE(two.leased.release(permit));
  }
  void check_events() {
    one.manual.set();
    ASSERT_EQ(two.manual.wait(soon()), Outcome::acquired);
    one.automatic.set();
    ASSERT_EQ(two.automatic.wait(soon()), Outcome::acquired);
  }

  Steps steps_;
};

}  // namespace shm::test
