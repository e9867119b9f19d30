// SPDX-License-Identifier: MIT
// What the core needs from an operating system. Implemented in posix/ and linux/; nothing else in the core calls the
// system. Every function that fails names the failed call in Error::operation and leaves nothing behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/result.hpp>
#include <shm/segment_name.hpp>
#include <shm/segment_options.hpp>
#include <shm/segment_status.hpp>
#include <span>
#include <string_view>
#include <utility>

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
  /// Hands over the descriptor; the caller closes it.
  int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// The same of a descriptor that somebody else closes.
class BorrowedFile {
 public:
  explicit BorrowedFile(int descriptor) noexcept : file_(descriptor) {}
  BorrowedFile(const BorrowedFile&) = delete;
  BorrowedFile& operator=(const BorrowedFile&) = delete;
  ~BorrowedFile() { (void)file_.release(); }

  operator const File&() const noexcept { return file_; }  // NOLINT(google-explicit-constructor): it is one

 private:
  File file_;
};

struct FileStatus {
  ObjectId id;
  std::uint64_t size = 0;       ///< bytes
  std::int64_t changed_at = 0;  ///< last change of the status, seconds since 1970
  std::uint32_t mode = 0;       ///< permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t links = 0;  ///< names that lead to it
  bool is_regular = false;  ///< not a directory, FIFO, socket or device
};

Result<FileStatus> status(const File& file) noexcept;
Result<FileStatus> status(const SegmentName& name) noexcept;
Result<FileStatus> status(const char* path) noexcept;

/// Opens an existing object; for writing too with Access::read_write. Does not follow a symbolic link, never waits
/// (FIFO).
Result<File> open_object(const SegmentName& name, Access access) noexcept;
Result<File> open_object(const char* path, Access access) noexcept;
Result<void> unlink_object(const SegmentName& name) noexcept;
/// A descriptor of our own for the same open file.
Result<File> duplicate(int descriptor) noexcept;

/// Whether the effective user of this process is `uid`, or one of its groups `gid`.
bool is_own_user(std::uint32_t uid) noexcept;
bool is_own_group(std::uint32_t gid) noexcept;

/// A file that has no name yet, so that nobody sees it half-built and a crash leaves nothing. Where the system can't
/// make one, it has a hidden name that the destructor removes.
class Draft {
 public:
  static constexpr std::size_t kLongestPath = 4096;  ///< bytes, the terminating zero included

  explicit Draft(File file) noexcept : file_(std::move(file)) {}
  Draft(Draft&& other) noexcept;
  Draft& operator=(Draft&&) = delete;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft();

  [[nodiscard]] const File& file() const noexcept { return file_; }

  /// Gives the file its name, in one step, unless the name is taken (EEXIST).
  [[nodiscard]] Result<void> publish(const SegmentName& name) noexcept;
  /// The same for a path in the draft's directory; the name is on the disk, if it is a disk, when this returns.
  [[nodiscard]] Result<void> publish(const char* path) noexcept;

  File take_file() noexcept { return std::move(file_); }

 private:
  friend Result<Draft> make_draft_in(std::string_view directory, std::uint32_t mode) noexcept;
  [[nodiscard]] Result<void> link(const char* path) noexcept;

  File file_;
  char hidden_path_[kLongestPath];  ///< set only if has_hidden_path_
  bool has_hidden_path_ = false;
};

/// A draft where the objects with names are, or in the directory of `path`.
/// mode  permission bits, from which the umask takes some
Result<Draft> make_draft(std::uint32_t mode) noexcept;
Result<Draft> make_draft(const char* path, std::uint32_t mode) noexcept;

/// Memory behind a descriptor, without a name; of huge pages if asked for, which have to be there (ENOSPC on use).
/// mode  permission bits that set_mode() is going to give it
Result<File> make_anonymous(std::uint32_t mode, bool of_huge_pages) noexcept;
/// From now on nobody can change the size.
Result<void> seal_size(const File& file) noexcept;
bool is_size_sealed(const File& file) noexcept;

