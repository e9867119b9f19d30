// SPDX-License-Identifier: MIT
// A publication, killed after each of its instructions.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "support/outcomes.hpp"
#include "support/peer_scene.hpp"

namespace shm::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

const std::string kBefore(90, 'b');
const std::string kSwept(500, 's');

/// What a listener gets before and after the death of a publisher.
class TopicScene : public PeerScene {
 public:
  struct Steps {
    int before = 0;  ///< how many messages
    bool is_awaited = false;
  };
  explicit TopicScene(const Steps& steps) : PeerScene(4) {
    for (int i = 0; i < steps.before; ++i) EXPECT_TRUE(one.topic.publish(bytes_of(kBefore)));
    listener_ = *two.topic.subscribe();
    if (!steps.is_awaited) return;
    pending = listener_->message_operation();
    EXPECT_TRUE(pending.advance(Effort::announce).is_wait());
  }
  void act() override { (void)victim->topic.publish(bytes_of(kSwept), soon()); }
  void check_dead() override {
    PeerScene::check_dead();
    ASSERT_EQ(one.topic.publish(bytes_of("next"), soon()), Outcome::acquired);
    std::string found = text();
    EXPECT_TRUE(found == kSwept || found == "next") << found;
    if (found == kSwept) {
      EXPECT_EQ(text(), "next");
    }
    EXPECT_EQ(listener_->lost(), 0U);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(one.topic.publish(bytes_of(kSwept), soon()), Outcome::acquired);
    found = text();
    EXPECT_EQ(found, kSwept);
    EXPECT_GT(listener_->lost(), 80U);
  }

 private:
  std::string text() {
    std::array<std::byte, 1024> buffer{};
    const auto got = listener_->try_receive(buffer);
    if (!got || !*got) return "nothing";
    return {reinterpret_cast<const char*>((*got)->bytes.data()), (*got)->bytes.size()};
  }
  std::optional<TopicSubscriber> listener_;
};

TEST(KillSweep, topic) {
  sweep_all<TopicScene>({
      {"topic: the first publication", {0, false}},
      {"topic: a publication that is awaited", {3, true}},
      {"topic: one over the end, and over others", {41, false}},
      {"topic: one over others", {60, false}},
  });
}

}  // namespace
}  // namespace shm::test
