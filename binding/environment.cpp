// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <cstdlib>
#include <new>

#include "attachment.hpp"

namespace shm::binding {

Environment* Environment::create(napi_env env) noexcept {
  void* memory = std::malloc(sizeof(Environment));
  if (memory == nullptr) return nullptr;
  auto* environment = new (memory) Environment(env);
  napi_add_env_cleanup_hook(env, end, environment);
  return environment;
}

bool Environment::add(Attachment* attachment) noexcept {
  if (free_count_ == 0 && !grow()) return false;
  const std::uint32_t slot = free_[--free_count_];
  attachment->handle = slot;
  slots_[slot] = attachment;
  be_first_at_the_end();
  return true;
}

Attachment* Environment::find(std::uint64_t handle) const noexcept {
  return handle < capacity_ ? slots_[handle] : nullptr;
}

void Environment::remove(Attachment* attachment) noexcept {
  slots_[attachment->handle] = nullptr;
  free_[free_count_++] = attachment->handle;
}

std::uint32_t Environment::close_all() noexcept {
  std::uint32_t destroyed = 0;
  for (std::uint32_t slot = 0; slot < capacity_; ++slot) {
    Attachment* attachment = slots_[slot];
    if (attachment == nullptr) continue;
    const bool is_system_v = attachment->segment.kind() == Kind::system_v;
    const Result<CloseOutcome> outcome = close(*this, attachment);
    if (outcome && outcome->destroyed && is_system_v) ++destroyed;
  }
  return destroyed;
}

bool Environment::grow() noexcept {
  const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
  auto* slots = static_cast<Attachment**>(std::realloc(slots_, capacity * sizeof *slots_));
  if (slots == nullptr) return false;
  slots_ = slots;
  auto* free_slots = static_cast<std::uint32_t*>(std::realloc(free_, capacity * sizeof *free_));
  if (free_slots == nullptr) return false;
  free_ = free_slots;
  for (std::uint32_t slot = capacity; slot-- > capacity_;) {
    slots_[slot] = nullptr;
    free_[free_count_++] = slot;
  }
  capacity_ = capacity;
  return true;
}

// Node runs the newest hook first, and runs finalizers of external buffers as hooks too. Only before those can close()
// still tell whether a buffer was transferred away (docs/decisions/0004-unmap-at-close.md).
void Environment::be_first_at_the_end() noexcept {
  napi_remove_env_cleanup_hook(env_, end, this);
  napi_add_env_cleanup_hook(env_, end, this);
}

void Environment::end(void* environment) noexcept {
  auto* self = static_cast<Environment*>(environment);
  napi_handle_scope scope = nullptr;
  const bool has_scope = napi_open_handle_scope(self->env_, &scope) == napi_ok;
  self->close_all();
  if (has_scope) napi_close_handle_scope(self->env_, scope);
  std::free(self->slots_);
  std::free(self->free_);
  std::free(self);
}

}  // namespace shm::binding
