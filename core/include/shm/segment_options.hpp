// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

enum class Kind : std::uint8_t {
  posix,       ///< named, in /dev/shm
  system_v,    ///< under a key
  anonymous,   ///< a sealed memfd: no name, ends with its last descriptor and mapping
  file,        ///< on a file system: survives a reboot
  descriptor,  ///< whatever is behind a descriptor that was received
};

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

enum class Access : std::uint8_t {
  read_write,
  read,           ///< a store into bytes() ends the process with SIGSEGV; the system allows no way to make it
                  ///< writable, unless it came by a descriptor that allows writing
  copy_on_write,  ///< reads the segment; a store goes to a private copy of its page. Not for System V
};

/// Whose segments open() accepts, by their owner; the superuser's always.
enum class Trust : std::uint8_t {
  self,    ///< of the effective user of this process
  group,   ///< and those whose group is one of this process's
  anyone,  ///< whoever the permission bits let in
};

enum class HugePages : std::uint8_t {
  never,
  attempt,  ///< where the system has them, else ordinary ones
  require,  ///< or fail. The size has to be a multiple of kHugePage then
};

constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;  ///< bytes

/// What create(), open() and their like take; each member says which of them look at it.
struct SegmentOptions {
  std::uint64_t size = 0;     ///< payload bytes. create: at least 1. open: what it has to be exactly, 0 for any
  std::uint32_t mode = 0600;  ///< create: permission bits
  bool exact_mode = true;     ///< POSIX names and files, create: false lets the umask of the process take bits away
  bool reserve = true;        ///< create: false allocates pages when touched; a full file system is a SIGBUS then
  bool populate = false;      ///< maps the pages at once instead of one fault each; below 1 MiB nothing
  bool lock = false;          ///< keeps the pages in memory (mlock): ENOMEM or EPERM beyond RLIMIT_MEMLOCK
  bool guard = false;         ///< pages that vanish, by a peer's truncation, read as zeros instead of SIGBUS
  HugePages huge_pages = HugePages::never;   ///< create
  Access access = Access::read_write;        ///< open
  Trust trust = Trust::self;                 ///< open
  Layout layout = Layout::raw;               ///< POSIX names
  Lifetime lifetime = Lifetime::persistent;  ///< System V
  bool keep_descriptor = true;               ///< POSIX names: descriptor() and status() need it
};

}  // namespace shm
