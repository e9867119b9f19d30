// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <span>

#include "support/own_objects.hpp"
#include "support/system_calls.hpp"

namespace shm::test {

inline constexpr int kAllErrors[] = {ENOSPC, ENOMEM, EMFILE, ENFILE, EACCES, EPERM,
                                     EIO,    EINTR,  EAGAIN, EINVAL, ENOENT, EDQUOT};

/// Runs `operation` with call 1, 2, 3, ... failing with each of the errors, until none is left to fail. What it did
/// all the same (a call that may fail, or was repeated) is undone by `undo`; where it failed, nothing is left behind,
/// and it succeeds when it is tried again.
inline void fail_every_call(
    std::span<const int> errors, const std::function<bool()>& operation, const std::function<void()>& undo,
    const std::function<void()>& arm_more = [] {}) {
  constexpr int kMostCalls = 200;  // of one operation; more would be an endless loop
  const Leftovers before = Leftovers::now();
  for (const int os_error : errors) {
    for (int number = 1;; ++number) {
      ASSERT_LT(number, kMostCalls);
      arm_more();
      fail_call(number, os_error);
      const bool succeeded = operation();
      const bool was_reached = disarm();
      if (succeeded) undo();
      ASSERT_EQ(Leftovers::now(), before) << "call " << number << " failed with errno " << os_error;
      if (!was_reached) {
        ASSERT_TRUE(succeeded) << "no call failed, and yet it did";
        break;
      }
      if (succeeded) continue;
      ASSERT_TRUE(operation()) << "again, after call " << number << " had failed with errno " << os_error;
      undo();
    }
  }
}

}  // namespace shm::test
