// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "support/children.hpp"
#include "support/own_segment.hpp"
#include "support/sanitized.hpp"

namespace shm::test {
namespace {

constexpr std::uint64_t kWorthPopulating = std::uint64_t{2} << 20;

class SegmentOptionsTest : public OwnSegment {
 protected:
  /// Bytes that the object occupies.
  [[nodiscard]] std::uint64_t allocated() const {
    struct stat status {};
    EXPECT_EQ(::stat(path().c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  /// A line of /proc/self/status, in KiB.
  static long own_status(std::string_view key) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(key)) return std::stol(line.substr(key.size() + 1));
    }
    return -1;
  }
};

TEST_F(SegmentOptionsTest, access_read_can_not_be_made_writable) {
  const auto segment = Segment::create(name_, {.size = 4096});
  ASSERT_TRUE(segment);
  const auto reading = Segment::open(name_, {.access = Access::read});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->access(), Access::read);
  segment->bytes()[0] = std::byte{42};
  EXPECT_EQ(reading->bytes()[0], std::byte{42});
  EXPECT_NE(::mprotect(reading->bytes().data(), 4096, PROT_READ | PROT_WRITE), 0);
  EXPECT_EQ(errno, EACCES);
  EXPECT_NE(::pwrite(reading->descriptor(), "x", 1, 0), 1);
  EXPECT_EQ(ending_of_child([&] { reading->bytes()[0] = std::byte{1}; }), killed_by(SIGSEGV));
}

TEST_F(SegmentOptionsTest, access_copy_on_write_keeps_what_it_writes) {
  const auto segment = Segment::create(name_, {.size = 8192});
  ASSERT_TRUE(segment);
  const auto copying = Segment::open(name_, {.populate = true, .lock = true, .access = Access::copy_on_write});
  ASSERT_TRUE(copying);
  EXPECT_EQ(copying->access(), Access::copy_on_write);
  copying->bytes()[0] = std::byte{1};
  segment->bytes()[4096] = std::byte{2};
  EXPECT_TRUE(copying->flush());
  EXPECT_EQ(segment->bytes()[0], std::byte{0});
  EXPECT_NE(::pwrite(copying->descriptor(), "x", 1, 0), 1);
}

TEST_F(SegmentOptionsTest, access_read_needs_no_right_to_write) {
  make_object(4096, 0444);
  EXPECT_TRUE(Segment::open(name_, {.access = Access::read}));
  EXPECT_TRUE(Segment::open(name_, {.access = Access::copy_on_write}));
  const bool may_write_to_anything = ::geteuid() == 0;
  EXPECT_EQ(Segment::open(name_).has_value(), may_write_to_anything);
}

TEST_F(SegmentOptionsTest, access_of_what_is_created_is_for_writing) {
  const auto segment = Segment::create(name_, {.size = 1, .access = Access::read});
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->access(), Access::read_write);
  segment->bytes()[0] = std::byte{1};
}

TEST_F(SegmentOptionsTest, size_has_to_be_exact) {
  ASSERT_TRUE(Segment::create(name_, {.size = 5000, .layout = Layout::compat}));
  ASSERT_TRUE(Segment::create(key_, {.size = 5000}));
  EXPECT_TRUE(Segment::open(name_, {.size = 5000, .layout = Layout::compat}));
  EXPECT_TRUE(Segment::open(name_, {.size = 5008, .layout = Layout::raw}));
  EXPECT_TRUE(Segment::open(key_, {.size = 5000}));
  for (const std::uint64_t size : {4999, 5001, 5008}) {
    EXPECT_EQ(Segment::open(name_, {.size = size, .layout = Layout::compat}).error().code, Errc::untrusted);
    EXPECT_EQ(Segment::open(key_, {.size = size}).error().code, Errc::untrusted);
  }
}

TEST_F(SegmentOptionsTest, reserve_false_allocates_when_touched) {
  const auto segment = Segment::create(name_, {.size = kWorthPopulating, .reserve = false});
  ASSERT_TRUE(segment);
  EXPECT_EQ(allocated(), 0U);
  segment->bytes()[0] = std::byte{1};
  EXPECT_GT(allocated(), 0U);
  ASSERT_TRUE(Segment::unlink(name_));
  ASSERT_TRUE(Segment::create(name_, {.size = kWorthPopulating}));
  EXPECT_EQ(allocated(), kWorthPopulating);
  const SystemVKey other = unique_key();
  EXPECT_TRUE(Segment::create(other, {.size = kWorthPopulating, .reserve = false}));
  EXPECT_TRUE(Segment::unlink(other));
}

