// SPDX-License-Identifier: MIT
// Synchronisation with bytes that no peer of this library writes, and with a peer that keeps writing. What the fuzz
// targets have found, and what they would find if the protocols were weaker.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <ostream>
#include <string>

#include "fuzz/blocking.hpp"
#include "support/outcomes.hpp"
#include "support/own_managed.hpp"
#include "support/sync_segment.hpp"
#include "sync/barrier_protocol.hpp"
#include "sync/condition_protocol.hpp"
#include "sync/event_protocol.hpp"
#include "sync/rw_lock_protocol.hpp"
#include "sync/semaphore_protocol.hpp"

namespace shm::test {
namespace {

using fuzz::Act, fuzz::AfterDeadline, fuzz::Block, fuzz::Blocking, fuzz::Head, fuzz::Machine;
using layout::kSuspect, layout::kWaiters;
using sync::Leaves;

constexpr std::uint32_t kSlots = 4;
constexpr std::uint32_t kCells = 4;
constexpr Token kMe = token_of(0, Machine::kGeneration);
constexpr Token kOther = token_of(1, Machine::kGeneration);
constexpr Token kNoSlot = token_of(kSlots, 1);

/// One of each, in blocks of exact size.
struct Bodies {
  Block mutex{sizeof(layout::MutexBody)};
  Block rw_lock{layout::kRwLockReaders + kSlots * sizeof(layout::ReaderCell)};
  Block semaphore{sizeof(layout::SemaphoreBody)};
  Block leases{layout::kLeaseHolders + kCells * sizeof(Token)};
  Block event{sizeof(layout::EventBody)};
  Block condition{sizeof(layout::ConditionBody)};
  Block barrier{layout::kBarrierCells + kCells * sizeof(layout::BarrierCell)};
  std::array<std::span<std::byte>, 7> all{mutex.bytes(), rw_lock.bytes(),   semaphore.bytes(), leases.bytes(),
                                          event.bytes(), condition.bytes(), barrier.bytes()};

