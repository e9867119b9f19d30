// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "attachment.hpp"

namespace shm::binding {

Environment* Environment::create(napi_env env) noexcept {
  void* memory = std::malloc(sizeof(Environment));
  if (memory == nullptr) return nullptr;
  auto* environment = new (memory) Environment(env);
  napi_add_env_cleanup_hook(env, end, environment);
  return environment;
}

bool Environment::add(std::uint64_t handle, Attachment* attachment) noexcept {
  if (handle >= capacity_ && !grow(handle)) return false;
  if (slots_[handle] != nullptr) return false;
  slots_[handle] = attachment;
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
  return handle < capacity_ ? slots_[handle] : nullptr;
}

std::uint32_t Environment::close_all() noexcept {
  std::uint32_t destroyed = 0;
  for (std::uint64_t handle = 0; handle < capacity_; ++handle) {
    if (slots_[handle] == nullptr) continue;
    const bool is_system_v = slots_[handle]->segment.kind() == Kind::system_v;
    const Result<CloseOutcome> outcome = close(*this, handle);
    if (outcome && outcome->destroyed && is_system_v) ++destroyed;
  }
  return destroyed;
}

bool Environment::grow(std::uint64_t handle) noexcept {
  constexpr std::uint64_t kMostHandles = std::uint64_t{1} << 24;  // far above what a process can map
  if (handle >= kMostHandles) return false;
  const std::uint64_t capacity = std::max<std::uint64_t>(16, (handle + 1) * 2);
  auto* slots = static_cast<Attachment**>(std::realloc(slots_, capacity * sizeof *slots_));
  if (slots == nullptr) return false;
  std::fill(slots + capacity_, slots + capacity, nullptr);
  slots_ = slots;
  capacity_ = capacity;
  return true;
}

void Environment::end(void* environment) noexcept {
  auto* self = static_cast<Environment*>(environment);
  napi_handle_scope scope = nullptr;
  const bool has_scope = napi_open_handle_scope(self->env_, &scope) == napi_ok;
  for (Attachment* next = self->records_; next != nullptr;) {
    binding::end(*self, std::exchange(next, next->next));
  }
  if (has_scope) napi_close_handle_scope(self->env_, scope);
  std::free(self->slots_);
  std::free(self);
}

}  // namespace shm::binding
