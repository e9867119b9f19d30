// SPDX-License-Identifier: MIT
#include "alias.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "waits.hpp"

// Experimental in Node-API; looked up when the addon is loaded, and absent in older runtimes.
extern "C" __attribute__((weak)) napi_status node_api_create_external_sharedarraybuffer(
    napi_env env, void* external_data, std::size_t byte_length, void (*finalize_cb)(void* data, void* hint),
    void* finalize_hint, napi_value* result);

namespace shm::binding {

/// Held by the attachment and by the SharedArrayBuffer; who lets go last unmaps.
struct SharedAlias {
  Mapping mapping;
  std::atomic<int> holders{1};
};

struct WasmAlias {
  Mapping mapping;
  WasmAlias* next = nullptr;
};

namespace {

/// Takes the mapping over, unless there is no memory.
template <class Alias>
Alias* make(Mapping& mapping) noexcept {
  void* memory = std::malloc(sizeof(Alias));
  return memory == nullptr ? nullptr : new (memory) Alias{.mapping = std::move(mapping)};
}

template <class Alias>
void destroy(Alias* alias) noexcept {
  alias->~Alias();
  std::free(alias);
}

void let_go(SharedAlias* alias) noexcept {
  // sync: alias let go. What the other holder did to the mapping happened before it is unmapped here.
  if (alias->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(alias);
}

// On any thread.
void on_shared_buffer_released(void* /*data*/, void* hint) noexcept { let_go(static_cast<SharedAlias*>(hint)); }

}  // namespace

bool has_external_shared_buffer() noexcept { return &node_api_create_external_sharedarraybuffer != nullptr; }

napi_value make_shared_buffer(Attachment* attachment) noexcept {
  Environment& environment = *attachment->environment;
  Result<Mapping> mapping = attachment->segment.map_again();
  if (!mapping) {
    environment.failure = mapping.error();
    return nullptr;
  }
  auto* alias = make<SharedAlias>(*mapping);
  if (alias == nullptr) {
    environment.failure = {Errc::system, ENOMEM, "malloc"};
    return nullptr;
  }
  alias->holders.store(2, std::memory_order_relaxed);  // nobody else has it yet
  const std::span<std::byte> bytes = alias->mapping.bytes();
  napi_value buffer = nullptr;
  if (node_api_create_external_sharedarraybuffer(environment.env(), bytes.data(), attachment->segment.bytes().size(),
                                                 on_shared_buffer_released, alias, &buffer) == napi_ok) {
    if (SharedAlias* before = std::exchange(attachment->shared, alias)) let_go(before);
    return buffer;
  }
  // Whether the runtime has called back by now is not known, so that its share is never let go.
  alias->mapping.put_zero_pages();
  let_go(alias);
  environment.failure = unsupported("node_api_create_external_sharedarraybuffer");
  return nullptr;
}

Result<void> map_over(Attachment* attachment, std::span<std::byte> memory) noexcept {
  Result<Mapping> mapping = attachment->segment.map_over(memory);
  if (!mapping) return mapping.error();
  auto* alias = make<WasmAlias>(*mapping);
  if (alias == nullptr) {
    mapping->put_zero_pages();
    return Error{Errc::system, ENOMEM, "malloc"};
  }
  alias->next = std::exchange(attachment->wasm, alias);
  return {};
}

bool are_truncated(const Attachment* attachment) noexcept {
  for (const WasmAlias* alias = attachment->wasm; alias != nullptr; alias = alias->next) {
    if (alias->mapping.is_truncated()) return true;
  }
  return attachment->shared != nullptr && attachment->shared->mapping.is_truncated();
}

void close_aliases(Attachment* attachment) noexcept {
  Waits& waits = *attachment->environment->waits;
  const auto end = [&waits](Mapping& mapping) {
    waits.drop_within(mapping.bytes());
    mapping.put_zero_pages();
  };
  if (attachment->shared != nullptr) end(attachment->shared->mapping);
  for (WasmAlias* alias = attachment->wasm; alias != nullptr; alias = alias->next) end(alias->mapping);
  release_aliases(attachment);
}

void release_aliases(Attachment* attachment) noexcept {
  if (attachment->shared != nullptr) let_go(std::exchange(attachment->shared, nullptr));
  while (attachment->wasm != nullptr) {
    WasmAlias* alias = attachment->wasm;
    attachment->wasm = alias->next;
    destroy(alias);
  }
}

}  // namespace shm::binding
