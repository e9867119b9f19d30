// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/function_ref.hpp>
#include <shm/layout/directory_entry.hpp>
#include <shm/message/queue.hpp>
#include <shm/message/register.hpp>
#include <shm/message/ring.hpp>
#include <shm/message/topic.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/segment.hpp>
#include <shm/segment_name.hpp>
#include <shm/segment_options.hpp>
#include <shm/segment_status.hpp>
#include <shm/sync/barrier.hpp>
#include <shm/sync/condition.hpp>
#include <shm/sync/event.hpp>
#include <shm/sync/mutex.hpp>
#include <shm/sync/rw_lock.hpp>
#include <shm/sync/semaphore.hpp>
#include <span>
#include <string_view>

namespace shm {

/// What creates or opens a managed segment; each member says when it counts.
struct ManagedOptions {
  std::uint64_t size = 0;                          ///< create: bytes for the objects, at least 1; rounded up to pages
  std::uint32_t mode = 0600;                       ///< create: permission bits, exact
  std::uint32_t participants = 64;                 ///< create: threads attached at a time, 1 to 1023
  std::uint32_t objects = 64;                      ///< create: named objects, 1 to 4096
  Lifetime lifetime = Lifetime::until_last_close;  ///< create
  bool reserve = true;                             ///< create: false allocates pages when touched
  bool guard = false;                              ///< pages that vanish read as zeros; always with another's segments
  Trust trust = Trust::self;                       ///< open
  ParticipantInfo participant = {};                ///< what others see of this thread
};

/// What an object is. Who finds one by its name has to mean the same.
struct ObjectSpec {
  layout::ObjectKind kind = layout::ObjectKind::bytes;
  std::uint16_t version = 1;
  std::uint32_t params[layout::kObjectParameters] = {};
  std::uint64_t body_size = 0;  ///< bytes, at least 1
};

/// A named object of a managed segment. The values are checked copies; the body is shared.
struct ManagedObject {
  ObjectSpec spec;
  std::span<std::byte> body;  ///< 64-aligned; mapped until the segment is closed
  std::uint64_t offset = 0;   ///< of the body, from the segment's start: the same in all processes
  bool made = false;          ///< by this call, not found
};

struct ListedObject {
  std::string_view name;  ///< ends with the visit
  ObjectSpec spec;
  std::uint64_t offset = 0;
};

struct ListedParticipant {
  std::uint32_t slot = 0;
  Token token = kNobody;
  ProcessId process;
  std::uint32_t tid = 0;
  std::uint32_t uid = 0;
  ParticipantInfo info;
  bool is_live = false;  ///< false: it has died, and nobody has used its slot since
};

/// A segment with a header, participants and a directory of named objects; what its locks, rings and maps are in.
/// Its names are of letters, digits, '.', '_' and '-', and don't begin with '.'.
///
/// Thread safety: distinct objects are independent, also over the same name: each attaches of its own and takes a slot.
/// One object belongs to one thread at a time; its participant() answers is_dead() to any.
/// Invariants: while it is open, its file description holds the life lock and the lock of its slot; participant() and
/// the bodies of its objects stay where they are. A forked child has it closed.
/// source   docs/memory-layout.md#managed-segments, docs/algorithms.md#the-life-of-a-managed-name
class ManagedSegment {
 public:
  /// Creates the segment complete before its name appears, and attaches it.
  /// errors   invalid_argument; system: EEXIST, ENOSPC, EFBIG, ENOMEM, EMFILE, EACCES ...
  /// crash    a death at any instant leaves no object of this name, or the finished one
  static Result<ManagedSegment> create(const SegmentName& name, const ManagedOptions& options) noexcept;
  /// Attaches one that exists. Waits up to a second while its last user is removing it.
  /// errors   untrusted: not a regular object, owner; layout; corrupt; no_slot; not_ready: 0 bytes, or that second is
  ///          over; system: ENOENT, EACCES, ELOOP, ENOMEM ...
  static Result<ManagedSegment> open(const SegmentName& name, const ManagedOptions& options = {}) noexcept;
  /// Opens it or, if there is none, creates it: of any number of processes exactly one does, and all have the same.
  /// What exists keeps its size, counts and lifetime.
  static Result<ManagedSegment> open_or_create(const SegmentName& name, const ManagedOptions& options) noexcept;

  /// Removes the name, whatever the lifetime; who is attached goes on, and finds is_retired().
  /// errors   system: ENOENT, EACCES, EPERM
  static Result<void> unlink(const SegmentName& name) noexcept;

  ManagedSegment() noexcept = default;  ///< closed
  ManagedSegment(ManagedSegment&& other) noexcept;
  ManagedSegment& operator=(ManagedSegment&& other) noexcept;
  ManagedSegment(const ManagedSegment&) = delete;
  ManagedSegment& operator=(const ManagedSegment&) = delete;
  ~ManagedSegment();  ///< close()