Result<void> set_mode(const File& file, std::uint32_t mode) noexcept;
/// ENOMEM for more than the system can give without killing a process; a tmpfs hands out memory that isn't there.
Result<void> check_memory(std::uint64_t size) noexcept;
/// Sets the size and allocates every page now: ENOSPC instead of a SIGBUS later. EFBIG above RLIMIT_FSIZE.
Result<void> reserve(const File& file, std::uint64_t size) noexcept;
/// Sets the size; pages come when touched. EFBIG above RLIMIT_FSIZE.
Result<void> resize(const File& file, std::uint64_t size) noexcept;
/// returns  bytes read, fewer than asked for at the end of the file
Result<std::size_t> read(const File& file, std::span<std::byte> into, std::uint64_t offset) noexcept;

/// Writes all of it.
Result<void> write(const File& file, std::span<const std::byte> from, std::uint64_t offset) noexcept;

std::uint64_t page_size() noexcept;  ///< bytes
Result<std::byte*> map(const File& file, std::uint64_t size, Access access) noexcept;
/// In place of what is mapped at `target`, to read and write. If that fails, zero pages are there.
Result<void> map_over(const File& file, std::uint64_t size, std::byte* target) noexcept;
/// Page table entries for the whole range now, on several threads if it is large. Best effort; nothing below 1 MiB.
void populate(std::byte* base, std::uint64_t size, Access access) noexcept;
/// Of a copy-on-write mapping, pages when they are touched: all at once would be copies, which follow nobody's writes.
Result<void> lock_in_memory(std::byte* base, std::uint64_t size, Access access) noexcept;
/// Makes the range, which begins at a multiple of kHugePage, consist of huge pages but for its tail; on several threads
/// if it is large.
/// returns  whether it does now; if not, some pages may be there and some not
bool allocate_huge_pages(std::byte* base, std::uint64_t size) noexcept;
/// Unused addresses from a multiple of kHugePage on, for map_over() and the like.
Result<std::byte*> reserve_addresses(std::uint64_t size) noexcept;
/// Writes changed pages to the disk and waits for it.
Result<void> flush(std::byte* base, std::uint64_t size) noexcept;
Result<void> unmap(std::byte* base, std::uint64_t size) noexcept;
/// Puts private zero pages in place of the mapping, in one step.
Result<void> replace_by_zero_pages(std::byte* base, std::uint64_t size) noexcept;

/// returns  the id of a new segment of zeros
Result<int> create_system_v(std::uint32_t key, std::uint64_t size, std::uint32_t mode, bool reserve,
                            bool of_huge_pages) noexcept;
Result<int> find_system_v(std::uint32_t key) noexcept;
Result<SegmentStatus> status_system_v(int id) noexcept;
/// returns  the mapping, for unmap() and replace_by_zero_pages()
/// errors   unsupported: a size that is no multiple of the huge pages behind it, whose mapping is longer than it
Result<std::byte*> attach_system_v(int id, std::uint64_t size, Access access) noexcept;
/// As map_over(), for a segment that was attached before, or whose size is a multiple of kHugePage.
Result<void> attach_system_v_over(int id, std::uint64_t size, std::byte* target) noexcept;
/// Frees the key at once and the memory with the last mapping.
Result<void> remove_system_v(int id) noexcept;
/// Whether the error means that the segment does not exist any more.
bool is_removed_system_v(const Error& error) noexcept;

bool is_not_found(const Error& error) noexcept;       ///< ENOENT
bool is_already_exists(const Error& error) noexcept;  ///< EEXIST
Error already_exists(const char* operation) noexcept;
Error not_found(const char* operation) noexcept;

std::int64_t seconds_since_1970() noexcept;
std::uint64_t nanoseconds_since_1970() noexcept;
/// Of a clock that nobody sets.
std::uint64_t nanoseconds_since_start() noexcept;
Result<void> fill_with_random(std::span<std::byte> bytes) noexcept;
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
