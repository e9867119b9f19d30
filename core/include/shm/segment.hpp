// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/mapping.hpp>
#include <shm/result.hpp>
#include <shm/segment_name.hpp>
#include <shm/segment_options.hpp>
#include <shm/segment_status.hpp>
#include <shm/system_v_key.hpp>
#include <span>

namespace shm {

/// What close() leaves at the addresses of the mapping.
enum class Leave : std::uint8_t {
  nothing,     ///< the addresses are free: any later access through an old pointer is a fault
  zero_pages,  ///< private zero pages until release_addresses(): old pointers stay harmless, peers unaffected
};

struct CloseOutcome {
  bool destroyed = false;         ///< the object is gone: this close, or somebody before, removed it
  std::uint64_t attachments = 0;  ///< mappings others have; known for Lifetime::until_last_close, else 0
};

/// One mapping of a piece of shared memory, the segment, whose bytes other processes see at the same time.
///
/// Thread safety: distinct objects are independent, also over the same key. One object belongs to one thread at a time.
/// The bytes themselves are shared: concurrent access needs atomics or a protocol.
/// Invariants: an open Segment has bytes() that stay mapped until close().
class Segment {
 public:
  /// Creates the object complete (sized, zero-filled, its mode set) before its name appears.
  /// errors   invalid_argument; system: EEXIST, ENOSPC, EFBIG (RLIMIT_FSIZE), ENOMEM, EMFILE, EACCES ...;
  ///          unsupported: HugePages::require where the file system has none
  /// crash    a death at any instant leaves no object of this name, or the finished one
  /// source   docs/algorithms.md#creation
  static Result<Segment> create(const SegmentName& name, const SegmentOptions& options) noexcept;
  static Result<Segment> create(SystemVKey key, const SegmentOptions& options) noexcept;

  /// Maps an existing object, whole. Symbolic links are not followed.
  /// With Layout::compat an object younger than a second whose header is still zero is looked at again for up to
  /// 50 ms, because version 0.1.x names its objects before it has filled them in.
  /// errors   untrusted: not a regular object, owner, size; not_ready: 0 bytes; unsupported;
  ///          system: ENOENT, EACCES, ELOOP, ENOMEM ...
  static Result<Segment> open(const SegmentName& name, const SegmentOptions& options = {}) noexcept;
  static Result<Segment> open(SystemVKey key, const SegmentOptions& options = {}) noexcept;

  /// Opens the segment or, if there is none, creates it: of any number of processes that call this at once exactly one
  /// creates, and all have the same complete object. created() tells which.
  /// What it creates is for writing, whatever the access.
  /// errors   of both; what exists has another size: untrusted
  /// crash    as create(); nobody ever waits for another process
  static Result<Segment> open_or_create(const SegmentName& name, const SegmentOptions& options) noexcept;
  static Result<Segment> open_or_create(SystemVKey key, const SegmentOptions& options) noexcept;

  /// Memory without a name that nobody can truncate. Others get it by its descriptor. Its mode is exact, but for the
  /// bits to execute it, which it never has.
  static Result<Segment> anonymous(const SegmentOptions& options) noexcept;

  /// Maps what is behind a descriptor; keeps a duplicate, so that the caller may close his.
  /// errors   untrusted; not_ready; system: EBADF, EACCES (the descriptor doesn't allow the access) ...
  static Result<Segment> from_descriptor(int descriptor, const SegmentOptions& options = {}) noexcept;

  /// Maps a file; with a size and Access::read_write in the options creates it complete if there is none, as
  /// open_or_create() does. Unlike an object in /dev/shm it may have several names.
  static Result<Segment> open_file(const char* path, const SegmentOptions& options = {}) noexcept;

  /// Removes the name (POSIX) or destroys the segment after its last close (System V). Mappings stay valid.
  /// errors   system: ENOENT, EACCES, EPERM
  static Result<void> unlink(const SegmentName& name) noexcept;
  static Result<void> unlink(SystemVKey key) noexcept;

