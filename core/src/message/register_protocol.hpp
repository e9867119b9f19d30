// SPDX-License-Identifier: MIT
// source   four slots, of which the version names one that is whole; a death leaves it as it is:
//          docs/algorithms.md#register
#pragma once

#include <cstddef>
#include <shm/layout/register_body.hpp>
#include <shm/sync/step.hpp>
#include <span>

#include "../sync/event_count.hpp"
#include "../sync/mutex_protocol.hpp"

namespace shm::message {

using sync::Site;

struct RegisterParts {
  layout::RegisterBody* body = nullptr;
  std::byte* slots = nullptr;
  std::uint32_t size = 0;  ///< of the longest value, bytes

  [[nodiscard]] layout::RegisterSlot& slot_of(std::uint32_t version) const noexcept {
    return *reinterpret_cast<layout::RegisterSlot*>(slots + std::size_t{version % layout::kSlotCount} *
                                                                layout::slot_stride(size));
  }
  static std::byte* bytes_of(layout::RegisterSlot& slot) noexcept {
    return reinterpret_cast<std::byte*>(&slot) + sizeof(layout::RegisterSlot);
  }
};

/// By the holder of the writer's lock. `value` has at most `size` bytes.
template <class M>
void write_register(M& machine, const RegisterParts& parts, std::span<const std::byte> value) noexcept {
  std::uint32_t version = machine.template load<Site::register_own_version>(parts.body->version) + 1;
  if (version == 0) version = 1;
  // sync: slot. Who reads a byte of what follows sees that the version before this one is there.
  machine.template fence<Site::register_before_slot>();
  layout::RegisterSlot& slot = parts.slot_of(version);
  machine.template store<Site::register_slot>(slot.version, version);
  machine.template store<Site::register_slot>(slot.length, static_cast<std::uint32_t>(value.size()));
  machine.template write_racing<Site::register_slot>(RegisterParts::bytes_of(slot), value);
  machine.template store<Site::register_publish>(parts.body->version, version);  // sync: version
  sync::notify(machine, parts.body->changed);
}

struct RegisterValue {
  std::uint32_t version = 0;  ///< 0: it was never written
  std::uint32_t length = 0;   ///< bytes
};

/// Copies the value into `into`, which has room for `size` bytes.
/// returns  whether it is whole; if not, writers have overtaken this one
template <class M>
bool read_register(M& machine, const RegisterParts& parts, std::byte* into, RegisterValue& value) noexcept {
  const std::uint32_t version = machine.template load<Site::register_look>(parts.body->version);  // sync: version
  value = {version, 0};
  if (version == 0) return true;
  const layout::RegisterSlot& slot = parts.slot_of(version);
  const std::uint32_t in_slot = machine.template load<Site::register_slot>(slot.version);
  value.length = machine.template load<Site::register_slot>(slot.length);
  if (value.length > parts.size) return false;
  const auto* bytes = reinterpret_cast<const std::byte*>(&slot) + sizeof(layout::RegisterSlot);
  machine.template read_racing<Site::register_slot>({into, value.length}, bytes);
  machine.template fence<Site::register_after_slot>();  // sync: slot
  const std::uint32_t now = machine.template load<Site::register_check>(parts.body->version);
  // Who writes version + 4 into this slot has made version + 3 visible before.
  return in_slot == version && now - version < layout::kSlotCount - 1;
}

/// Until it has another version.
template <class M>
class RegisterWait {
 public:
  RegisterWait(const RegisterParts& parts, std::uint32_t version) noexcept : parts_(parts), version_(version) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::EventCountBody& changed = parts_.body->changed;
    if (const Step step = look(machine); !step.is_wait()) return step;
    if (!is_announced(effort)) return Step::wait(parts_.body->version, version_);
    const std::uint32_t sequence = sync::prepare_to_wait(machine, changed);
    if (const Step step = look(machine); !step.is_wait()) return step;
    return Step::wait(changed.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step look(M& machine) noexcept {
    const std::uint32_t now = machine.template load<Site::register_look>(parts_.body->version);
    return now != version_ ? Step::done(Outcome::acquired) : Step::wait(parts_.body->version, now);
  }

  RegisterParts parts_;
  std::uint32_t version_;
};

}  // namespace shm::message
