// SPDX-License-Identifier: MIT
// A queue on any bytes, two that send and receive by turns.
#include <array>
#include <cstring>

#include "fuzz/message_target.hpp"
#include "message/queue_protocol.hpp"

namespace shm::fuzz {
namespace {

constexpr std::uint32_t kLeastCapacity = 64;

struct FuzzedQueue {
  explicit FuzzedQueue(Input& input)
      : capacity(kLeastCapacity << input.head().count % 4U),
        block(input, layout::kQueueBytes + capacity),
        parts{&block.as<layout::QueueBody>(), block.bytes().data() + layout::kQueueBytes, capacity},
        wait_for_space(message::QueueWait<Machine>(parts, input.head().details[0])),
        wait_for_next(message::QueueWait<Machine>(parts, std::nullopt)) {}

  void act(Machine& machine, Act act) {
    using layout::EntryStage;
    switch (act.operation()) {
      case kReserve:
        reserve(machine, act.detail >= 0xfc ? 0xffffff00U | act.detail : act.detail);
        break;
      case kCommit:
        (void)message::end_reservation(machine, parts, positions[act.detail % 4], EntryStage::committed);
        break;
      case kAbort:
        (void)message::end_reservation(machine, parts, positions[act.detail % 4], EntryStage::aborted);
        break;
      case kTake:
        take(machine, act.detail % 2 == 0, false);
        break;
      case kLeaseMessage:
        take(machine, act.detail % 2 == 0, true);
        break;
      case kEndLease:
        (void)message::end_lease(machine, parts, positions[act.detail % 4]);
        break;
      case kReturnLease:
        (void)message::return_lease(machine, parts, positions[act.detail % 4]);
        break;
      case kFreeFinished:
        (void)message::free_finished(machine, parts);
        break;
      case kWaitForSpace:
        (void)wait_for_space.run(machine, act);
        break;
      case kWaitForNext:
        (void)wait_for_next.run(machine, act);
        break;
      default:
        break;
    }
  }

  std::uint32_t capacity;
  Block block;
  message::QueueParts parts;
  std::array<std::uint32_t, 4> positions{};  ///< of the latest claims and leases
  std::uint32_t next = 0;
  Blocking<message::QueueWait<Machine>> wait_for_space;
  Blocking<message::QueueWait<Machine>> wait_for_next;

 private:
  void reserve(Machine& machine, std::uint32_t length) {
    if (length > layout::longest_in_queue(capacity)) return;
    const auto room = message::look_for_room(machine, parts, length);
    if (!room || !room->is_free) return;
    const std::uint32_t position = message::reserve_entry(machine, parts, *room, length);
    check_within(position, length);
    std::memset(parts.message_at(position), 7, length);
    positions[next++ % 4] = position;
  }
  void take(Machine& machine, bool looks_for_the_dead, bool is_lease) {
    message::QueueTake<Machine> take(machine, parts, looks_for_the_dead);
    const auto found = take.next();
    if (!found || !*found) return;
    check_within((*found)->position, (*found)->length);
    std::array<std::byte, kLeastCapacity << 3U> copy{};
    std::memcpy(copy.data(), parts.message_at((*found)->position), (*found)->length);
    if (is_lease) {
      take.lease(**found);
      positions[next++ % 4] = (*found)->position;
    } else {
      take.pass(**found);
    }
  }
  void check_within(std::uint32_t position, std::uint32_t length) const {
    const std::byte* bytes = parts.message_at(position);
    check(bytes >= parts.bytes && bytes + length <= parts.bytes + capacity, "a message outside the queue");
    check(length <= layout::longest_in_queue(capacity), "a message that is too long");
  }
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shm::fuzz::run_message_target<shm::fuzz::FuzzedQueue>(data, size);
}