  [[nodiscard]] bool is_open() const noexcept;
  [[nodiscard]] bool created() const noexcept;  ///< by this call, not found
  /// shape    the whole segment, its header included; empty when closed
  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  /// For further mappings. -1 when closed. Locks set by it are those of the segment.
  [[nodiscard]] int descriptor() const noexcept;
  [[nodiscard]] ObjectId id() const noexcept;
  [[nodiscard]] std::span<const std::uint8_t, 16> uuid() const noexcept;  ///< zeros when closed
  [[nodiscard]] std::uint64_t created_at() const noexcept;                ///< nanoseconds since 1970
  [[nodiscard]] Lifetime lifetime() const noexcept;
  [[nodiscard]] std::uint64_t capacity() const noexcept;  ///< bytes for the objects, all together
  /// Who this thread is to the others; at the same address until close(). Nobody when closed.
  [[nodiscard]] Participant& participant() noexcept;
  /// Whether the name leads elsewhere by now: others that open it are not met here. Tells the others.
  [[nodiscard]] bool is_retired() const noexcept;
  /// Whether pages of the guarded mapping have vanished. Any thread.
  [[nodiscard]] bool is_truncated() const noexcept;

  /// The object of this name; made, of zeros, if there is none. Of any number that call this at once one makes it.
  /// name     1 to 63 bytes, none of them NUL
  /// errors   closed; invalid_argument; type_mismatch; full; corrupt; timeout: somebody who is stopped is at it
  /// crash    of who makes it: nothing has happened
  Result<ManagedObject> find_or_make(std::string_view name, const ObjectSpec& spec) noexcept;
  /// The same; `initialise` gets the body, zeros, before others see it.
  Result<ManagedObject> find_or_make(std::string_view name, const ObjectSpec& spec,
                                     FunctionRef<void(std::span<std::byte>)> initialise) noexcept;
  /// The object of this name; made if there is none, and then free, not set, of no arrivals.
  /// errors   as find_or_make(); invalid_argument: a parameter out of its range
  Result<Mutex> mutex(std::string_view name) noexcept;
  Result<RwLock> rw_lock(std::string_view name) noexcept;
  /// most     permits that can be free at once, 1 to 2^31 - 1
  /// initial  permits that are free in the beginning, if it is made now
  Result<Semaphore> semaphore(std::string_view name, std::uint32_t most, std::uint32_t initial) noexcept;
  Result<LeasedSemaphore> leased_semaphore(std::string_view name, std::uint32_t permits) noexcept;  ///< 1 to 4096
  Result<Event> event(std::string_view name, Reset reset = Reset::manual) noexcept;
  Result<Condition> condition(std::string_view name) noexcept;
  Result<Barrier> barrier(std::string_view name, std::uint32_t parties) noexcept;  ///< 1 to 4096
  /// capacity  bytes: a power of two, 4 KiB to 1 GiB
  Result<Ring> ring(std::string_view name, std::uint32_t capacity) noexcept;
  Result<Queue> queue(std::string_view name, std::uint32_t capacity) noexcept;  ///< as of a ring
  Result<Topic> topic(std::string_view name, std::uint32_t capacity) noexcept;  ///< as of a ring
  /// size     bytes of the longest value, 1 to 1 MiB
  Result<Register> value_register(std::string_view name, std::uint32_t size) noexcept;

  /// errors   closed; corrupt; system: ENOENT
  [[nodiscard]] Result<ManagedObject> find(std::string_view name) const noexcept;
  /// Frees the name of an object, not its bytes: who has it keeps it.
  /// errors   closed; corrupt; system: ENOENT
  Result<void> retire(std::string_view name) noexcept;

  /// Visits the objects; those whose entries are damaged are left out. `visit` must not throw.
  Result<void> for_each_object(FunctionRef<void(const ListedObject&)> visit) const noexcept;
  /// Visits the participants, this one and dead ones included. `visit` must not throw.
  Result<void> for_each_participant(FunctionRef<void(const ListedParticipant&)> visit) const noexcept;

  /// Gives up the slot, unmaps and, where nobody else is attached and the lifetime ends with that, removes the name.
  /// What it holds (locks, roles) is to others as if it had died.
  /// errors   closed; system: what the kernel said to the removal (EPERM). The mapping is gone in any case.
  Result<CloseOutcome> close(Leave leave = Leave::nothing) noexcept;
  /// Hands over the addresses that close(Leave::zero_pages) kept; the caller unmaps them.
  std::span<std::byte> take_addresses() noexcept;
  /// For tests: ends as a crash does.
  void abandon() noexcept;

 private:
  friend struct ManagedMaker;  // src/managed_segment/attachment.hpp
  struct Attachment;           // src/managed_segment/attachment.hpp

  explicit ManagedSegment(Attachment* attachment) noexcept : attachment_(attachment) {}

  Attachment* attachment_ = nullptr;  // at an address of its own: others keep references into it
};

}  // namespace shm
