// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <shm/segment.hpp>
#include <utility>

#include "support/own_objects.hpp"

namespace shm::test {
namespace {

class PosixSegment : public testing::Test {
 protected:
  void SetUp() override { before_ = Leftovers::now(); }
  void TearDown() override {
    (void)Segment::unlink(name_);
    EXPECT_EQ(Leftovers::now(), before_);
  }

  [[nodiscard]] std::string path() const { return std::string("/dev/shm") + name_.c_str(); }
  [[nodiscard]] mode_t mode() const {
    struct stat status {};
    EXPECT_EQ(::stat(path().c_str(), &status), 0);
    return status.st_mode & 07777U;
  }
  /// An object made by somebody else: `header`, then zeros up to `size` bytes.
  void make_foreign(std::uint64_t header, std::uint64_t size) const {
    const int file = ::open(path().c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::pwrite(file, &header, sizeof header, 0), 8);
    ASSERT_EQ(::ftruncate(file, static_cast<off_t>(size)), 0);
    ::close(file);
  }

  SegmentName name_ = unique_name();
  Leftovers before_;
};

TEST_F(PosixSegment, created_is_zero_and_shared_with_whoever_opens_it) {
  const auto created = Segment::create(name_, {.size = 10'000});
  ASSERT_TRUE(created);
  ASSERT_EQ(created->bytes().size(), 10'000U);
  EXPECT_TRUE(std::ranges::all_of(created->bytes(), [](std::byte b) { return b == std::byte{0}; }));
  const auto opened = Segment::open(name_);
  ASSERT_TRUE(opened);
  created->bytes()[9'999] = std::byte{42};
  EXPECT_EQ(opened->bytes()[9'999], std::byte{42});
}

TEST_F(PosixSegment, compat_has_the_size_in_front) {
  ASSERT_TRUE(Segment::create(name_, {.size = 24, .layout = Layout::compat}));
  const auto whole = Segment::open(name_, {.layout = Layout::raw});
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->bytes().size(), 32U);
  std::uint64_t header = 0;
  std::memcpy(&header, whole->bytes().data(), sizeof header);
  EXPECT_EQ(header, 24U);
  const auto payload = Segment::open(name_, {.layout = Layout::compat});
  ASSERT_TRUE(payload);
  EXPECT_EQ(payload->layout(), Layout::compat);
  EXPECT_EQ(payload->bytes().size(), 24U);
}

TEST_F(PosixSegment, open_as_compat_gives_a_foreign_object_whole) {
  make_foreign(/*header=*/7, /*size=*/85);
  const auto segment = Segment::open(name_, {.layout = Layout::compat});
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->layout(), Layout::raw);
  EXPECT_EQ(segment->bytes().size(), 85U);
}

TEST_F(PosixSegment, create_refuses_a_taken_name_whatever_the_size) {
  ASSERT_TRUE(Segment::create(name_, {.size = 1}));
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{8} << 20, std::uint64_t{1} << 50}) {
    const auto second = Segment::create(name_, {.size = size});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().os_error, EEXIST);
  }
}

TEST_F(PosixSegment, create_refuses_a_size_that_is_not_there_without_taking_what_is) {
  for (const std::uint64_t size : {std::uint64_t{1} << 40, std::uint64_t{1} << 50, (std::uint64_t{1} << 63) - 4096}) {
    const auto segment = Segment::create(name_, {.size = size});
    ASSERT_FALSE(segment);
    EXPECT_EQ(segment.error().os_error, ENOMEM);
    EXPECT_STREQ(segment.error().operation, "fallocate");
  }
}

TEST_F(PosixSegment, create_names_the_rule_that_an_option_breaks) {
  EXPECT_EQ(Segment::create(name_, {.size = 0}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::create(name_, {.size = ~std::uint64_t{0}}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::create(name_, {.size = 1, .mode = 01777}).error().code, Errc::invalid_argument);
}

TEST_F(PosixSegment, mode_is_exact_or_goes_through_the_umask) {
  const mode_t umask_before = ::umask(077);
  ASSERT_TRUE(Segment::create(name_, {.size = 1, .mode = 0666}));
  EXPECT_EQ(mode(), 0666U);
  ASSERT_TRUE(Segment::unlink(name_));
  ASSERT_TRUE(Segment::create(name_, {.size = 1, .mode = 0666, .exact_mode = false}));
  EXPECT_EQ(mode(), 0600U);
  ::umask(umask_before);
}

TEST_F(PosixSegment, open_refuses_what_is_no_shared_memory_object) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(Segment::open(name_).error().code, Errc::untrusted);
  ASSERT_EQ(::unlink(path().c_str()), 0);
  ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
  EXPECT_EQ(Segment::open(name_).error().os_error, EISDIR);
  ASSERT_EQ(::rmdir(path().c_str()), 0);
  ASSERT_EQ(::symlink("/dev/shm/elsewhere", path().c_str()), 0);
  EXPECT_EQ(Segment::open(name_).error().os_error, ELOOP);
}

TEST_F(PosixSegment, open_refuses_an_object_without_bytes) {
  const int file = ::open(path().c_str(), O_CREAT | O_RDWR, 0600);
  ASSERT_GE(file, 0);
  ::close(file);
  EXPECT_EQ(Segment::open(name_, {.layout = Layout::compat}).error().code, Errc::not_ready);
  EXPECT_EQ(Segment::open(name_, {.layout = Layout::raw}).error().code, Errc::not_ready);
}

TEST_F(PosixSegment, open_and_unlink_say_not_found) {
  EXPECT_EQ(Segment::open(name_).error().os_error, ENOENT);
  EXPECT_EQ(Segment::unlink(name_).error().os_error, ENOENT);
}

TEST_F(PosixSegment, knows_whether_its_name_still_means_it) {
  const auto segment = Segment::create(name_, {.size = 1});
  ASSERT_TRUE(segment);
  EXPECT_TRUE(*segment->is_at(name_));
  ASSERT_TRUE(Segment::unlink(name_));
  EXPECT_EQ(segment->is_at(name_).error().os_error, ENOENT);
  ASSERT_TRUE(Segment::create(name_, {.size = 1}));
  EXPECT_FALSE(*segment->is_at(name_));
}

TEST_F(PosixSegment, closed_with_zero_pages_leaves_the_object_and_harmless_addresses) {
  auto segment = Segment::create(name_, {.size = 4096});
  ASSERT_TRUE(segment);
  const auto bytes = segment->bytes();
  bytes[0] = std::byte{1};
  ASSERT_TRUE(segment->close(Leave::zero_pages));
  EXPECT_EQ(bytes[0], std::byte{0});
  bytes[0] = std::byte{2};
  EXPECT_EQ(Segment::open(name_)->bytes()[0], std::byte{1});
}

TEST_F(PosixSegment, closes_once) {
  auto segment = Segment::create(name_, {.size = 4096});
  ASSERT_TRUE(segment);
  ASSERT_TRUE(segment->close());
  EXPECT_FALSE(segment->is_open());
  EXPECT_TRUE(segment->bytes().empty());
  EXPECT_EQ(segment->close().error().code, Errc::closed);
  EXPECT_EQ(segment->is_at(name_).error().code, Errc::closed);
}

TEST_F(PosixSegment, moves_without_ending_the_mapping) {
  auto first = Segment::create(name_, {.size = 4096});
  ASSERT_TRUE(first);
  Segment second = *std::move(first);
  Segment third;
  third = std::move(second);
  EXPECT_EQ(third.bytes().size(), 4096U);
  third.bytes()[0] = std::byte{1};
}

}  // namespace
}  // namespace shm::test
