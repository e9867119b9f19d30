// SPDX-License-Identifier: MIT
// A register on any bytes.
#include <array>
#include <vector>

#include "fuzz/message_target.hpp"
#include "message/register_protocol.hpp"

namespace shm::fuzz {
namespace {

struct FuzzedRegister {
  explicit FuzzedRegister(Input& input)
      : size(4 * cells_of(input.head().count)),
        block(input, layout::kRegisterSlots + std::size_t{layout::kSlotCount} * layout::slot_stride(size)),
        parts{&block.as<layout::RegisterBody>(), block.bytes().data() + layout::kRegisterSlots, size},
        wait_for_change(message::RegisterWait<Machine>(parts, input.head().details[0])) {}

  void act(Machine& machine, Act act) {
    switch (act.operation()) {
      case kWriteValue:
        write(machine, act.detail);
        break;
      case kReadValue:
        read(machine);
        break;
      case kWaitForChange:
        (void)wait_for_change.run(machine, act);
        break;
      default:
        break;
    }
  }

  std::uint32_t size;
  Block block;
  message::RegisterParts parts;
  Blocking<message::RegisterWait<Machine>> wait_for_change;

 private:
  void write(Machine& machine, std::uint8_t detail) {
    const std::vector<std::byte> value(detail % (size + 1), std::byte{detail});
    message::write_register(machine, parts, value);
    if (!machine.is_undisturbed()) return;
    std::vector<std::byte> found(size);
    message::RegisterValue version;
    const bool is_whole = message::read_register(machine, parts, found.data(), version);
    if (!machine.is_undisturbed()) return;
    check(is_whole, "what was written can't be read");
    found.resize(version.length);
    check(found == value, "what was written is another value");
  }
  void read(Machine& machine) const {
    std::vector<std::byte> found(size);  // of exactly that size
    message::RegisterValue version;
    if (!message::read_register(machine, parts, found.data(), version)) return;
    check(version.length <= size, "a value that is too long");
  }
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return shm::fuzz::run_message_target<shm::fuzz::FuzzedRegister>(data, size);
}
