// SPDX-License-Identifier: MIT
// On a file system with a disk behind it, if the folder for temporary files is on one.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "support/own_segment.hpp"

namespace shm::test {
namespace {

class FileSegment : public OwnSegment {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / unique_text().substr(1);
    ASSERT_TRUE(std::filesystem::create_directory(folder_));
    OwnSegment::SetUp();
  }
  void TearDown() override {
    OwnSegment::TearDown();
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      EXPECT_FALSE(file.path().filename().string().starts_with('.')) << file.path();
    }
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string file(const char* name = "file") const { return folder_ / name; }
  [[nodiscard]] Result<Segment> open(const SegmentOptions& options = {}) const {
    return Segment::open_file(file().c_str(), options);
  }
  [[nodiscard]] std::string content() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(FileSegment, is_created_zero_with_its_size_and_mode_and_found_again) {
  auto created = open({.size = 10'001, .mode = 0640});
  ASSERT_TRUE(created) << created.error().operation << " " << created.error().os_error;
  EXPECT_TRUE(created->created());
  EXPECT_EQ(created->kind(), Kind::file);
  EXPECT_TRUE(is_zero(created->bytes()));
  EXPECT_EQ(created->status()->mode, 0640U);
  created->bytes()[10'000] = std::byte{42};
  ASSERT_TRUE(created->close());

  const auto found = open();
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->created());
  ASSERT_EQ(found->bytes().size(), 10'001U);
  EXPECT_EQ(found->bytes()[10'000], std::byte{42});
  EXPECT_FALSE(open({.size = 10'001})->created());
}

TEST_F(FileSegment, holds_after_flush_what_was_written) {
  const auto segment = open({.size = 10'000});
  ASSERT_TRUE(segment);
  segment->bytes()[0] = std::byte{'a'};
  segment->bytes()[9'999] = std::byte{'z'};
  ASSERT_TRUE(segment->flush());
  const std::string bytes = content();
  ASSERT_EQ(bytes.size(), 10'000U);
  EXPECT_EQ(bytes.front(), 'a');
  EXPECT_EQ(bytes.back(), 'z');
}

TEST_F(FileSegment, is_reserved_or_sparse) {
  struct stat status {};
  ASSERT_TRUE(open({.size = 100'000}));
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 100'000);
  std::filesystem::remove(file());
  ASSERT_TRUE(open({.size = 100'000, .reserve = false}));
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 100'000);
  EXPECT_EQ(status.st_blocks, 0);
}

TEST_F(FileSegment, is_not_created_without_a_size_nor_for_reading) {
  EXPECT_EQ(open().error().os_error, ENOENT);
  EXPECT_EQ(open({.size = 1, .access = Access::read}).error().os_error, ENOENT);
  EXPECT_EQ(open({.size = 1, .access = Access::copy_on_write}).error().os_error, ENOENT);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(FileSegment, for_reading_or_copying_leaves_the_file_alone) {
  ASSERT_TRUE(open({.size = 4096, .mode = 0444}));
  const auto reading = open({.access = Access::read});
  const auto copying = open({.access = Access::copy_on_write});
  ASSERT_TRUE(reading && copying);
  EXPECT_NE(::mprotect(reading->bytes().data(), 4096, PROT_READ | PROT_WRITE), 0);
  copying->bytes()[0] = std::byte{1};
  EXPECT_TRUE(copying->flush());
  EXPECT_TRUE(reading->flush());
  EXPECT_EQ(reading->bytes()[0], std::byte{0});
  EXPECT_EQ(content()[0], '\0');
}

TEST_F(FileSegment, refuses_what_is_no_file_of_the_size) {
  ASSERT_TRUE(open({.size = 100}));
  EXPECT_EQ(open({.size = 99}).error().code, Errc::untrusted);
  EXPECT_EQ(open({.size = 101}).error().code, Errc::untrusted);
  std::filesystem::resize_file(file(), 0);
  EXPECT_EQ(open().error().code, Errc::not_ready);
  EXPECT_EQ(open({.size = 100}).error().code, Errc::not_ready);

  std::filesystem::create_symlink(file(), file("link"));
  std::filesystem::create_symlink(file("nothing"), file("dangling"));
  ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
  for (const std::uint64_t size : {0, 100}) {
    EXPECT_EQ(Segment::open_file(file("link").c_str(), {.size = size}).error().os_error, ELOOP);
    EXPECT_EQ(Segment::open_file(file("dangling").c_str(), {.size = size}).error().os_error, ELOOP);
    EXPECT_EQ(Segment::open_file(file("fifo").c_str(), {.size = size}).error().code, Errc::untrusted);
    EXPECT_EQ(Segment::open_file(folder_.c_str(), {.size = size}).error().os_error, EISDIR);
    EXPECT_EQ(Segment::open_file("/dev/zero", {.size = size}).error().code, Errc::untrusted);
    EXPECT_EQ(Segment::open_file("", {.size = size}).error().os_error, ENOENT);
    EXPECT_EQ(Segment::open_file(file("no/file").c_str(), {.size = size}).error().os_error, ENOENT);
    EXPECT_EQ(Segment::open_file((file() + "/file").c_str(), {.size = size}).error().os_error, ENOTDIR);
    EXPECT_EQ(Segment::open_file(std::string(5000, 'x').c_str(), {.size = size}).error().os_error, ENAMETOOLONG);
    EXPECT_EQ(Segment::open_file(std::string(300, 'x').c_str(), {.size = size}).error().os_error, ENAMETOOLONG);
  }
}

TEST_F(FileSegment, may_have_several_names) {
  ASSERT_TRUE(open({.size = 100}));
  std::filesystem::create_hard_link(file(), file("other"));
  EXPECT_TRUE(open());
  std::filesystem::remove(file("other"));
}

TEST_F(FileSegment, can_be_named_from_the_current_folder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const auto segment = Segment::open_file("file", {.size = 100});
  std::filesystem::current_path(before);
  ASSERT_TRUE(segment);
  EXPECT_TRUE(segment->created());
  EXPECT_EQ(std::filesystem::file_size(file()), 100U);
}

TEST_F(FileSegment, that_does_not_fit_leaves_nothing) {
  const auto segment = open({.size = std::uint64_t{1} << 60});
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code, Errc::system);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace shm::test
