// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>

#include "support/own_segment.hpp"

namespace shm::test {
namespace {

class AnonymousSegment : public OwnSegment {};

TEST_F(AnonymousSegment, is_zero_and_has_no_name) {
  const auto segment = Segment::anonymous({.size = 10'001, .mode = 0700});
  ASSERT_TRUE(segment) << segment.error().operation;
  EXPECT_EQ(segment->kind(), Kind::anonymous);
  EXPECT_TRUE(segment->created());
  EXPECT_EQ(segment->bytes().size(), 10'001U);
  EXPECT_TRUE(is_zero(segment->bytes()));
  const auto status = segment->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->size, 10'001U);
  EXPECT_EQ(status->mode, 0700U);
  EXPECT_TRUE(status->is_removed);
}

TEST_F(AnonymousSegment, has_the_mode_it_was_given_whatever_the_umask) {
  EXPECT_EQ(Segment::anonymous({.size = 1, .mode = 0660})->status()->mode, 0660U);
  EXPECT_EQ(Segment::anonymous({.size = 1, .mode = 0600, .exact_mode = false})->status()->mode, 0600U)
      << "a memfd would have all bits";
}

TEST_F(AnonymousSegment, can_not_be_truncated_nor_unsealed) {
  const auto segment = Segment::anonymous({.size = 8192});
  ASSERT_TRUE(segment);
  EXPECT_TRUE(segment->status()->is_sealed);
  for (const off_t size : {0, 4096, 16384}) {
    EXPECT_NE(::ftruncate(segment->descriptor(), size), 0);
    EXPECT_EQ(errno, EPERM);
  }
  EXPECT_NE(::fcntl(segment->descriptor(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_EQ(errno, EPERM);
}

TEST_F(AnonymousSegment, is_shared_by_its_descriptor_and_ends_with_the_last_one) {
  auto first = Segment::anonymous({.size = 4096});
  ASSERT_TRUE(first);
  const auto second = Segment::from_descriptor(first->descriptor());
  ASSERT_TRUE(second);
  first->bytes()[4095] = std::byte{42};
  ASSERT_TRUE(first->close());
  EXPECT_EQ(first->descriptor(), -1);
  EXPECT_EQ(second->bytes()[4095], std::byte{42});
  EXPECT_EQ(second->kind(), Kind::descriptor);
  EXPECT_FALSE(second->created());
  EXPECT_TRUE(second->status()->is_sealed);
}

TEST_F(AnonymousSegment, has_no_header) {
  const auto segment = Segment::anonymous({.size = 100, .layout = Layout::compat});
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->layout(), Layout::raw);
  EXPECT_EQ(segment->bytes().size(), 100U);
  EXPECT_EQ(segment->status()->size, 100U);
}

TEST_F(AnonymousSegment, is_not_inherited_by_another_program) {
  const auto segment = Segment::anonymous({.size = 1});
  ASSERT_TRUE(segment);
  EXPECT_EQ(::fcntl(segment->descriptor(), F_GETFD), FD_CLOEXEC);
}

TEST_F(AnonymousSegment, of_huge_pages_where_there_are_any) {
  const auto attempted = Segment::anonymous({.size = kHugePage, .huge_pages = HugePages::attempt});
  ASSERT_TRUE(attempted);
  EXPECT_TRUE(is_zero(attempted->bytes()));
  const auto sparse = Segment::anonymous({.size = kHugePage, .reserve = false, .huge_pages = HugePages::attempt});
  ASSERT_TRUE(sparse);
  sparse->bytes()[kHugePage - 1] = std::byte{1};
  const auto required = Segment::anonymous({.size = kHugePage, .huge_pages = HugePages::require});
  if (required) {
    EXPECT_TRUE(is_zero(required->bytes()));
    EXPECT_TRUE(required->map_again());
  } else {
    EXPECT_EQ(required.error().code, Errc::system);
  }
  EXPECT_EQ(Segment::anonymous({.size = 4096, .huge_pages = HugePages::require}).error().code, Errc::invalid_argument);
  EXPECT_TRUE(Segment::anonymous({.size = 4096, .huge_pages = HugePages::attempt}));
}

TEST_F(AnonymousSegment, refuses_what_is_no_size_and_what_is_not_there) {
  EXPECT_EQ(Segment::anonymous({}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::anonymous({.size = ~std::uint64_t{0}}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::anonymous({.size = std::uint64_t{1} << 50}).error().os_error, ENOMEM);
}

}  // namespace
}  // namespace shm::test
