// SPDX-License-Identifier: MIT
#include <array>

#include "message/register_protocol.hpp"
#include "model/cases.hpp"
#include "model/machine.hpp"

namespace shm::model {
namespace {

using message::RegisterParts, message::RegisterValue, message::RegisterWait;

constexpr std::uint32_t kSize = 4;  ///< a value is one word: the version that it has

struct RegisterMemory {
  layout::RegisterBody body{};
  alignas(8) std::array<std::uint32_t, layout::kSlotCount * layout::slot_stride(kSize) / 4> slots{};

  RegisterParts parts() { return {&body, reinterpret_cast<std::byte*>(slots.data()), kSize}; }
};

void write(RegisterMemory& memory, Machine& machine, std::uint32_t value) {
  const Step locked = finish(sync::MutexLock<Machine>(memory.body.writer));
  expect(locked.is_done(), "a writer does not get the lock");
  const std::array words{value};
  message::write_register(machine, memory.parts(), std::as_bytes(std::span(words)));
  expect(sync::unlock(machine, memory.body.writer, sync::Leaves::consistent), "a writer is robbed");
}

/// returns  the value; 0: there is none, or the writers were faster
std::uint32_t read(RegisterMemory& memory, Machine& machine) {
  std::array<std::uint32_t, 1> words{};
  RegisterValue value;
  if (!message::read_register(machine, memory.parts(), std::as_writable_bytes(std::span(words)).data(), value))
    return 0;
  if (value.version == 0) return 0;
  expect(value.length == kSize && words[0] == value.version, "a value is of another version");
  return words[0];
}

/// Who writes the n-th value writes n. A read takes long enough for several writes.
template <int writes>
struct RegisterWorld {
  static constexpr int kThreads = 2;
  RegisterMemory memory;

  void run(int thread) {
    Machine machine;
    if (thread == 0) {
      for (std::uint32_t value = 1; value <= writes; ++value) {
        const std::array words{value};
        message::write_register(machine, memory.parts(), std::as_bytes(std::span(words)));
      }
      return;
    }
    const std::uint32_t first = read(memory, machine);
    const std::uint32_t second = read(memory, machine);
    expect(second == 0 || second >= first, "a register goes back");
  }
};

/// A writer that dies, one that goes on, and a reader.
struct SuccessorWorld {
  static constexpr int kThreads = 3;
  RegisterMemory memory;

  void run(int thread) {
    Machine machine;
    if (thread == 2) return (void)read(memory, machine);
    const Step locked = finish(sync::MutexLock<Machine>(memory.body.writer));
    expect(locked.is_done(), "a writer does not get the lock");
    const std::uint32_t next = Explorer::now().load(memory.body.version, std::memory_order_relaxed) + 1;
    const std::array words{next};
    message::write_register(machine, memory.parts(), std::as_bytes(std::span(words)));
    expect(sync::unlock(machine, memory.body.writer, sync::Leaves::consistent), "a writer is robbed");
  }
};

/// The last of three writes is a dead one's, who has told nobody; the next one goes into the slot that is being read.
struct LapWorld {
  static constexpr int kThreads = 3;
  RegisterMemory memory;
  LapWorld() {
    layout::RegisterSlot& slot = memory.parts().slot_of(1);
    memory.body.version = slot.version = 1;
    slot.length = kSize;
    memory.slots[layout::slot_stride(kSize) / 4 + 2] = 1;
  }

  void run(int thread) {
    Machine machine;
    if (thread == 2) return (void)read(memory, machine);
    // In the place of the lock, whose words would be too many for the explorer.
    if (thread == 1 && (!Explorer::now().has_died(0) || !machine.is_dead(token_of(0)))) return;
    const std::uint32_t before = Explorer::now().load(memory.body.version, std::memory_order_relaxed);
    if (thread == 1 && before != 4) return;
    for (std::uint32_t next = before + 1; next <= before + (thread == 0 ? 3U : 1U); ++next) {
      const std::array words{next};
      message::write_register(machine, memory.parts(), std::as_bytes(std::span(words)));
    }
  }
};

/// One waits for what another one writes.
struct ChangeWorld {
  static constexpr int kThreads = 2;
  RegisterMemory memory;

  void run(int thread) {
    Machine machine;
    if (thread == 0) return write(memory, machine, 1);
    expect(finish(RegisterWait<Machine>(memory.parts(), 0)).is_done(), "a change is not noticed");
    expect(read(memory, machine) == 1, "a change is noticed before it is there");
  }
};

constexpr Case kCases[] = {
    {"register: five writes, two reads", &explore<RegisterWorld<5>>, {.bound = 3}, 121356},
    {"register: a writer dies", &explore<SuccessorWorld>, {.bound = 2, .victim = 0, .has_slices = true}, 43311},
    {"register: a dead one's write, and a slot that is used again",
     &explore<LapWorld>,
     {.bound = 2, .victim = 0, .has_slices = true},
     103295},
    {"register: a change is awaited", &explore<ChangeWorld>, {.bound = 3}, 1400},
};

}  // namespace

std::span<const Case> register_cases() { return kCases; }

}  // namespace shm::model