TEST_F(SegmentOptionsTest, populate_touches_every_page) {
  const auto segment = Segment::create(name_, {.size = kWorthPopulating + 1, .reserve = false, .populate = true});
  ASSERT_TRUE(segment);
  if (allocated() == 0) GTEST_SKIP() << "MADV_POPULATE_WRITE is newer than this system";
  EXPECT_GE(allocated(), kWorthPopulating + 4096);
  EXPECT_TRUE(is_zero(segment->bytes()));
  ASSERT_TRUE(Segment::create(key_, {.size = kWorthPopulating, .populate = true}));
  for (const Access access : {Access::read_write, Access::read}) {
    EXPECT_TRUE(Segment::open(key_, {.populate = true, .access = access}));
  }
}

TEST_F(SegmentOptionsTest, lock_keeps_the_pages_until_the_end) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizers make mlock() do nothing";
  const long before = own_status("VmLck:");
  ASSERT_TRUE(Segment::create(key_, {.size = 8192}));
  {
    const auto created = Segment::create(name_, {.size = 8192, .lock = true});
    ASSERT_TRUE(created) << created.error().os_error;
    EXPECT_EQ(own_status("VmLck:") - before, 8);
    const auto reading = Segment::open(name_, {.lock = true, .access = Access::read});
    const auto of_key = Segment::open(key_, {.lock = true});
    EXPECT_EQ(own_status("VmLck:") - before, 24);
    auto closed = Segment::anonymous({.size = 8192, .lock = true});
    EXPECT_EQ(own_status("VmLck:") - before, 32);
    ASSERT_TRUE(closed->close(Leave::zero_pages));
    EXPECT_EQ(own_status("VmLck:") - before, 24);
  }
  EXPECT_EQ(own_status("VmLck:"), before);
}

TEST_F(SegmentOptionsTest, lock_beyond_the_limit_is_an_error_and_leaves_nothing) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizers make mlock() do nothing";
  EXPECT_EQ(ending_of_child([&] {
              const rlimit limit{4096, 4096};
              must(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
              if (::geteuid() == 0) must(::setuid(65534) == 0);
              const Leftovers clean = Leftovers::now();
              const SegmentOptions options{.size = 65536, .lock = true};
              for (const auto& segment :
                   {Segment::create(name_, options), Segment::create(key_, options), Segment::anonymous(options)}) {
                must(!segment && segment.error().os_error == ENOMEM);
              }
              must(Leftovers::now() == clean);
            }),
            kEndedWell);
  EXPECT_EQ(Segment::status(name_).error().os_error, ENOENT);
  EXPECT_EQ(Segment::status(key_).error().os_error, ENOENT);
}

TEST_F(SegmentOptionsTest, huge_pages_are_tried_or_required) {
  for (const bool reserve : {true, false}) {
    const auto segment =
        Segment::create(name_, {.size = kHugePage + 5, .reserve = reserve, .huge_pages = HugePages::attempt});
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->bytes().size(), kHugePage + 5);
    EXPECT_TRUE(is_zero(segment->bytes()));
    ASSERT_TRUE(Segment::unlink(name_));
  }
  const auto required = Segment::create(name_, {.size = kHugePage, .huge_pages = HugePages::require});
  if (!required) {
    EXPECT_EQ(required.error().code, Errc::unsupported);
    EXPECT_EQ(Segment::status(name_).error().os_error, ENOENT);
  }
  EXPECT_EQ(Segment::create(name_, {.size = kHugePage + 1, .huge_pages = HugePages::require}).error().code,
            Errc::invalid_argument);
}

TEST_F(SegmentOptionsTest, keep_descriptor_false_leaves_none_open) {
  const auto created = Segment::create(name_, {.size = 1, .keep_descriptor = false});
  const auto opened = Segment::open(name_, {.keep_descriptor = false});
  ASSERT_TRUE(created && opened);
  for (const auto* segment : {&created, &opened}) {
    EXPECT_EQ((*segment)->descriptor(), -1);
    EXPECT_EQ((*segment)->status().error().code, Errc::unsupported);
    EXPECT_TRUE((*segment)->flush());
    EXPECT_TRUE(*(*segment)->is_at(name_));
  }
  const auto kept = Segment::open(name_);
  ASSERT_TRUE(kept);
  EXPECT_EQ(::fcntl(kept->descriptor(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
}  // namespace shm::test
