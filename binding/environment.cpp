// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "attachment.hpp"
#include "waits.hpp"

namespace shm::binding {

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
  if (!open_.add(attachment)) return false;
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

Attachment* Environment::find(std::uint64_t handle) const noexcept { return open_.find(handle); }
void Environment::retire(const Attachment* attachment) noexcept { open_.remove(attachment); }

std::uint32_t Environment::close_all() noexcept {
  std::uint32_t destroyed = 0;
  for (Attachment* next = records_; next != nullptr;) {
    Attachment* attachment = std::exchange(next, next->next);
    if (find(attachment->handle) != attachment || !attachment->is_compatible) continue;
    const bool is_system_v = attachment->segment.kind() == Kind::system_v;
    const Result<CloseOutcome> outcome = close(attachment);
    if (outcome && outcome->destroyed && is_system_v) ++destroyed;
  }
  return destroyed;
}

void Environment::settle_now_and_then() noexcept {
  constexpr std::uint64_t kOften = 64;
  if (transfers != Transfers::precise || open_.handles_given() % kOften != 0) return;
  for (Attachment* next = records_; next != nullptr;) settle(std::exchange(next, next->next));
}

void Environment::end(void* environment) noexcept {
  auto* self = static_cast<Environment*>(environment);
  self->waits->stop();
  for (Attachment* next = self->records_; next != nullptr;) {
    binding::end(std::exchange(next, next->next));
  }
  self->managed.close_all();
  self->retired.give_back();
  self->~Environment();
  std::free(self);
}

}  // namespace shm::binding
