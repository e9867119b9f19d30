// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>
#include <span>

namespace shm {

/// An address range of this process over the bytes of a segment.
///
/// Thread safety: one thread at a time; is_truncated() any.
/// Invariants: the addresses belong to the mapping until unmap() or take_addresses(). Between put_zero_pages() and
/// those they hold private zero pages: old pointers stay harmless, peers unaffected.
class Mapping {
 public:
  enum class Addresses : std::uint8_t {
    own,       ///< unmapped with the mapping
    borrowed,  ///< somebody else's, who unmaps them: a WebAssembly memory
  };

  Mapping() noexcept = default;  ///< nothing
  /// Takes over what the system mapped; `size` in bytes, as it was asked for.
  Mapping(std::byte* base, std::uint64_t size, Addresses addresses = Addresses::own) noexcept;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();  ///< unmap()

  /// shape    empty after put_zero_pages() and unmap()
  [[nodiscard]] std::span<std::byte> bytes() const noexcept;

  /// From now on a page that vanishes, because somebody truncated the object, reads as zeros instead of ending the
  /// process by SIGBUS.
  /// errors   system: ENOMEM (4096 guarded mappings), sigaction's
  Result<void> guard() noexcept;
  /// Whether a guarded page did vanish.
  [[nodiscard]] bool is_truncated() const noexcept;

  /// Ends the sharing at once, without giving up the addresses. Fails only for want of kernel memory; the bytes stay
  /// shared then, and guarded, until it is tried again or they are unmapped.
  void put_zero_pages() noexcept;
  /// Hands over the addresses that put_zero_pages() kept; the caller unmaps them (RetiredAddresses).
  /// returns  the range, empty if there is none
  std::span<std::byte> take_addresses() noexcept;
  /// Any later access through an old pointer is a fault.
  void unmap() noexcept;

 private:
  void end_guard() noexcept;

  std::byte* base_ = nullptr;
  std::uint64_t size_ = 0;
  int guard_ = -1;  ///< slot of the fault guard, -1 for none
  Addresses addresses_ = Addresses::own;
  bool is_shared_ = false;
  bool was_truncated_ = false;
};

}  // namespace shm
