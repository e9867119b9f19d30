// SPDX-License-Identifier: MIT
// Mutex and RwLock on any bytes.
#include <array>

#include "fuzz/acts.hpp"
#include "fuzz/blocking.hpp"
#include "sync/rw_lock_protocol.hpp"

namespace shm::fuzz {
namespace {

using layout::kTokenBits;
using sync::Leaves;

bool owns(const Machine& machine, std::uint32_t word) { return (word & kTokenBits) == machine.me(); }

void check_locked(const Machine& machine, const Step& step, std::uint32_t word) {
  if (!machine.is_undisturbed() || !step.is_done()) return;
  check((step.outcome != Outcome::timed_out) == owns(machine, word), "a lock whose word says something else");
}

struct Locks {
  explicit Locks(Input& input)
      : slots(cells_of(input.head().count)),
        mutex_block(input, sizeof(layout::MutexBody)),
        rw_block(input, layout::kRwLockReaders + slots * sizeof(layout::ReaderCell)),
        mutex(mutex_block.as<layout::MutexBody>()),
        parts{&rw_block.as<layout::RwLockBody>(), rw_block.array<layout::ReaderCell>(layout::kRwLockReaders, slots)} {}

  void act(Machine& machine, Act act) {
    std::uint32_t& word = mutex.word;
    std::uint32_t& writer = parts.body->writer.word;
    const bool owned = owns(machine, word);
    const bool wrote = owns(machine, writer);
    switch (act.operation()) {
      case kLock: {
        const Step step = lock.run(machine, act);
        if (!owned) check_locked(machine, step, word);
        break;
      }
      case kUnlock:
      case kUnlockSuspect:
      case kUnlockConsistent: {
        const auto leaves = static_cast<Leaves>(act.operation() - kUnlock);
        const bool unlocked = sync::unlock(machine, mutex, leaves);
        if (machine.is_undisturbed()) check(unlocked == owned && !owns(machine, word), "unlock");
        break;
      }
      case kMakeConsistent: {
        const bool was_owner = sync::make_consistent(machine, mutex);
        if (machine.is_undisturbed()) check(was_owner == owned, "make_consistent");
        break;
      }
      case kRead: {
        const Step step = read.run(machine, act);
        if (!machine.is_undisturbed() || !step.is_done() || wrote) break;
        const layout::ReaderCell& own = parts.readers[machine.slot()];
        check(step.outcome == Outcome::timed_out || own.token == machine.me(), "a reader without its mark");
        break;
      }
      case kUnlockRead:
        (void)sync::unlock_reader(machine, parts);
        break;
      case kWrite: {
        const Step step = write.run(machine, act);
        // Who is robbed between two attempts of one operation is not told: as if it had happened just after the last.
        if (wrote || act.way() == Act::Way::advance) break;
        check_locked(machine, step, writer);
        if (!machine.is_undisturbed() || !step.is_done() || step.outcome == Outcome::timed_out) break;
        for (const layout::ReaderCell& cell : parts.readers) check(cell.token == kNobody, "a writer among readers");
        break;
      }
      case kUnlockWrite:
        (void)sync::unlock_writer(machine, parts, Leaves::as_found);
        break;
      case kUnlockWriteSuspect:
        (void)sync::unlock_writer(machine, parts, Leaves::suspect);
        break;
      case kDowngrade: {
        const bool was_writer = sync::downgrade(machine, parts);
        if (machine.is_undisturbed()) check(was_writer == wrote && !owns(machine, writer), "downgrade");
        break;
      }
      case kMakeWriteConsistent:
        (void)sync::make_consistent<Machine, Site::writer_look>(machine, parts.body->writer);
        break;
      default:
        break;
    }
  }

  std::uint32_t slots;
  Block mutex_block;
  Block rw_block;
  layout::MutexBody& mutex;
  sync::RwLockParts parts;
  Blocking<sync::MutexLock<Machine>> lock{sync::MutexLock<Machine>(mutex)};
  Blocking<sync::ReadLock<Machine>> read{sync::ReadLock<Machine>(parts)};
  Blocking<sync::WriteLock<Machine>> write{sync::WriteLock<Machine>(parts)};
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shm::fuzz;
  Input input(data, size);
  if (!input) return 0;
  Locks locks(input);
  const std::array blocks{locks.mutex_block.bytes(), locks.rw_block.bytes()};
  Machine machine(input.head(), locks.slots, blocks);
  play(input.head(), machine, [&](Act act) { locks.act(machine, act); });
  return 0;
}