  [[nodiscard]] layout::MutexBody& mutex_body() const { return mutex.as<layout::MutexBody>(); }
  [[nodiscard]] sync::RwLockParts rw_lock_parts() const {
    return {&rw_lock.as<layout::RwLockBody>(), rw_lock.array<layout::ReaderCell>(layout::kRwLockReaders, kSlots)};
  }
  [[nodiscard]] sync::SemaphoreParts semaphore_parts() const { return {&semaphore.as<layout::SemaphoreBody>(), 3}; }
  [[nodiscard]] sync::LeasedSemaphoreParts lease_parts() const {
    return {&leases.as<layout::LeasedSemaphoreBody>(), leases.array<Token>(layout::kLeaseHolders, kCells)};
  }
  [[nodiscard]] sync::EventParts event_parts(bool resets_itself) const {
    return {&event.as<layout::EventBody>(), resets_itself};
  }
  [[nodiscard]] sync::ConditionParts condition_parts() const {
    return {&condition.as<layout::ConditionBody>(), &mutex_body()};
  }
  [[nodiscard]] sync::BarrierParts barrier_parts() const {
    return {&barrier.as<layout::BarrierBody>(), barrier.array<layout::BarrierCell>(layout::kBarrierCells, kCells)};
  }
};

template <class Protocol>
Step run(Machine& machine, const Protocol& protocol, AfterDeadline after = AfterDeadline::nothing) {
  return Blocking<Protocol>(protocol, after).run(machine, Act{.code = 0, .detail = 3});
}

struct Operation {
  const char* name;
  std::function<void(const Bodies&, Machine&)> call;
  friend std::ostream& operator<<(std::ostream& out, const Operation& self) { return out << self.name; }
};

const Operation kOperations[] = {
    {"lock", [](const Bodies& b, Machine& m) { run(m, sync::MutexLock<Machine>(b.mutex_body())); }},
    {"unlock", [](const Bodies& b, Machine& m) { sync::unlock(m, b.mutex_body(), Leaves::as_found); }},
    {"make_consistent", [](const Bodies& b, Machine& m) { sync::make_consistent(m, b.mutex_body()); }},
    {"read", [](const Bodies& b, Machine& m) { run(m, sync::ReadLock<Machine>(b.rw_lock_parts())); }},
    {"unlock_read", [](const Bodies& b, Machine& m) { sync::unlock_reader(m, b.rw_lock_parts()); }},
    {"write", [](const Bodies& b, Machine& m) { run(m, sync::WriteLock<Machine>(b.rw_lock_parts())); }},
    {"unlock_write", [](const Bodies& b, Machine& m) { sync::unlock_writer(m, b.rw_lock_parts(), Leaves::as_found); }},
    {"downgrade", [](const Bodies& b, Machine& m) { sync::downgrade(m, b.rw_lock_parts()); }},
    {"acquire", [](const Bodies& b, Machine& m) { run(m, sync::SemaphoreAcquire<Machine>(b.semaphore_parts())); }},
    {"release", [](const Bodies& b, Machine& m) { (void)sync::release_permits(m, b.semaphore_parts(), 1); }},
    {"acquire_lease", [](const Bodies& b, Machine& m) { run(m, sync::LeaseAcquire<Machine>(b.lease_parts())); }},
    {"release_lease", [](const Bodies& b, Machine& m) { sync::release_lease(m, b.lease_parts(), 1); }},
    {"wait", [](const Bodies& b, Machine& m) { run(m, sync::EventWait<Machine>(b.event_parts(false))); }},
    {"wait_automatic", [](const Bodies& b, Machine& m) { run(m, sync::EventWait<Machine>(b.event_parts(true))); }},
    {"set", [](const Bodies& b, Machine& m) { sync::set_event(m, b.event_parts(false)); }},
    {"set_automatic", [](const Bodies& b, Machine& m) { sync::set_event(m, b.event_parts(true)); }},
    {"reset", [](const Bodies& b, Machine& m) { sync::reset_event(m, b.event_parts(false)); }},
    {"condition",
     [](const Bodies& b, Machine& m) {
       run(m, sync::MutexLock<Machine>(b.mutex_body()));
       run(m, sync::ConditionWait<Machine>(b.condition_parts()), AfterDeadline::a_lock);
     }},
    {"notify", [](const Bodies& b, Machine& m) { sync::notify_condition(m, *b.condition_parts().body, 1); }},
    {"barrier",
     [](const Bodies& b, Machine& m) { run(m, sync::BarrierWait<Machine>(b.barrier_parts()), AfterDeadline::a_lock); }},
};

constexpr std::uint32_t kWords[] = {0,          1,
                                    2,          3,
                                    4,          5,
                                    kMe,        kMe | kWaiters,
                                    kOther,     kNoSlot,
                                    ~0U,        ~0U - 1,
                                    1U << 31,   1U << 30,
                                    0xfffff,    kMe | kSuspect,
                                    0x3fffffff, kOther | kWaiters};

class HostileSync : public testing::TestWithParam<Operation> {};
INSTANTIATE_TEST_SUITE_P(Each, HostileSync, testing::ValuesIn(kOperations),
                         [](const auto& test) { return std::string(test.param.name); });

// The machine ends the process if an operation touches anything but its own bytes, or doesn't come to an end.

TEST_P(HostileSync, ends_with_the_same_word_everywhere) {
  for (const std::uint32_t word : kWords) {
    for (const std::uint64_t dead : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x5555555555555555}}) {
      const Bodies bodies;
      for (const std::span<std::byte> block : bodies.all) {
        for (std::size_t i = 0; i < block.size(); i += sizeof word) std::memcpy(block.data() + i, &word, sizeof word);
      }
      Head head{};
      head.dead = dead;
      Machine machine(head, kSlots, bodies.all);
      GetParam().call(bodies, machine);
    }
  }
}

TEST_P(HostileSync, ends_though_somebody_writes_before_each_access) {
  for (const bool counts : {false, true}) {
    for (const std::uint32_t word : kWords) {
      Head head{};
      head.flags = fuzz::kStorm | (counts ? fuzz::kCounting : 0);
      for (fuzz::Intrusion& intrusion : head.intrusions) intrusion = {.access = 0, .word = 0, .value = word};
      head.intrusions[1].value = kMe;
      head.intrusions[4].value = 0;
      const Bodies bodies;
      Machine machine(head, kSlots, bodies.all);
      GetParam().call(bodies, machine);
    }
  }
}

TEST_P(HostileSync, ends_though_somebody_keeps_changing_what_it_expects) {
  for (const auto& storm : fuzz::kStorms) {
    for (const std::uint64_t dead : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      Head head{};
      head.dead = dead;
      fuzz::raise_storm(head, storm);
      const Bodies bodies;
      Machine machine(head, kSlots, bodies.all);
      GetParam().call(bodies, machine);
    }
  }
}

TEST_P(HostileSync, ends_whatever_one_word_becomes_at_one_moment) {
  for (std::uint16_t access = 1; access < 24; ++access) {
    for (const std::uint32_t word : kWords) {
      Head head{};
      head.intrusions[0] = {.access = access, .word = fuzz::Intrusion::kTheOneAccessed, .value = word};
      const Bodies bodies;
      Machine machine(head, kSlots, bodies.all);
      GetParam().call(bodies, machine);
    }
  }
}

class HostileWords : public testing::Test {
 protected:
  SyncSegment segment_{kSlots};
  Peer me_{segment_};
  Peer other_{segment_};
};

