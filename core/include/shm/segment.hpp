// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>
#include <shm/segment_name.hpp>
#include <shm/system_v_key.hpp>
#include <span>

namespace shm {

enum class Kind : std::uint8_t { posix, system_v };

/// What is in the first bytes of a POSIX object (docs/memory-layout.md).
enum class Layout : std::uint8_t {
  raw,     ///< the user's bytes from byte 0
  compat,  ///< 8 bytes payload size, then the user's bytes. On open: only if the object is one, else raw
};

/// Who removes the segment from the system.
enum class Lifetime : std::uint8_t {
  persistent,        ///< nobody but an explicit unlink()
  until_last_close,  ///< the close() after which nobody is attached; System V only, where the kernel counts
};

struct PosixOptions {
  std::uint64_t size = 0;     ///< payload bytes, at least 1
  std::uint32_t mode = 0600;  ///< permission bits
  bool exact_mode = true;     ///< false: the umask of the process takes bits away, as for any new file
  bool reserve = true;        ///< false: pages come when touched, and a full file system is then a SIGBUS
  bool populate = false;      ///< map the pages at once instead of one fault each; below 1 MiB nothing
  Layout layout = Layout::raw;
};

struct SystemVOptions {
  std::uint64_t size = 0;  ///< bytes, at least 1
  std::uint32_t mode = 0600;
  Lifetime lifetime = Lifetime::persistent;
};

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
/// Invariants: an open Segment has bytes() that stay mapped until close(); no descriptor stays open behind it.
class Segment {
 public:
  /// Creates the object complete (sized, zero-filled, its mode set) before its name appears.
  /// errors   invalid_argument; system: EEXIST, ENOSPC, EFBIG (RLIMIT_FSIZE), ENOMEM, EMFILE, EACCES ...
  /// crash    a death at any instant leaves no object of this name, or the finished one
  /// source   docs/algorithms.md#creation
  static Result<Segment> create(const SegmentName& name, const PosixOptions& options) noexcept;
  static Result<Segment> create(SystemVKey key, const SystemVOptions& options) noexcept;

  /// Maps an existing object, whole. Symbolic links are not followed.
  /// With Layout::compat an object younger than a second whose header is still zero is looked at again for up to
  /// 50 ms, because version 0.1.x names its objects before it has filled them in.
  /// errors   untrusted: not a regular object; not_ready: 0 bytes; system: ENOENT, EACCES, ELOOP, ENOMEM ...
  static Result<Segment> open(const SegmentName& name, Layout layout = Layout::raw) noexcept;
  static Result<Segment> open(SystemVKey key, Lifetime lifetime = Lifetime::persistent) noexcept;

  /// Removes the name (POSIX) or destroys the segment after its last close (System V). Mappings stay valid.
  /// errors   system: ENOENT, EACCES, EPERM
  static Result<void> unlink(const SegmentName& name) noexcept;
  static Result<void> unlink(SystemVKey key) noexcept;

  Segment() noexcept = default;  ///< closed
  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment();  ///< close()

  /// shape    the payload; empty when closed
  [[nodiscard]] std::span<std::byte> bytes() const noexcept;
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Layout layout() const noexcept { return layout_; }  ///< as recognised

  /// Whether `name` or `key` still means this object: another may have been made in its place.
  /// errors   closed; system: ENOENT when it means nothing any more, EACCES ...
  [[nodiscard]] Result<bool> is_at(const SegmentName& name) const noexcept;
  [[nodiscard]] Result<bool> is_at(SystemVKey key) const noexcept;

  /// Decides anew whether close() destroys the object. POSIX segments are persistent whatever is set.
  void set_lifetime(Lifetime lifetime) noexcept { lifetime_ = lifetime; }
  [[nodiscard]] Lifetime lifetime() const noexcept { return lifetime_; }

  /// Unmaps, and destroys the object where its lifetime ends with this close.
  /// errors   closed; system: what the kernel said to the removal (EPERM). The mapping is gone in any case.
  Result<CloseOutcome> close(Leave leave = Leave::nothing) noexcept;

  /// Gives back the addresses that close(Leave::zero_pages) kept; without it they stay until the process ends.
  void release_addresses() noexcept;
  /// Hands them over instead: the caller unmaps them (RetiredAddresses).
  /// returns  the range, empty if there is none
  std::span<std::byte> take_addresses() noexcept;

 private:
  /// Tells apart the objects that one name or key means over time.
  struct Identity {
    std::uint64_t space = 0;   ///< device, or 0 for System V
    std::uint64_t number = 0;  ///< inode, or System V id
    bool operator==(const Identity&) const = default;
  };

  Segment(Layout layout, std::byte* base, std::uint64_t size, Identity identity) noexcept;  // POSIX
  Segment(SystemVKey key, Lifetime lifetime, std::byte* base, std::uint64_t size, Identity identity) noexcept;
  Result<CloseOutcome> end_system_v_lifetime() const noexcept;

  std::byte* base_ = nullptr;
  std::uint64_t size_ = 0;  ///< bytes mapped, a COMPAT header included
  Identity identity_;
  SystemVKey key_;
  Kind kind_ = Kind::posix;
  Layout layout_ = Layout::raw;
  Lifetime lifetime_ = Lifetime::persistent;
  bool is_open_ = false;
  bool has_zero_pages_ = false;
};

}  // namespace shm
