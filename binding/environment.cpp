// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "attachment.hpp"
#include "waits.hpp"

namespace shm::binding {
namespace {

// 2^24 mappings are far above what a process can have, and leave 2^29 handles until a JavaScript number is full.
constexpr int kSlotBits = 24;
constexpr std::uint64_t kMostSlots = (std::uint64_t{1} << kSlotBits) - 1;
constexpr std::uint64_t kMostHandles = (std::uint64_t{1} << (53 - kSlotBits)) - 1;

}  // namespace

Environment* Environment::create(napi_env env) noexcept {
  void* memory = std::malloc(sizeof(Environment));
  if (memory == nullptr) return nullptr;
  auto* environment = new (memory) Environment(env);
  environment->waits = Waits::create(env);
  if (environment->waits == nullptr) {
    std::free(environment);
    return nullptr;
  }
  napi_add_env_cleanup_hook(env, end, environment);
  return environment;
}

bool Environment::add(Attachment* attachment) noexcept {
  if (free_count_ == 0 && !grow()) return false;
  const std::uint32_t slot = free_slots_[--free_count_];
  slots_[slot] = attachment;
  handles_given_ = (handles_given_ + 1) & kMostHandles;
  attachment->handle = handles_given_ << kSlotBits | slot;
  attachment->environment = this;
  attachment->next = records_;
  if (records_ != nullptr) records_->previous = attachment;
  records_ = attachment;
  return true;
}

void Environment::forget(Attachment* attachment) noexcept {
  (attachment->previous != nullptr ? attachment->previous->next : records_) = attachment->next;
  if (attachment->next != nullptr) attachment->next->previous = attachment->previous;
}

Attachment* Environment::find(std::uint64_t handle) const noexcept {
  const std::uint64_t slot = handle & kMostSlots;
  if (slot >= capacity_ || slots_[slot] == nullptr || slots_[slot]->handle != handle) return nullptr;
  return slots_[slot];
}

void Environment::retire(const Attachment* attachment) noexcept {
  const auto slot = static_cast<std::uint32_t>(attachment->handle & kMostSlots);
  slots_[slot] = nullptr;
  free_slots_[free_count_++] = slot;
}

std::uint32_t Environment::close_all() noexcept {
  std::uint32_t destroyed = 0;
  for (std::uint32_t slot = 0; slot < capacity_; ++slot) {
    if (slots_[slot] == nullptr || !slots_[slot]->is_compatible) continue;
    const bool is_system_v = slots_[slot]->segment.kind() == Kind::system_v;
    const Result<CloseOutcome> outcome = close(slots_[slot]);
    if (outcome && outcome->destroyed && is_system_v) ++destroyed;
  }
  return destroyed;
}

void Environment::settle_now_and_then() noexcept {
  constexpr std::uint64_t kOften = 64;
  if (transfers != Transfers::precise || handles_given_ % kOften != 0) return;
  for (Attachment* next = records_; next != nullptr;) settle(std::exchange(next, next->next));
}

bool Environment::grow() noexcept {
  const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
  if (capacity > kMostSlots) return false;
  auto* slots = static_cast<Attachment**>(std::realloc(slots_, capacity * sizeof *slots_));
  if (slots == nullptr) return false;
  slots_ = slots;
  auto* free_slots = static_cast<std::uint32_t*>(std::realloc(free_slots_, capacity * sizeof *free_slots_));
  if (free_slots == nullptr) return false;
  free_slots_ = free_slots;
  for (std::uint32_t slot = capacity; slot-- > capacity_;) {
    slots_[slot] = nullptr;
    free_slots_[free_count_++] = slot;
  }
  capacity_ = capacity;
  return true;
}

void Environment::end(void* environment) noexcept {
  auto* self = static_cast<Environment*>(environment);
  self->waits->stop();
  for (Attachment* next = self->records_; next != nullptr;) {
    binding::end(std::exchange(next, next->next));
  }
  self->retired.give_back();
  std::free(self->slots_);
  std::free(self->free_slots_);
  std::free(self);
}

}  // namespace shm::binding
