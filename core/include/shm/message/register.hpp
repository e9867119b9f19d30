// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/deadline.hpp>
#include <shm/layout/register_body.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/mutex.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

/// The latest value of something: each write replaces it, and each read gets one that is whole. Readers take no lock,
/// write nothing and wait for nobody.
///
/// Handle to bytes in shared memory; copies are the same register.
/// Thread safety: that of the participant; reads from any thread.
/// source   docs/algorithms.md#register
class Register {
 public:
  struct Version {
    std::uint32_t number = 0;  ///< of the write, modulo 2^32, never 0; 0: it was never written
    std::uint32_t length = 0;  ///< bytes
  };

  /// shape    slots: four, slot_stride(size) bytes each
  Register(const Participant& participant, layout::RegisterBody& body, std::span<std::byte> slots,
           std::uint32_t size) noexcept
      : participant_(&participant), body_(&body), slots_(slots.data()), size_(size) {}

  static constexpr std::uint64_t body_size(std::uint32_t size) noexcept {
    return layout::kRegisterSlots + std::uint64_t{layout::kSlotCount} * layout::slot_stride(size);
  }

  /// returns  acquired: written; timed_out: somebody alive is writing all the time
  /// errors   too_long: more than size() bytes; deadlock: the participant has locked it
  /// crash    death before its one store: the old value; after it: the new one
  Result<Outcome> write(std::span<const std::byte> value, Deadline deadline = Deadline::never()) noexcept;
  /// Never waits; timed_out if somebody alive is writing.
  Result<Outcome> try_write(std::span<const std::byte> value) noexcept;

  /// Copies the value into `into`, which has room for size() bytes.
  /// errors   invalid_argument: it hasn't; timeout: writers have overtaken this call a thousand times
  Result<Version> read(std::span<std::byte> into) const noexcept;
  [[nodiscard]] std::uint32_t version() const noexcept;
  /// Waits until version() is another one.
  Result<Outcome> changed(std::uint32_t version, Deadline deadline = Deadline::never()) const noexcept;

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }  ///< bytes of the longest value

  [[nodiscard]] Operation changed_operation(std::uint32_t version) const noexcept;
  /// The lock of the writers, for those who wait for it in a way of their own, and then call write_locked().
  [[nodiscard]] Mutex writer() const noexcept { return {*participant_, body_->writer}; }
  /// By the holder of writer(), which it unlocks. `value`: at most size() bytes.
  /// errors   not_owner: the lock was taken away; the value is undefined then
  Result<void> write_locked(std::span<const std::byte> value) noexcept;

 private:
  const Participant* participant_;
  layout::RegisterBody* body_;
  std::byte* slots_;
  std::uint32_t size_;
};

}  // namespace shm
