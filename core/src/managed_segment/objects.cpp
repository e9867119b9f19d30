// SPDX-License-Identifier: MIT
// The typed objects of a managed segment: what each one's entry in the directory says, and its body taken apart.
#include <bit>
#include <new>
#include <shm/managed_segment.hpp>

namespace shm {
namespace {

using layout::ObjectKind;

constexpr std::uint32_t kMostCount = 0x7fffffff;

template <class Body>
Body& body_of(const ManagedObject& object) noexcept {
  return *std::launder(reinterpret_cast<Body*>(object.body.data()));
}

/// What follows the body, from `offset` on.
template <class Cell>
std::span<Cell> cells_of(const ManagedObject& object, std::size_t offset, std::uint32_t count) noexcept {
  return {std::launder(reinterpret_cast<Cell*>(object.body.data() + offset)), count};
}

}  // namespace

Result<Mutex> ManagedSegment::mutex(std::string_view name) noexcept {
  const auto object = find_or_make(name, {.kind = ObjectKind::mutex, .body_size = sizeof(layout::MutexBody)});
  if (!object) return object.error();
  return Mutex(participant(), body_of<layout::MutexBody>(*object));
}

Result<RwLock> ManagedSegment::rw_lock(std::string_view name) noexcept {
  const std::uint32_t readers = participant().slot_count();
  const auto object =
      find_or_make(name, {.kind = ObjectKind::rw_lock, .params = {readers}, .body_size = RwLock::body_size(readers)});
  if (!object) return object.error();
  return RwLock(participant(), body_of<layout::RwLockBody>(*object),
                cells_of<layout::ReaderCell>(*object, layout::kRwLockReaders, readers));
}

Result<Semaphore> ManagedSegment::semaphore(std::string_view name, std::uint32_t most, std::uint32_t initial) noexcept {
  if (most < 1 || most > kMostCount) return invalid_argument("permits: 1 to 2147483647");
  if (initial > most) return invalid_argument("initial: no more than there are permits");
  const auto fill = [initial](std::span<std::byte> body) {
    std::launder(reinterpret_cast<layout::SemaphoreBody*>(body.data()))->value = initial;
  };
  const ObjectSpec spec{.kind = ObjectKind::semaphore, .params = {most}, .body_size = sizeof(layout::SemaphoreBody)};
  const auto object = find_or_make(name, spec, fill);
  if (!object) return object.error();
  return Semaphore(participant(), body_of<layout::SemaphoreBody>(*object), most);
}

Result<LeasedSemaphore> ManagedSegment::leased_semaphore(std::string_view name, std::uint32_t permits) noexcept {
  if (permits < 1 || permits > LeasedSemaphore::kMostPermits) return invalid_argument("permits: 1 to 4096");
  const auto object = find_or_make(
      name,
      {.kind = ObjectKind::leased_semaphore, .params = {permits}, .body_size = LeasedSemaphore::body_size(permits)});
  if (!object) return object.error();
  return LeasedSemaphore(participant(), body_of<layout::LeasedSemaphoreBody>(*object),
                         cells_of<std::uint32_t>(*object, layout::kLeaseHolders, permits));
}

Result<Event> ManagedSegment::event(std::string_view name, Reset reset) noexcept {
  const auto object = find_or_make(name, {.kind = ObjectKind::event,
                                          .params = {reset == Reset::automatic ? 1U : 0U},
                                          .body_size = sizeof(layout::EventBody)});
  if (!object) return object.error();
  return Event(participant(), body_of<layout::EventBody>(*object), reset);
}

Result<Condition> ManagedSegment::condition(std::string_view name) noexcept {
  const auto object = find_or_make(name, {.kind = ObjectKind::condition, .body_size = sizeof(layout::ConditionBody)});
  if (!object) return object.error();
  return Condition(participant(), body_of<layout::ConditionBody>(*object));
}

Result<Barrier> ManagedSegment::barrier(std::string_view name, std::uint32_t parties) noexcept {
  if (parties < 1 || parties > Barrier::kMostParties) return invalid_argument("parties: 1 to 4096");
  const auto object =
      find_or_make(name, {.kind = ObjectKind::barrier, .params = {parties}, .body_size = Barrier::body_size(parties)});
  if (!object) return object.error();
  return Barrier(participant(), body_of<layout::BarrierBody>(*object),
                 cells_of<layout::BarrierCell>(*object, layout::kBarrierCells, parties));
}

namespace {

constexpr Error kOtherCapacity = invalid_argument("capacity: a power of two from 4096 to 1073741824");
constexpr bool is_capacity(std::uint32_t bytes) noexcept {
  return bytes >= layout::kLeastRing && bytes <= layout::kMostRing && std::has_single_bit(bytes);
}

}  // namespace

Result<Ring> ManagedSegment::ring(std::string_view name, std::uint32_t capacity) noexcept {
  if (!is_capacity(capacity)) return kOtherCapacity;
  const auto object =
      find_or_make(name, {.kind = ObjectKind::spsc_ring, .params = {capacity}, .body_size = Ring::body_size(capacity)});
  if (!object) return object.error();
  return Ring(participant(), body_of<layout::RingBody>(*object), object->body.subspan(layout::kRingBytes, capacity));
}

Result<Queue> ManagedSegment::queue(std::string_view name, std::uint32_t capacity) noexcept {
  if (!is_capacity(capacity)) return kOtherCapacity;
  const auto object = find_or_make(
      name, {.kind = ObjectKind::mpmc_ring, .params = {capacity}, .body_size = Queue::body_size(capacity)});
  if (!object) return object.error();
  return Queue(participant(), body_of<layout::QueueBody>(*object), object->body.subspan(layout::kQueueBytes, capacity));
}

Result<Topic> ManagedSegment::topic(std::string_view name, std::uint32_t capacity) noexcept {
  if (!is_capacity(capacity)) return kOtherCapacity;
  const auto object = find_or_make(
      name, {.kind = ObjectKind::broadcast_ring, .params = {capacity}, .body_size = Topic::body_size(capacity)});
  if (!object) return object.error();
  return Topic(participant(), body_of<layout::TopicBody>(*object), object->body.subspan(layout::kTopicBytes, capacity));
}

Result<Register> ManagedSegment::value_register(std::string_view name, std::uint32_t size) noexcept {
  if (size < 1 || size > layout::kMostRegister) return invalid_argument("size: 1 to 1048576");
  const auto object = find_or_make(
      name, {.kind = ObjectKind::value_register, .params = {size}, .body_size = Register::body_size(size)});
  if (!object) return object.error();
  return Register(participant(), body_of<layout::RegisterBody>(*object), object->body.subspan(layout::kRegisterSlots),
                  size);
}

}  // namespace shm