  /// What a name or key means now, without mapping it.
  /// errors   untrusted: not a regular object; system: ENOENT, EACCES ...
  static Result<SegmentStatus> status(const SegmentName& name) noexcept;
  static Result<SegmentStatus> status(SystemVKey key) noexcept;

  Segment() noexcept = default;  ///< closed
  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();  ///< close()

  /// shape    the payload; empty when closed
  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] bool created() const noexcept { return created_; }  ///< by this call, not found
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Layout layout() const noexcept { return layout_; }  ///< as recognised
  [[nodiscard]] Access access() const noexcept { return access_; }
  /// returns  the segment's own, closed with it; -1 if there is none: System V, or keep_descriptor false
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Whether pages of the guarded mapping have vanished. Any thread.
  [[nodiscard]] bool is_truncated() const noexcept { return mapping_.is_truncated(); }

  /// errors   closed; unsupported: nothing to ask by (keep_descriptor false); system
  [[nodiscard]] Result<SegmentStatus> status() const noexcept;

  /// Whether `name` or `key` still means this object: another may have been made in its place.
  /// errors   closed; system: ENOENT when it means nothing any more, EACCES ...
  [[nodiscard]] Result<bool> is_at(const SegmentName& name) const noexcept;
  [[nodiscard]] Result<bool> is_at(SystemVKey key) const noexcept;

  /// Writes changed pages to the disk and waits for it. Nothing to do for what is in memory only.
  /// errors   closed; truncated; system: EIO, ENOSPC ...
  [[nodiscard]] Result<void> flush() const noexcept;

  /// A further mapping of the same bytes, with a life of its own; guarded if this one is.
  /// errors   closed; truncated; read_only: the segment is not read_write; unsupported: keep_descriptor false; system:
  /// ENOMEM ...
  [[nodiscard]] Result<Mapping> map_again() const noexcept;
  /// The same over memory that is there already. `target` is page-aligned and at least as long as the segment; after a
  /// failure it is as before, or private zero pages.
  /// errors   closed; read_only; invalid_argument: too short; system: ENOMEM, EINVAL (huge pages, or the first page was
  ///          lost)
  [[nodiscard]] Result<Mapping> map_over(std::span<std::byte> target) const noexcept;

  /// Decides anew whether close() destroys the object. POSIX segments are persistent whatever is set.
  void set_lifetime(Lifetime lifetime) noexcept { lifetime_ = lifetime; }
  [[nodiscard]] Lifetime lifetime() const noexcept { return lifetime_; }

  /// Unmaps, and destroys the object where its lifetime ends with this close.
  /// errors   closed; system: what the kernel said to the removal (EPERM). The mapping is gone in any case.
  Result<CloseOutcome> close(Leave leave = Leave::nothing) noexcept;

  /// Gives back the addresses that close(Leave::zero_pages) kept; without it the destructor does.
  void release_addresses() noexcept { mapping_.unmap(); }
  /// Hands them over instead: the caller unmaps them (RetiredAddresses).
  /// returns  the range, empty if there is none
  std::span<std::byte> take_addresses() noexcept { return mapping_.take_addresses(); }

 private:
  friend struct SegmentMaker;  // src/segment/maker.hpp: puts the parts of a Segment together

  [[nodiscard]] Result<void> check_second_mapping() const noexcept;
  [[nodiscard]] Result<Mapping> guarded_as_this(Mapping mapping) const noexcept;
  Result<CloseOutcome> end_system_v_lifetime() const noexcept;

  Mapping mapping_;         ///< the whole object, a COMPAT header included
  std::uint64_t size_ = 0;  ///< bytes mapped
  ObjectId id_;
  SystemVKey key_;
  int descriptor_ = -1;
  Kind kind_ = Kind::posix;
  Layout layout_ = Layout::raw;
  Lifetime lifetime_ = Lifetime::persistent;
  Access access_ = Access::read_write;
  bool is_open_ = false;
  bool is_guarded_ = false;
  bool created_ = false;
};

}  // namespace shm
