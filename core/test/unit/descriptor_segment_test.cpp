// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>

#include "support/own_segment.hpp"

namespace shm::test {
namespace {

class DescriptorSegment : public OwnSegment {};

/// What from_descriptor() says to it; it is closed.
Error refusal(int descriptor, const SegmentOptions& options = {}) {
  const auto segment = Segment::from_descriptor(descriptor, options);
  EXPECT_FALSE(segment);
  ::close(descriptor);
  return segment.error();
}

TEST_F(DescriptorSegment, keeps_its_own) {
  make_object(5000);
  const int file = ::open(path().c_str(), O_RDWR);
  const auto segment = Segment::from_descriptor(file);
  ASSERT_TRUE(segment);
  EXPECT_NE(segment->descriptor(), file);
  EXPECT_EQ(::fcntl(segment->descriptor(), F_GETFD), FD_CLOEXEC);
  ::close(file);
  EXPECT_EQ(segment->bytes().size(), 5000U);
  EXPECT_FALSE(segment->status()->is_sealed);
  EXPECT_TRUE(*segment->is_at(name_));
}

TEST_F(DescriptorSegment, takes_every_object_as_it_is) {
  ASSERT_TRUE(Segment::create(name_, {.size = 100, .layout = Layout::compat}));
  const int file = ::open(path().c_str(), O_RDWR);
  const auto segment = Segment::from_descriptor(file, {.layout = Layout::compat});
  ::close(file);
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->layout(), Layout::raw);
  EXPECT_EQ(segment->bytes().size(), 108U);
}

TEST_F(DescriptorSegment, has_no_more_access_than_its_descriptor) {
  make_object(4096);
  EXPECT_EQ(refusal(::open(path().c_str(), O_RDONLY)).os_error, EACCES);
  EXPECT_EQ(refusal(::open(path().c_str(), O_WRONLY)).os_error, EACCES);
  EXPECT_EQ(refusal(::open(path().c_str(), O_PATH), {.access = Access::read}).os_error, EBADF);
  const int file = ::open(path().c_str(), O_RDONLY);
  const auto reading = Segment::from_descriptor(file, {.access = Access::read});
  const auto copying = Segment::from_descriptor(file, {.access = Access::copy_on_write});
  ::close(file);
  ASSERT_TRUE(reading && copying);
  EXPECT_NE(::mprotect(reading->bytes().data(), 4096, PROT_READ | PROT_WRITE), 0);
  copying->bytes()[0] = std::byte{1};
  EXPECT_EQ(reading->bytes()[0], std::byte{0});
}

TEST_F(DescriptorSegment, refuses_what_is_no_memory) {
  EXPECT_EQ(Segment::from_descriptor(-1).error().os_error, EBADF);
  EXPECT_EQ(Segment::from_descriptor(1'000'000).error().os_error, EBADF);
  EXPECT_EQ(refusal(::open("/dev/zero", O_RDWR)).code, Errc::untrusted);
  EXPECT_EQ(refusal(::open("/dev/shm", O_RDONLY), {.access = Access::read}).code, Errc::untrusted);
  EXPECT_EQ(refusal(::socket(AF_UNIX, SOCK_STREAM, 0)).code, Errc::untrusted);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(refusal(ends[0]).code, Errc::untrusted);
  EXPECT_EQ(refusal(ends[1]).code, Errc::untrusted);
}

TEST_F(DescriptorSegment, refuses_no_bytes_and_another_size) {
  make_object(0);
  EXPECT_EQ(refusal(::open(path().c_str(), O_RDWR)).code, Errc::not_ready);
  ASSERT_EQ(::truncate(path().c_str(), 4096), 0);
  EXPECT_EQ(refusal(::open(path().c_str(), O_RDWR), {.size = 4095}).code, Errc::untrusted);
  EXPECT_EQ(refusal(::open(path().c_str(), O_RDWR), {.size = 4097}).code, Errc::untrusted);
}

}  // namespace
}  // namespace shm::test
