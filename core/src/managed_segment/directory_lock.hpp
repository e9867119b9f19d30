// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <shm/participant.hpp>
#include <shm/result.hpp>

namespace shm::managed {

/// The directory's mutex, held. It repairs itself: what its dead owner left half done is garbage.
class [[nodiscard]] DirectoryLock {
 public:
  /// body     64 bytes of shared memory, a MutexBody
  /// errors   deadlock; timeout: somebody alive has had it for seconds, such as one who is stopped
  static Result<DirectoryLock> take(std::byte* body, const Participant& me) noexcept;

  DirectoryLock(DirectoryLock&& other) noexcept : word_(other.word_), me_(other.me_) { other.word_ = nullptr; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  DirectoryLock(std::uint32_t* word, Token me) noexcept : word_(word), me_(me) {}

  std::uint32_t* word_;
  Token me_;
};

}  // namespace shm::managed
