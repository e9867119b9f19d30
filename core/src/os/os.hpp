// SPDX-License-Identifier: MIT
// What the core needs from an operating system. Implemented in posix/ and linux/; nothing else in the core calls the
// system. Every function that fails names the failed call in Error::operation and leaves nothing behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>
#include <shm/segment_name.hpp>
#include <span>

namespace shm::os {

/// An open file descriptor, closed with the object.
class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File& operator=(File&&) = delete;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

struct FileStatus {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;       ///< bytes
  std::int64_t changed_at = 0;  ///< last change of the status, seconds since 1970
  bool is_regular = false;      ///< not a directory, FIFO, socket or device
};

Result<FileStatus> status(const File& file) noexcept;
Result<FileStatus> status(const SegmentName& name) noexcept;

/// Opens an existing object for reading and writing. Does not follow a symbolic link, never waits (FIFO).
Result<File> open_object(const SegmentName& name) noexcept;
Result<void> unlink_object(const SegmentName& name) noexcept;

/// A file on the shared memory file system that has no name yet, so that nobody sees it half-built and a crash leaves
/// nothing. Where the system can't make one, it has a hidden name that the destructor removes.
class Draft {
 public:
  Draft(File file, std::uint32_t hidden) noexcept : file_(std::move(file)), hidden_(hidden) {}
  Draft(Draft&& other) noexcept : file_(std::move(other.file_)), hidden_(other.hidden_) { other.hidden_ = 0; }
  Draft& operator=(Draft&&) = delete;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft();

  [[nodiscard]] const File& file() const noexcept { return file_; }

  /// Gives the file its name, in one step, unless the name is taken (EEXIST).
  [[nodiscard]] Result<void> publish(const SegmentName& name) const noexcept;

 private:
  File file_;
  std::uint32_t hidden_;  ///< number of the hidden name, 0 for none
};

/// mode  permission bits, from which the umask takes some
Result<Draft> make_draft(std::uint32_t mode) noexcept;

Result<void> set_mode(const File& file, std::uint32_t mode) noexcept;
/// Sets the size and allocates every page now: ENOSPC instead of a SIGBUS later. EFBIG above RLIMIT_FSIZE.
Result<void> reserve(const File& file, std::uint64_t size) noexcept;
/// Sets the size; pages come when touched. EFBIG above RLIMIT_FSIZE.
Result<void> resize(const File& file, std::uint64_t size) noexcept;
/// returns  bytes read, fewer than asked for at the end of the file
Result<std::size_t> read(const File& file, std::span<std::byte> into, std::uint64_t offset) noexcept;

/// Writes all of it.
Result<void> write(const File& file, std::span<const std::byte> from, std::uint64_t offset) noexcept;

std::uint64_t page_size() noexcept;  ///< bytes
Result<std::byte*> map(const File& file, std::uint64_t size) noexcept;
/// Writable page table entries for the whole range now, on several threads if it is large. Best effort; nothing below 1
/// MiB.
void populate(std::byte* base, std::uint64_t size) noexcept;
Result<void> unmap(std::byte* base, std::uint64_t size) noexcept;
/// Puts private zero pages in place of the mapping, in one step.
Result<void> replace_by_zero_pages(std::byte* base, std::uint64_t size) noexcept;

struct SystemVStatus {
  std::uint64_t size = 0;  ///< bytes
  std::uint64_t attachments = 0;
};

/// returns  the id of a new segment of zeros
Result<int> create_system_v(std::uint32_t key, std::uint64_t size, std::uint32_t mode) noexcept;
Result<int> find_system_v(std::uint32_t key) noexcept;
Result<SystemVStatus> status_system_v(int id) noexcept;
/// returns  the mapping, for unmap() and replace_by_zero_pages()
Result<std::byte*> attach_system_v(int id) noexcept;
/// Frees the key at once and the memory with the last mapping.
Result<void> remove_system_v(int id) noexcept;
/// Whether the error means that the segment does not exist any more.
bool is_removed_system_v(const Error& error) noexcept;

bool is_not_found(const Error& error) noexcept;  ///< ENOENT
Error already_exists(const char* operation) noexcept;
Error not_found(const char* operation) noexcept;

std::int64_t seconds_since_1970() noexcept;
void sleep_a_millisecond() noexcept;

/// A lock between the threads of this process, constant-initialised and never destroyed. For a few instructions only.
class ProcessLock {
 public:
  void lock() noexcept;
  void unlock() noexcept;

 private:
  alignas(8) std::byte native_[64] = {};
};

class [[nodiscard]] LockGuard {
 public:
  explicit LockGuard(ProcessLock& lock) noexcept : lock_(lock) { lock_.lock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;
  ~LockGuard() { lock_.unlock(); }

 private:
  ProcessLock& lock_;
};

}  // namespace shm::os
