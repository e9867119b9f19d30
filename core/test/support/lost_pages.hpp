// SPDX-License-Identifier: MIT
// Mappings whose pages can be made to vanish.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shm::test {

inline const std::size_t kPage = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

/// A shared mapping of an object without a name.
class Mapping {
 public:
  explicit Mapping(std::size_t pages, unsigned flags = 0) : size_(pages * kPage), file_(::memfd_create("test", flags)) {
    resize(size_);
    base_ = static_cast<std::byte*>(::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0));
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    ::munmap(base_, size_);
    ::close(file_);
  }

  /// As a peer does that has opened the same object.
  void resize(std::size_t bytes) const { (void)!::ftruncate(file_, static_cast<off_t>(bytes)); }
  /// Maps the object anew at the same addresses, which undoes what was put there.
  void map_again() const { map_there(MAP_SHARED, file_); }
  void put_private_pages() const { map_there(MAP_PRIVATE | MAP_ANONYMOUS, -1); }

  [[nodiscard]] bool is_valid() const { return base_ != MAP_FAILED; }
  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::byte* page(std::size_t index) const { return base_ + index * kPage; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int file() const { return file_; }

 private:
  void map_there(int flags, int file) const {
    // By system call: ThreadSanitizer takes mmap() for a write, which other threads may not do at the same time.
    (void)::syscall(SYS_mmap, base_, size_, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0);
  }

  std::size_t size_;
  int file_;
  std::byte* base_;
};

// Accesses that the compiler can't leave out, and that other threads may make at the same time.
inline int read(std::byte* address) {
  return std::atomic_ref(*reinterpret_cast<unsigned char*>(address)).load(std::memory_order_relaxed);
}
inline void write(std::byte* address, unsigned char value) {
  std::atomic_ref(*reinterpret_cast<unsigned char*>(address)).store(value, std::memory_order_relaxed);
}

}  // namespace shm::test
