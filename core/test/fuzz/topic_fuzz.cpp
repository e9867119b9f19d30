// SPDX-License-Identifier: MIT
// A topic on any bytes, published to and read by turns.
#include <array>

#include "fuzz/message_target.hpp"
#include "message/topic_protocol.hpp"

namespace shm::fuzz {
namespace {

constexpr std::uint32_t kLeastCapacity = 64;

struct FuzzedTopic {
  explicit FuzzedTopic(Input& input)
      : capacity(kLeastCapacity << input.head().count % 4U),
        block(input, layout::kTopicBytes + capacity),
        parts{&block.as<layout::TopicBody>(), block.bytes().data() + layout::kTopicBytes, capacity},
        wait_for_news(message::TopicWait<Machine>(parts, input.head().details[0] * 8U)) {}

  void act(Machine& machine, Act act) {
    const std::array<std::byte, kLeastCapacity << 3U> message{};
    std::array<std::byte, kLeastCapacity << 3U> buffer{};
    switch (act.operation()) {
      case kPublishMessage: {
        const std::uint32_t length = act.detail % (layout::longest_in_topic(capacity) + 1);
        (void)message::publish(machine, parts, std::span(message).first(length));
        break;
      }
      case kSubscribe:
        (void)message::begin_reading(machine, parts, act.detail % 2 == 0, cursor);
        break;
      case kReadMessage: {
        const auto read = message::read_next(machine, parts, cursor, std::span(buffer).first(act.detail));
        if (read.result == message::TopicRead::message) check(read.length <= act.detail, "a message that is too long");
        break;
      }
      case kWaitForNews:
        (void)wait_for_news.run(machine, act);
        break;
      default:
        break;
    }
  }

  std::uint32_t capacity;
  Block block;
  message::TopicParts parts;
  message::TopicCursor cursor;
  Blocking<message::TopicWait<Machine>> wait_for_news;
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shm::fuzz::run_message_target<shm::fuzz::FuzzedTopic>(data, size);
}
