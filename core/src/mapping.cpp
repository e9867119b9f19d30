// SPDX-License-Identifier: MIT
#include <new>
#include <shm/mapping.hpp>
#include <utility>

#include "fault_guard.hpp"
#include "os/os.hpp"

namespace shm {

Mapping::Mapping(std::byte* base, std::uint64_t size, Addresses addresses) noexcept
    : base_(base), size_(size), addresses_(addresses), is_shared_(true) {}

Mapping::Mapping(Mapping&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      size_(other.size_),
      guard_(std::exchange(other.guard_, fault_guard::kNone)),
      addresses_(other.addresses_),
      is_shared_(std::exchange(other.is_shared_, false)),
      was_truncated_(other.was_truncated_) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    this->~Mapping();
    new (this) Mapping(std::move(other));
  }
  return *this;
}

Mapping::~Mapping() { unmap(); }

std::span<std::byte> Mapping::bytes() const noexcept {
  if (!is_shared_) return {};
  return {base_, size_};
}

Result<void> Mapping::guard() noexcept {
  const Result<fault_guard::Slot> slot = fault_guard::add(base_, size_);
  if (!slot) return slot.error();
  guard_ = *slot;
  return {};
}

bool Mapping::is_truncated() const noexcept {
  return was_truncated_ || (guard_ != fault_guard::kNone && fault_guard::has_faulted(guard_));
}

// Before others get the addresses: the guard must not map its pages into what is there then.
void Mapping::end_guard() noexcept {
  if (guard_ == fault_guard::kNone) return;
  was_truncated_ = is_truncated();
  fault_guard::remove(std::exchange(guard_, fault_guard::kNone));
}

void Mapping::put_zero_pages() noexcept {
  if (is_shared_ && !os::replace_by_zero_pages(base_, size_)) return;  // still guarded
  is_shared_ = false;
  end_guard();  // not before: another thread may be using the pages meanwhile
}

std::span<std::byte> Mapping::take_addresses() noexcept {
  if (is_shared_ || base_ == nullptr || addresses_ == Addresses::borrowed) return {};
  return {std::exchange(base_, nullptr), size_};
}

void Mapping::unmap() noexcept {
  end_guard();
  is_shared_ = false;
  if (base_ != nullptr && addresses_ == Addresses::own) (void)os::unmap(base_, size_);
  base_ = nullptr;
}

}  // namespace shm
