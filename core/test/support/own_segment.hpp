// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <shm/segment.hpp>
#include <string>

#include "support/own_objects.hpp"

namespace shm::test {

/// A test with a name and a key of its own that leaves nothing.
class OwnSegment : public testing::Test {
 protected:
  void SetUp() override {
    // The first guard installs a handler, for good.
    ASSERT_TRUE(Segment::anonymous({.size = 1, .guard = true}));
    before_ = Leftovers::now();
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove(path(), ignored);
    (void)Segment::unlink(name_);
    (void)Segment::unlink(key_);
    EXPECT_EQ(Leftovers::now(), before_);
  }

  /// Where the object of the name is.
  [[nodiscard]] std::string path() const { return std::string("/dev/shm") + name_.c_str(); }
  /// An object under the name that is not made by the library.
  void make_object(std::size_t size, mode_t mode = 0600) const {
    const int file = ::open(path().c_str(), O_CREAT | O_EXCL | O_RDWR, mode);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::fchmod(file, mode), 0);
    ASSERT_EQ(::ftruncate(file, static_cast<off_t>(size)), 0);
    ::close(file);
  }

  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();

 private:
  Leftovers before_;
};

inline bool is_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace shm::test
