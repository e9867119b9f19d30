// SPDX-License-Identifier: MIT
#include "directory_lock.hpp"

#include <atomic>

#include "../os/os.hpp"

namespace shm::managed {
namespace {

constexpr int kMostAttempts = 64;

}  // namespace

Result<DirectoryLock> DirectoryLock::take(std::byte* body, const Participant& me) noexcept {
  constexpr int kMostSlices = 5000;  // of a millisecond
  auto* const shared = reinterpret_cast<std::uint32_t*>(body);
  std::atomic_ref word(*shared);
  for (int slice = 0; slice < kMostSlices; ++slice) {
    std::uint32_t seen = word.load(std::memory_order_relaxed);
    const Token owner = seen & kTokenMask;
    if (owner == me.token()) return Error{Errc::deadlock, 0, "the directory"};
    std::atomic_thread_fence(std::memory_order_acquire);  // sync: token
    if (owner == kNobody || me.is_dead(owner)) {
      if (word.compare_exchange_strong(seen, me.token(), std::memory_order_acq_rel)) {  // sync: token
        return DirectoryLock(shared, me.token());
      }
      continue;
    }
    os::sleep_a_millisecond();
  }
  return Error{Errc::timeout, 0, "the directory"};
}

DirectoryLock::~DirectoryLock() {
  if (word_ == nullptr) return;
  std::atomic_ref word(*word_);
  std::uint32_t seen = me_;
  // More often than by chance only against somebody who keeps changing it. Bits that are not the token's, which nobody
  // should have set, go with it: else the word would be ours for ever. If it is another's by now, it was forged.
  for (int attempt = 0; attempt < kMostAttempts && (seen & kTokenMask) == me_; ++attempt) {
    if (word.compare_exchange_strong(seen, kNobody, std::memory_order_release)) return;
  }
}

}  // namespace shm::managed
