// SPDX-License-Identifier: MIT
// Semaphore, LeasedSemaphore, Event and words on any bytes.
#include <array>

#include "fuzz/acts.hpp"
#include "fuzz/blocking.hpp"
#include "sync/event_protocol.hpp"
#include "sync/semaphore_protocol.hpp"
#include "sync/word_protocol.hpp"

namespace shm::fuzz {
namespace {

constexpr std::uint32_t kSlots = 8;
constexpr std::uint32_t kMostPermits = 0x7fffffff;

std::uint32_t limit_of(const Head& head) {
  return (head.flags & kUnlimited) != 0 ? kMostPermits : cells_of(head.count);
}

std::uint32_t how_many(std::uint8_t detail) {
  constexpr std::array<std::uint32_t, 4> kLarge{kMostPermits, kMostPermits + 1, ~0U, ~0U - 1};
  return detail >= 0xfc ? kLarge[detail - 0xfcU] : detail;
}

struct Permits {
  explicit Permits(Input& input)
      : permits(cells_of(input.head().count)),
        semaphore_block(input, sizeof(layout::SemaphoreBody)),
        lease_block(input, layout::kLeaseHolders + permits * sizeof(std::uint32_t)),
        manual_block(input, sizeof(layout::EventBody)),
        automatic_block(input, sizeof(layout::EventBody)),
        semaphore{&semaphore_block.as<layout::SemaphoreBody>(), limit_of(input.head())},
        leases{&lease_block.as<layout::LeasedSemaphoreBody>(),
               lease_block.array<std::uint32_t>(layout::kLeaseHolders, permits)},
        manual{&manual_block.as<layout::EventBody>(), false},
        automatic{&automatic_block.as<layout::EventBody>(), true},
        word_wait(sync::WordWait<Machine>(manual.body->state, input.head().details[0])) {}

  void act(Machine& machine, Act act) {
    switch (act.operation()) {
      case kAcquire: {
        const Step step = acquire.run(machine, act);
        if (machine.is_undisturbed() && step.is_done() && step.outcome == Outcome::acquired) {
          check(semaphore.body->value < semaphore.most, "more permits than there are");
        }
        break;
      }
      case kRelease: {
        const bool released = static_cast<bool>(sync::release_permits(machine, semaphore, how_many(act.detail)));
        if (machine.is_undisturbed() && released) {
          check(semaphore.body->value <= semaphore.most, "more permits than there are");
        }
        break;
      }
      case kAcquireLease: {
        const Step step = acquire_lease.run(machine, act);
        if (!step.is_done() || step.outcome == Outcome::timed_out) break;
        check(step.detail < permits, "a permit that is not there");
        if (machine.is_undisturbed()) check(leases.holders[step.detail] == machine.me(), "a permit of somebody else");
        break;
      }
      case kReleaseLease:
        (void)sync::release_lease(machine, leases, how_many(act.detail));
        break;
      case kWaitManual:
        (void)wait_manual.run(machine, act);
        break;
      case kSetManual:
        sync::set_event(machine, manual);
        if (machine.is_undisturbed()) check((manual.body->state & 1) == 1, "an event that was set, and is not");
        break;
      case kResetManual:
        sync::reset_event(machine, manual);
        if (machine.is_undisturbed()) check((manual.body->state & 1) == 0, "an event that was reset, and is set");
        break;
      case kWaitAutomatic:
        (void)wait_automatic.run(machine, act);
        break;
      case kSetAutomatic:
        sync::set_event(machine, automatic);
        break;
      case kResetAutomatic:
        sync::reset_event(machine, automatic);
        break;
      case kWaitWord:
        (void)word_wait.run(machine, act);
        break;
      default:
        break;
    }
  }

  std::uint32_t permits;
  Block semaphore_block;
  Block lease_block;
  Block manual_block;
  Block automatic_block;
  sync::SemaphoreParts semaphore;
  sync::LeasedSemaphoreParts leases;
  sync::EventParts manual;
  sync::EventParts automatic;
  Blocking<sync::SemaphoreAcquire<Machine>> acquire{sync::SemaphoreAcquire<Machine>(semaphore)};
  Blocking<sync::LeaseAcquire<Machine>> acquire_lease{sync::LeaseAcquire<Machine>(leases)};
  Blocking<sync::EventWait<Machine>> wait_manual{sync::EventWait<Machine>(manual)};
  Blocking<sync::EventWait<Machine>> wait_automatic{sync::EventWait<Machine>(automatic)};
  Blocking<sync::WordWait<Machine>> word_wait;
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shm::fuzz;
  Input input(data, size);
  if (!input) return 0;
  Permits permits(input);
  const std::array blocks{permits.semaphore_block.bytes(), permits.lease_block.bytes(), permits.manual_block.bytes(),
                          permits.automatic_block.bytes()};
  Machine machine(input.head(), kSlots, blocks);
  play(input.head(), machine, [&](Act act) { permits.act(machine, act); });
  return 0;
}
