// SPDX-License-Identifier: MIT
#include "managed_table.hpp"

#include <cstdlib>
#include <new>
#include <utility>

namespace shm::binding {
namespace {

template <class Record, class... Parts>
Record* make(Parts&&... parts) noexcept {
  void* memory = std::malloc(sizeof(Record));
  return memory == nullptr ? nullptr : new (memory) Record{std::forward<Parts>(parts)...};
}

template <class Record>
void destroy(Record* record) noexcept {
  record->~Record();
  std::free(record);
}

}  // namespace

OpenManaged* ManagedTable::add(ManagedSegment segment) noexcept {
  auto* record = make<OpenManaged>(std::move(segment));
  if (record == nullptr) return nullptr;
  if (!handles_.add(record)) {
    destroy(record);
    return nullptr;
  }
  record->next = first_;
  first_ = record;
  return record;
}

OpenObject* ManagedTable::object(OpenManaged& segment, std::uint64_t offset, const OpenObject::Sync& sync) noexcept {
  for (OpenObject* object = segment.objects; object != nullptr; object = object->next) {
    if (object->offset == offset && object->sync.index() == sync.index()) return object;
  }
  auto* object = make<OpenObject>(sync, offset, &segment);
  if (object == nullptr) return nullptr;
  if (!object_handles_.add(object)) {
    destroy(object);
    return nullptr;
  }
  object->next = std::exchange(segment.objects, object);
  return object;
}

Result<CloseOutcome> ManagedTable::close(OpenManaged* segment) noexcept {
  handles_.remove(segment);
  OpenManaged** link = &first_;
  while (*link != segment) link = &(*link)->next;
  *link = segment->next;
  for (OpenObject* object = segment->objects; object != nullptr;) {
    object_handles_.remove(object);
    destroy(std::exchange(object, object->next));
  }
  const Result<CloseOutcome> outcome = segment->segment.close();
  destroy(segment);
  return outcome;
}

void ManagedTable::close_all() noexcept {
  while (first_ != nullptr) (void)close(first_);
}

}  // namespace shm::binding
