// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>

#include "support/own_segment.hpp"

namespace shm::test {
namespace {

class OpenOrCreate : public OwnSegment {};

TEST_F(OpenOrCreate, creates_first_and_opens_then) {
  auto first = Segment::open_or_create(name_, {.size = 5000, .mode = 0640});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->created());
  EXPECT_EQ(first->status()->mode, 0640U);
  EXPECT_TRUE(is_zero(first->bytes()));
  first->bytes()[0] = std::byte{42};
  const auto second = Segment::open_or_create(name_, {.size = 5000, .mode = 0600});
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->created());
  EXPECT_EQ(second->bytes()[0], std::byte{42});
  EXPECT_EQ(second->status()->mode, 0640U) << "of whoever created it";

  ASSERT_TRUE(Segment::unlink(name_));
  const auto third = Segment::open_or_create(name_, {.size = 5000});
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->created());
  EXPECT_TRUE(is_zero(third->bytes()));
}

TEST_F(OpenOrCreate, does_the_same_with_a_key) {
  const SegmentOptions options{.size = 5000, .lifetime = Lifetime::until_last_close};
  auto first = Segment::open_or_create(key_, options);
  auto second = Segment::open_or_create(key_, options);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->created());
  EXPECT_FALSE(second->created());
  EXPECT_EQ(first->close()->attachments, 1U);
  EXPECT_TRUE(second->close()->destroyed);
  EXPECT_TRUE(Segment::open_or_create(key_, options)->created());
}

TEST_F(OpenOrCreate, with_a_header_takes_its_own_kind_only) {
  const SegmentOptions options{.size = 100, .layout = Layout::compat};
  EXPECT_EQ(Segment::open_or_create(name_, options)->bytes().size(), 100U);
  EXPECT_EQ(Segment::open_or_create(name_, options)->layout(), Layout::compat);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 100}).error().code, Errc::untrusted);
  EXPECT_TRUE(Segment::open_or_create(name_, {.size = 108}));
}

TEST_F(OpenOrCreate, refuses_another_size_and_leaves_what_is_there) {
  ASSERT_TRUE(Segment::create(name_, {.size = 5000}));
  ASSERT_TRUE(Segment::create(key_, {.size = 5000}));
  for (const std::uint64_t size : {4999, 5001}) {
    EXPECT_EQ(Segment::open_or_create(name_, {.size = size}).error().code, Errc::untrusted);
    EXPECT_EQ(Segment::open_or_create(key_, {.size = size}).error().code, Errc::untrusted);
  }
  EXPECT_TRUE(Segment::open(name_));
  EXPECT_TRUE(Segment::open(key_));
}

TEST_F(OpenOrCreate, says_what_is_wrong_with_what_is_there_instead_of_replacing_it) {
  make_object(0);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 1}).error().code, Errc::not_ready);
  ASSERT_TRUE(Segment::unlink(name_));
  ASSERT_EQ(::symlink("/dev/shm/nothing", path().c_str()), 0);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 1}).error().os_error, ELOOP);
  ASSERT_TRUE(Segment::unlink(name_));
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 1}).error().code, Errc::untrusted);
}

TEST_F(OpenOrCreate, names_the_rule_that_an_argument_breaks_also_where_it_would_open) {
  ASSERT_TRUE(Segment::create(name_, {.size = 1}));
  EXPECT_EQ(Segment::open_or_create(name_, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 1, .mode = 01000}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::open_or_create(SystemVKey{0}, {.size = 1}).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace shm::test
