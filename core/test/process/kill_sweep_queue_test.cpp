// SPDX-License-Identifier: MIT
// Every operation of a queue, killed after each of its instructions.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support/outcomes.hpp"
#include "support/peer_scene.hpp"

namespace shm::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

const std::string kMessage(40, 'm');
const std::string kLarge(400, 'l');

/// What the living find in a queue after the death of one.
class QueueScene : public PeerScene {
 public:
  using Step = void (*)(QueueScene&);
  struct Steps {
    Step before = nullptr;   ///< what has happened until then
    Step arrange = nullptr;  ///< what the victim has done
    Step act = nullptr;
    std::vector<std::vector<std::string>> left;  ///< what may come out of the queue then
  };
  explicit QueueScene(const Steps& steps) : PeerScene(4), steps_(steps) {
    if (steps.before != nullptr) steps.before(*this);
  }

  void prepare_victim() override {
    PeerScene::prepare_victim();
    if (steps_.arrange != nullptr) steps_.arrange(*this);
  }
  void act() override { steps_.act(*this); }

  void check_alive() override {
    const auto is_victims = [this](const layout::MutexBody& mutex) {
      return (std::atomic_ref(const_cast<std::uint32_t&>(mutex.word)).load() & layout::kTokenBits) == victim_token();
    };
    if (is_victims(segment->queue.producers)) {
      EXPECT_EQ(one.queue.try_send(bytes_of("stolen")), Outcome::timed_out) << "the living is robbed";
    }
    if (is_victims(segment->queue.consumers)) {
      EXPECT_EQ(one.queue.try_receive([](auto) {}), Outcome::timed_out) << "the living is robbed";
    }
  }

  void check_dead() override {
    PeerScene::check_dead();
    std::vector<std::string> found;
    while (const auto text = received(Deadline::now())) found.push_back(*text);
    EXPECT_TRUE(std::ranges::find(steps_.left, found) != steps_.left.end()) << testing::PrintToString(found);
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(two.queue.send(bytes_of(kMessage), soon()), Outcome::acquired) << "there is less room than before";
      ASSERT_EQ(received(soon()), kMessage);
    }
  }

  std::optional<std::string> received(Deadline deadline) {
    std::string text;
    const auto read = [&](std::span<const std::byte> bytes) {
      text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const auto got = one.queue.receive(read, deadline);
    if (!got) return "an error";
    return got == Outcome::acquired ? std::optional(text) : std::nullopt;
  }

  std::optional<Queue::Lease> lease;
  std::optional<Queue::Claim> claim;

 private:
  Steps steps_;
};

void two_have_sent(QueueScene& s) {
  EXPECT_EQ(s.one.queue.try_send(bytes_of("first")), Outcome::acquired);
  EXPECT_EQ(s.two.queue.try_send(bytes_of("second")), Outcome::acquired);
}
void near_the_end(QueueScene& s) {
  auto& queue = s.segment->queue;
  queue.allocated = queue.progress.read = queue.progress.freed = layout::kLeastRing - 32;
}
void one_sleeps(QueueScene& s) {
  s.pending = s.one.queue.message_operation();
  EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
}
/// Full of what has been received, but for the last one.
void received_all(QueueScene& s) {
  int sent = 0;
  while (s.one.queue.try_send(bytes_of(kLarge)) == Outcome::acquired) ++sent;
  for (int i = 0; i < sent; ++i) EXPECT_EQ(s.two.queue.try_receive([](auto) {}), Outcome::acquired);
}
void dead_one_leased_and_claimed(QueueScene& s) {
  two_have_sent(s);
  Peer& dead = s.others.emplace_back(s.segment);
  EXPECT_TRUE(*dead.queue.try_lease());
  EXPECT_TRUE(*dead.queue.try_claim(100));
  dead.die();
  EXPECT_EQ(s.one.queue.try_send(bytes_of("third")), Outcome::acquired);
}
void leases(QueueScene& s) { s.lease = *s.victim->queue.try_lease(); }
void claims(QueueScene& s) { s.claim = *s.victim->queue.try_claim(5); }
void sends(QueueScene& s) { (void)s.victim->queue.try_send(bytes_of(kMessage)); }
void receives(QueueScene& s) {
  (void)s.victim->queue.try_receive([](auto) {});
}

TEST(KillSweep, queue_producer) {
  const auto sends_much = [](QueueScene& s) { (void)s.victim->queue.try_send(bytes_of(kLarge)); };
  const auto commits = [](QueueScene& s) { (void)s.victim->queue.commit(*s.claim); };
  const auto aborts = [](QueueScene& s) { (void)s.victim->queue.abort(*s.claim); };
  sweep_all<QueueScene>({
      {"queue: send", {two_have_sent, nullptr, sends, {{"first", "second"}, {"first", "second", kMessage}}}},
      {"queue: send over the end", {near_the_end, nullptr, sends, {{}, {kMessage}}}},
      {"queue: send to a sleeper", {one_sleeps, nullptr, sends, {{}, {kMessage}}}},
      {"queue: send, and free what was received", {received_all, nullptr, sends_much, {{}, {kLarge}}}},
      {"queue: claim", {two_have_sent, nullptr, claims, {{"first", "second"}}}},
      {"queue: commit", {nullptr, claims, commits, {{}, {std::string(5, '\0')}}}},
      {"queue: abort", {two_have_sent, claims, aborts, {{"first", "second"}}}},
  });
}

TEST(KillSweep, queue_consumer) {
  const auto is_done = [](QueueScene& s) { (void)s.victim->queue.done(*s.lease); };
  const auto gives_back = [](QueueScene& s) { (void)s.victim->queue.give_back(*s.lease); };
  const auto inherits = [](QueueScene& s) {
    while (s.victim->queue.try_receive([](auto) {}) == Outcome::acquired) {
    }
  };
  sweep_all<QueueScene>({
      {"queue: receive", {two_have_sent, nullptr, receives, {{"first", "second"}, {"second"}}}},
      {"queue: lease", {two_have_sent, nullptr, leases, {{"first", "second"}, {"second", "first"}}}},
      {"queue: done", {two_have_sent, leases, is_done, {{"second", "first"}, {"second"}}}},
      {"queue: give back", {two_have_sent, leases, gives_back, {{"second", "first"}, {"first", "second"}}}},
      {"queue: receive what the dead left",
       {dead_one_leased_and_claimed,
        nullptr,
        inherits,
        {{"second", "first", "third"}, {"first", "third"}, {"third"}, {}}}},
  });
}

}  // namespace
}  // namespace shm::test
