// SPDX-License-Identifier: MIT
// Every operation of a ring, killed after each of its instructions.
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

/// What the living find in a ring after the death of one.
class RingScene : public PeerScene {
 public:
  using Step = void (*)(RingScene&);
  struct Steps {
    Step before = nullptr;   ///< what has happened until then
    Step arrange = nullptr;  ///< what the victim has done
    Step act = nullptr;
    std::vector<std::vector<std::string>> left;  ///< what may be in the ring then
  };
  explicit RingScene(const Steps& steps) : PeerScene(4), steps_(steps) {
    if (steps.before != nullptr) steps.before(*this);
  }

  void prepare_victim() override {
    PeerScene::prepare_victim();
    if (steps_.arrange != nullptr) steps_.arrange(*this);
  }
  void act() override { steps_.act(*this); }

  void check_alive() override {
    const Token token = victim_token();
    if (one.ring.producer_token() == token) {
      EXPECT_EQ(one.ring.producer().error().code, Errc::role_taken) << "the living is robbed";
    }
    if (one.ring.consumer_token() == token) {
      EXPECT_EQ(one.ring.consumer().error().code, Errc::role_taken) << "the living is robbed";
    }
  }

  void check_dead() override {
    PeerScene::check_dead();
    if (!consumer) consumer.emplace(must(two.ring.consumer()));
    if (!producer) producer.emplace(must(one.ring.producer()));
    std::vector<std::string> found;
    while (const auto text = received(Deadline::now())) found.push_back(*text);
    EXPECT_TRUE(std::ranges::find(steps_.left, found) != steps_.left.end()) << testing::PrintToString(found);
    ASSERT_EQ(producer->send(bytes_of("next"), soon()), Outcome::acquired);
    EXPECT_EQ(received(soon()), "next");
    for (int i = 0; i < 300; ++i) {
      ASSERT_EQ(producer->try_send(bytes_of(kMessage)), Outcome::acquired) << "there is less room than before";
      ASSERT_EQ(received(soon()), kMessage);
    }
  }

  /// What a step of the scene takes for granted.
  template <class Role>
  static Role must(Result<Role>&& role) {
    require(role.has_value(), "a role is not to be had");
    return *std::move(role);
  }
  std::optional<std::string> received(Deadline deadline) {
    std::string text;
    const auto read = [&](std::span<const std::byte> bytes) {
      text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const auto got = consumer->receive(read, deadline);
    if (got == Errc::ended) return "the end";
    if (got == Errc::corrupt) return "corrupt";
    return got == Outcome::acquired ? std::optional(text) : std::nullopt;
  }

  std::optional<RingProducer> producer;
  std::optional<RingConsumer> consumer;

 private:
  Steps steps_;
};

void two_consumes(RingScene& s) { s.consumer.emplace(RingScene::must(s.two.ring.consumer())); }
void near_the_end(RingScene& s) {
  s.segment->ring.producer.position = s.segment->ring.consumer.position = layout::kLeastRing - 24;
  two_consumes(s);
}
void two_sleeps(RingScene& s) {
  two_consumes(s);
  s.pending = s.two.ring.message_operation();
  EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
}
void one_has_sent(RingScene& s) {
  s.producer.emplace(RingScene::must(s.one.ring.producer()));
  for (const char* text : {"first", "second"}) EXPECT_TRUE(s.producer->try_send(bytes_of(text)));
}
void full(RingScene& s) {
  one_has_sent(s);
  while (s.producer->try_send(bytes_of(kMessage)) == Outcome::acquired) {
  }
  s.pending = s.one.ring.room_operation(64);
  EXPECT_TRUE(s.pending.advance(Effort::announce).is_wait());
}
void dead_producer(RingScene& s) {
  two_consumes(s);
  Peer& dead = s.others.emplace_back(s.segment);
  RingProducer producer = RingScene::must(dead.ring.producer());
  EXPECT_TRUE(producer.try_send(bytes_of("of the dead")));
  EXPECT_TRUE(producer.try_claim(100));
  dead.die();
}
void silent_dead_producer(RingScene& s) {
  Peer& dead = s.others.emplace_back(s.segment);
  RingProducer producer = RingScene::must(dead.ring.producer());
  dead.die();
}
void produces(RingScene& s) { s.producer.emplace(RingScene::must(s.victim->ring.producer())); }
void consumes(RingScene& s) { s.consumer.emplace(RingScene::must(s.victim->ring.consumer())); }
void sends(RingScene& s) { (void)s.producer->try_send(bytes_of(kMessage)); }

TEST(KillSweep, ring_producer) {
  const auto ends = [](RingScene& s) { (void)s.producer->end(soon()); };
  const auto takes = [](RingScene& s) { (void)s.victim->ring.take_producer(); };
  const auto leaves = [](RingScene& s) { s.producer.reset(); };
  sweep_all<RingScene>({
      {"ring: send", {two_consumes, produces, sends, {{}, {kMessage}}}},
      {"ring: send over the end", {near_the_end, produces, sends, {{}, {kMessage}}}},
      {"ring: send to a sleeper", {two_sleeps, produces, sends, {{}, {kMessage}}}},
      {"ring: end", {two_consumes, produces, ends, {{}, {"the end"}}}},
      {"ring: become producer", {two_consumes, nullptr, takes, {{}}}},
      {"ring: become a dead one's successor", {dead_producer, nullptr, takes, {{"of the dead"}}}},
      {"ring: leave", {two_consumes, produces, leaves, {{}}}},
  });
}

TEST(KillSweep, ring_consumer) {
  const auto receives = [](RingScene& s) { (void)s.consumer->try_receive([](auto) {}); };
  const auto drains = [](RingScene& s) { (void)s.consumer->drain([](auto) {}, 2); };
  const auto waits = [](RingScene& s) { (void)s.consumer->receive([](auto) {}, Deadline::now()); };
  const auto makes_room = [](RingScene& s) { (void)s.consumer->drain([](auto) {}, 1000); };
  std::vector<std::string> rest{"first", "second"};
  while (rest.size() < 2 + (layout::kLeastRing - 32) / 48) rest.push_back(kMessage);
  sweep_all<RingScene>({
      {"ring: receive", {one_has_sent, consumes, receives, {{"first", "second"}, {"second"}}}},
      {"ring: drain", {one_has_sent, consumes, drains, {{"first", "second"}, {}}}},
      {"ring: free for a sleeper", {full, consumes, makes_room, {rest, {}}}},
      {"ring: find a producer dead", {silent_dead_producer, consumes, waits, {{}}}},
  });
}

}  // namespace
}  // namespace shm::test
