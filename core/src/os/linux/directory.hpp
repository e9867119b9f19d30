// SPDX-License-Identifier: MIT
#pragma once

#include <dirent.h>

#include <cerrno>
#include <shm/result.hpp>
#include <utility>

#include "../posix/system_error.hpp"

namespace shm::os {

/// A directory that is being read.
class Directory {
 public:
  static Result<Directory> open(const char* path) noexcept {
    for (;;) {
      DIR* stream = ::opendir(path);
      if (stream != nullptr) return Directory(stream);
      if (errno != EINTR) return system_error("opendir");
    }
  }

  Directory(Directory&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  Directory& operator=(Directory&&) = delete;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    if (stream_ != nullptr) ::closedir(stream_);
  }

  [[nodiscard]] int descriptor() const noexcept { return ::dirfd(stream_); }

  /// returns  the next entry, valid until the next call; nullptr at the end
  Result<const dirent*> next() noexcept {
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream_);  // NOLINT(concurrency-mt-unsafe): the stream is of one thread
      if (entry != nullptr || errno == 0) return entry;
      if (errno != EINTR) return system_error("readdir");
    }
  }

 private:
  explicit Directory(DIR* stream) noexcept : stream_(stream) {}

  DIR* stream_;
};

}  // namespace shm::os