TEST_F(HostileWords, a_token_that_names_nobody_is_taken_over) {
  for (const Token token : {kNoSlot, token_of(layout::kMostParticipants - 1, 1), other_.token() - 1, Token{5}}) {
    segment_->mutex = {.word = token, .recoveries = 0, .last_dead = 0};
    segment_->rw_lock.writer = {.word = token, .recoveries = 0, .last_dead = 0};
    for (std::uint32_t& holder : segment_->holders) holder = token;
    EXPECT_EQ(me_.mutex.lock(), Outcome::owner_died);
    EXPECT_TRUE(me_.mutex.make_consistent());
    EXPECT_TRUE(me_.mutex.unlock());
    EXPECT_EQ(me_.rw_lock.lock_shared(), Outcome::owner_died);
    EXPECT_TRUE(me_.rw_lock.unlock_shared());
    const auto lease = me_.leased.acquire();
    ASSERT_TRUE(lease);
    EXPECT_TRUE(me_.leased.release(lease->permit));
  }
}

TEST_F(HostileWords, the_own_token_that_somebody_has_written_is_an_error_and_no_wait) {
  segment_->mutex.word = me_.token();
  segment_->rw_lock.writer.word = me_.token();
  segment_->barrier.mutex.word = me_.token();
  EXPECT_EQ(me_.mutex.lock(), Errc::deadlock);
  EXPECT_EQ(me_.rw_lock.lock(), Errc::deadlock);
  EXPECT_EQ(me_.rw_lock.lock_shared(), Errc::deadlock);
  EXPECT_FALSE(me_.barrier.wait());
}

TEST_F(HostileWords, a_forged_count_of_reads_frees_nothing_of_others) {
  ASSERT_EQ(other_.rw_lock.lock_shared(), Outcome::acquired);
  segment_->readers[me_.slot()] = {.token = me_.token(), .holds = ~0U};
  EXPECT_TRUE(me_.rw_lock.lock_shared());
  segment_->readers[me_.slot()] = {.token = other_.token(), .holds = 1};
  EXPECT_EQ(me_.rw_lock.unlock_shared(), Errc::not_owner);
  EXPECT_EQ(me_.rw_lock.lock_shared(), Outcome::acquired);
  EXPECT_TRUE(me_.rw_lock.unlock_shared());
  EXPECT_EQ(me_.rw_lock.lock(Deadline::in_milliseconds(2)), Outcome::timed_out);
  EXPECT_TRUE(other_.rw_lock.unlock_shared());
  EXPECT_EQ(me_.rw_lock.lock(), Outcome::acquired);
}

TEST_F(HostileWords, a_permit_that_is_not_there_is_not_given_back) {
  for (const std::uint32_t permit : {kPermits, kPermits + 1, ~0U, 1U << 31}) {
    EXPECT_EQ(me_.leased.release(permit), Errc::not_owner);
  }
  segment_->semaphore.value = 1;
  EXPECT_EQ(me_.semaphore.release(~0U), Errc::full);
  EXPECT_EQ(me_.semaphore.release(kPermits), Errc::full);
  EXPECT_EQ(segment_->semaphore.value, 1U);
}

TEST_F(HostileWords, counters_wrap_around) {
  segment_->manual.state = ~0U - 1;
  me_.manual.set();
  EXPECT_EQ(segment_->manual.state, 1U);
  EXPECT_EQ(me_.manual.wait(), Outcome::acquired);
  segment_->condition.sequence = ~0U;
  me_.condition.notify_all();
  EXPECT_EQ(segment_->condition.sequence, 0U);
  segment_->barrier.phase = ~0U;
  Peer third(segment_);
  const auto attempt = [](Peer& peer) { return peer.barrier.wait_operation(); };
  auto first = attempt(me_);
  auto second = attempt(other_);
  EXPECT_TRUE(first.advance(Effort::announce).is_wait());
  EXPECT_TRUE(second.advance(Effort::announce).is_wait());
  EXPECT_TRUE(attempt(third).advance(Effort::announce).is_done());
  EXPECT_EQ(segment_->barrier.phase, 0U);
  EXPECT_TRUE(first.advance(Effort::announce).is_done());
  EXPECT_TRUE(second.advance(Effort::announce).is_done());
}

class HostileDirectory : public OwnManaged {};

TEST_F(HostileDirectory, whose_mutex_gets_bits_that_are_no_token_stays_usable) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  auto& word = *reinterpret_cast<std::uint32_t*>(header_of(*segment).directory_mutex);
  for (const std::uint32_t bits : {kWaiters, kSuspect, kWaiters | kSuspect}) {
    const std::string name = std::to_string(bits);
    EXPECT_TRUE(segment->find_or_make(name, kMutex, [&](std::span<std::byte>) { word |= bits; }));
    EXPECT_EQ(word & layout::kTokenBits, kNobody);
    EXPECT_TRUE(segment->find_or_make(name + "b", kMutex));
  }
}

}  // namespace
}  // namespace shm::test
