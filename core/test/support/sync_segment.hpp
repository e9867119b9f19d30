// SPDX-License-Identifier: MIT
// One of each object of shm/sync in memory that processes share, without a segment around them.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <shm/message/queue.hpp>
#include <shm/message/register.hpp>
#include <shm/message/ring.hpp>
#include <shm/message/topic.hpp>
#include <shm/participant.hpp>
#include <shm/sync/barrier.hpp>
#include <shm/sync/condition.hpp>
#include <shm/sync/event.hpp>
#include <shm/sync/mutex.hpp>
#include <shm/sync/rw_lock.hpp>
#include <shm/sync/semaphore.hpp>
#include <string>
#include <utility>
#include <vector>

namespace shm::test {

/// Also in children, where nobody reads GoogleTest's assertions.
inline void require(bool holds, const char* what) {
  if (holds) return;
  (void)std::fprintf(stderr, "pid %d: %s\n", ::getpid(), what);
  std::abort();
}

constexpr std::uint32_t kMostPeers = 32;
constexpr std::uint32_t kPermits = 3;  ///< of both semaphores
constexpr std::uint32_t kParties = 3;
constexpr std::uint32_t kValueSize = 100;  ///< bytes

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of the tests
struct SyncObjects {
  layout::ParticipantSlot slots[kMostPeers];
  layout::MutexBody mutex;
  layout::RwLockBody rw_lock;
  layout::ReaderCell readers[kMostPeers];
  layout::SemaphoreBody semaphore;
  layout::LeasedSemaphoreBody leased;
  std::uint32_t holders[kPermits];
  layout::EventBody manual;
  layout::EventBody automatic;
  layout::ConditionBody condition;
  layout::BarrierBody barrier;
  layout::BarrierCell cells[kParties];
  layout::RegisterBody value;
  std::uint64_t value_slots[layout::kSlotCount * layout::slot_stride(kValueSize) / 8];
  layout::QueueBody queue;
  std::uint64_t queue_entries[layout::kLeastRing / 8];
  layout::TopicBody topic;
  std::uint64_t topic_records[layout::kLeastRing / 8];
  layout::RingBody ring;
  std::uint64_t ring_records[layout::kLeastRing / 8];
  alignas(64) std::uint64_t first;  ///< what the mutex protects: two counters that are equal
  std::uint64_t second;
  std::uint32_t words[8];  ///< for the test
};

/// All bytes 0, the state in which every object is fresh; the semaphore has no permits then.
class SyncSegment {
 public:
  /// slots    fewer make whoever looks at all of them faster
  explicit SyncSegment(std::uint32_t slots = kMostPeers)
      : slots_(slots), file_(::memfd_create("shm-test-sync", MFD_CLOEXEC)) {
    require(::ftruncate(file_, sizeof(SyncObjects)) == 0, "no memory");
    void* memory = ::mmap(nullptr, sizeof(SyncObjects), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    require(memory != MAP_FAILED, "no memory");
    objects_ = static_cast<SyncObjects*>(memory);
  }
  SyncSegment(const SyncSegment&) = delete;
  SyncSegment& operator=(const SyncSegment&) = delete;
  ~SyncSegment() {
    ::munmap(objects_, sizeof(SyncObjects));
    ::close(file_);
  }

  SyncObjects* operator->() const { return objects_; }
  SyncObjects& operator*() const { return *objects_; }
  [[nodiscard]] std::span<layout::ParticipantSlot> slots() const { return {objects_->slots, slots_}; }
  [[nodiscard]] std::span<layout::ReaderCell> readers() const { return {objects_->readers, slots_}; }
  /// A descriptor of an open file description of its own, as every attach has.
  [[nodiscard]] int open() const {
    return ::open(("/proc/self/fd/" + std::to_string(file_)).c_str(), O_RDWR | O_CLOEXEC);
  }

 private:
  std::uint32_t slots_;
  int file_;
  SyncObjects* objects_;
};

/// A participant, and its handles to all the objects.
class Peer {
 public:
  explicit Peer(const SyncSegment& segment)
      : segment_(&segment), descriptor_(segment.open()), participant_(join(segment, descriptor_)) {
    descriptors().push_back(descriptor_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    participant_.leave();
    close();
  }

  /// In this process, as a crash does it in one of its own. That it is this process which lives on is hidden from those
  /// who ask.
  void die() {
    std::atomic_ref((*segment_)->slots[participant_.slot()].start_time).fetch_xor(1U);
    participant_.abandon();
    close();
  }

  /// In the child of a fork(): it keeps nobody alive but its own.
  static void drop_inherited() {
    for (const int descriptor : descriptors()) ::close(descriptor);
    descriptors().clear();
  }

  [[nodiscard]] Token token() const { return participant_.token(); }
  [[nodiscard]] std::uint32_t slot() const { return participant_.slot(); }
  [[nodiscard]] const Participant& participant() const { return participant_; }
  Participant& participant() { return participant_; }

 private:
  static Participant join(const SyncSegment& segment, int descriptor) {
    Result<Participant> joined = Participant::join(segment.slots(), descriptor);
    require(joined.has_value(), "can't join");
    return *std::move(joined);
  }
  static std::vector<int>& descriptors() {
    static thread_local std::vector<int> all;  // forks happen in the thread whose peers they are
    return all;
  }
  void close() {
    if (descriptor_ < 0) return;
    std::erase(descriptors(), descriptor_);
    ::close(std::exchange(descriptor_, -1));
  }

  const SyncSegment* segment_;
  int descriptor_;
  Participant participant_;

 public:
  Mutex mutex{participant_, (*segment_)->mutex};
  RwLock rw_lock{participant_, (*segment_)->rw_lock, segment_->readers()};
  Semaphore semaphore{participant_, (*segment_)->semaphore, kPermits};
  LeasedSemaphore leased{participant_, (*segment_)->leased, (*segment_)->holders};
  Event manual{participant_, (*segment_)->manual, Reset::manual};
  Event automatic{participant_, (*segment_)->automatic, Reset::automatic};
  Condition condition{participant_, (*segment_)->condition};
  Barrier barrier{participant_, (*segment_)->barrier, (*segment_)->cells};
  Register value{participant_, (*segment_)->value, std::as_writable_bytes(std::span((*segment_)->value_slots)),
                 kValueSize};
  Queue queue{participant_, (*segment_)->queue, std::as_writable_bytes(std::span((*segment_)->queue_entries))};
  Topic topic{participant_, (*segment_)->topic, std::as_writable_bytes(std::span((*segment_)->topic_records))};
  Ring ring{participant_, (*segment_)->ring, std::as_writable_bytes(std::span((*segment_)->ring_records))};
};

}  // namespace shm::test
