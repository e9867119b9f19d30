// SPDX-License-Identifier: MIT
// A ring on any bytes, its two sides by turns.
#include <array>
#include <cstring>

#include "fuzz/message_target.hpp"
#include "message/ring_protocol.hpp"

namespace shm::fuzz {
namespace {

constexpr std::uint32_t kLeastCapacity = 32;

struct FuzzedRing {
  explicit FuzzedRing(Input& input)
      : capacity(kLeastCapacity << input.head().count % 4U),
        block(input, layout::kRingBytes + capacity),
        parts{&block.as<layout::RingBody>(), block.bytes().data() + layout::kRingBytes, capacity},
        wait_for_room(message::RingWait<Machine>(parts, 8 + input.head().details[0])),
        wait_for_message(message::RingWait<Machine>(parts, 0)) {}

  /// As whoever has both roles: only then it knows where its sides are.
  void begin(Machine& machine) {
    act(machine, {kTakeProducer, 0});
    act(machine, {kTakeConsumer, 0});
  }

  void act(Machine& machine, Act act) {
    layout::RingBody& body = *parts.body;
    switch (act.operation()) {
      case kTakeProducer:
        take(machine, body.producer.holder);
        writer = message::RingWriter<Machine>(machine, parts);
        break;
      case kTakeConsumer:
        take(machine, body.consumer.holder);
        reader = message::RingReader<Machine>(machine, parts);
        break;
      case kLeaveProducer:
        message::leave_role(machine, body.producer.holder);
        break;
      case kLeaveConsumer:
        message::leave_role(machine, body.consumer.holder);
        break;
      case kAppend:
        append(machine, act.detail >= 0xfc ? 0xffffff00U | act.detail : act.detail);
        break;
      case kPublish:
        writer.publish(machine);
        break;
      case kPass:
        pass(machine);
        break;
      case kFree:
        reader.release(machine);
        break;
      case kWaitForRoom:
        (void)wait_for_room.run(machine, act);
        break;
      case kWaitForMessage:
        (void)wait_for_message.run(machine, act);
        break;
      default:
        break;
    }
  }

  std::uint32_t capacity;
  Block block;
  message::RingParts parts;
  message::RingWriter<Machine> writer;
  message::RingReader<Machine> reader;
  Blocking<message::RingWait<Machine>> wait_for_room;
  Blocking<message::RingWait<Machine>> wait_for_message;

 private:
  static void take(Machine& machine, std::uint32_t& holder) {
    const bool is_mine = static_cast<bool>(message::take_role(machine, holder));
    if (machine.is_undisturbed() && is_mine) check(holder == machine.me(), "a role that is somebody else's");
  }
  void append(Machine& machine, std::uint32_t length) {
    const Result<std::byte*> room = writer.reserve(machine, length);
    if (!room || *room == nullptr) return;
    check_within(*room, length);
    std::memset(*room, 7, length);
    writer.append(machine, length);
  }
  void pass(Machine& machine) {
    const Result<message::Record> record = reader.peek(machine);
    if (!record || record->bytes == nullptr) return;
    check_within(record->bytes, record->length);
    std::array<std::byte, kLeastCapacity << 3U> copy{};
    std::memcpy(copy.data(), record->bytes, record->length);
    reader.pass();
  }
  void check_within(const std::byte* bytes, std::uint32_t length) const {
    check(bytes >= parts.bytes && bytes + length <= parts.bytes + capacity, "a message outside the ring");
    check(length <= layout::longest_message(capacity), "a message that is too long");
  }
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shm::fuzz::run_message_target<shm::fuzz::FuzzedRing>(data, size);
}
