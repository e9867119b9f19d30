// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <shm/segment.hpp>
#include <vector>

#include "support/children.hpp"
#include "support/own_objects.hpp"

namespace shm::test {
namespace {

class SystemVSegment : public testing::Test {
 protected:
  void SetUp() override { before_ = Leftovers::now(); }
  void TearDown() override {
    (void)Segment::unlink(key_);
    EXPECT_EQ(Leftovers::now(), before_);
  }

  SystemVKey key_ = unique_key();
  Leftovers before_;
};

TEST_F(SystemVSegment, created_is_zero_has_its_exact_size_and_is_shared) {
  const auto created = Segment::create(key_, {.size = 10'001});
  ASSERT_TRUE(created);
  EXPECT_EQ(created->bytes().size(), 10'001U);
  EXPECT_TRUE(std::ranges::all_of(created->bytes(), [](std::byte b) { return b == std::byte{0}; }));
  const auto opened = Segment::open(key_);
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->bytes().size(), 10'001U);
  created->bytes()[10'000] = std::byte{42};
  EXPECT_EQ(opened->bytes()[10'000], std::byte{42});
}

TEST_F(SystemVSegment, until_last_close_ends_with_the_last_of_them) {
  auto first = Segment::create(key_, {.size = 1, .lifetime = Lifetime::until_last_close});
  auto second = Segment::open(key_, {.lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(first && second);
  const auto one = first->close();
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->destroyed);
  EXPECT_EQ(one->attachments, 1U);
  const auto other = second->close();
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->destroyed);
  EXPECT_EQ(Segment::open(key_).error().os_error, ENOENT);
}

// Also where an address is one at which huge pages could begin: of 512 neighbours of two pages one at least is there.
TEST_F(SystemVSegment, is_one_mapping_at_every_address) {
  const auto created = Segment::create(key_, {.size = 8192});
  ASSERT_TRUE(created);
  std::vector<Segment> opened(512);
  for (Segment& segment : opened) segment = *Segment::open(key_);
  EXPECT_EQ(Leftovers::now().mappings, before_.mappings + 513);
}

TEST_F(SystemVSegment, persistent_survives_its_last_close) {
  ASSERT_TRUE(Segment::create(key_, {.size = 1}));
  EXPECT_TRUE(Segment::open(key_));
}

TEST_F(SystemVSegment, outlives_its_last_close_when_told_to) {
  auto segment = Segment::create(key_, {.size = 1, .lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(segment);
  segment->set_lifetime(Lifetime::persistent);
  EXPECT_FALSE(segment->close()->destroyed);
  EXPECT_TRUE(Segment::open(key_));
}

TEST_F(SystemVSegment, destroyed_by_a_peer_counts_as_destroyed) {
  auto segment = Segment::create(key_, {.size = 1, .lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(segment);
  ASSERT_TRUE(Segment::unlink(key_));
  EXPECT_EQ(segment->is_at(key_).error().os_error, ENOENT);
  const auto closed = segment->close();
  ASSERT_TRUE(closed);
  EXPECT_TRUE(closed->destroyed);
}

TEST_F(SystemVSegment, closed_with_zero_pages_is_detached_all_the_same) {
  auto segment = Segment::create(key_, {.size = 4096, .lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(segment);
  const auto bytes = segment->bytes();
  bytes[0] = std::byte{1};
  EXPECT_TRUE(segment->close(Leave::zero_pages)->destroyed);
  EXPECT_EQ(bytes[0], std::byte{0});
}

TEST_F(SystemVSegment, refuses_a_taken_key_key_0_and_sizes_that_are_not_there) {
  ASSERT_TRUE(Segment::create(key_, {.size = 1}));
  EXPECT_EQ(Segment::create(key_, {.size = 1}).error().os_error, EEXIST);
  EXPECT_EQ(Segment::create(SystemVKey{0}, {.size = 1}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::open(SystemVKey{0}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment::unlink(SystemVKey{0}).error().code, Errc::invalid_argument);
  const SystemVKey other = unique_key();
  EXPECT_EQ(Segment::create(other, {.size = 0}).error().code, Errc::invalid_argument);
  EXPECT_FALSE(Segment::create(other, {.size = std::uint64_t{1} << 60}));
  EXPECT_EQ(Segment::open(other).error().os_error, ENOENT);
}

TEST_F(SystemVSegment, of_huge_pages_where_there_are_any_can_be_touched) {
  for (const bool reserve : {true, false}) {
    EXPECT_EQ(ending_of_child([&] {
                const auto segment =
                    Segment::create(key_, {.size = kHugePage, .reserve = reserve, .huge_pages = HugePages::attempt});
                must(segment.has_value());
                segment->bytes()[0] = std::byte{1};
                segment->bytes()[kHugePage - 1] = std::byte{1};
              }),
              kEndedWell);
    ASSERT_TRUE(Segment::unlink(key_));
  }
}

TEST_F(SystemVSegment, of_huge_pages_is_refused_where_there_are_none_or_the_size_is_no_multiple) {
  const auto required = Segment::create(key_, {.size = kHugePage, .huge_pages = HugePages::require});
  if (required) {
    EXPECT_TRUE(Segment::unlink(key_));
  } else {
    EXPECT_EQ(required.error().code, Errc::unsupported);
  }
  EXPECT_EQ(Segment::create(key_, {.size = kHugePage, .reserve = false, .huge_pages = HugePages::require}).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(Segment::status(key_).error().os_error, ENOENT);
  EXPECT_EQ(Segment::create(unique_key(), {.size = 1, .huge_pages = HugePages::require}).error().code,
            Errc::invalid_argument);
}

TEST_F(SystemVSegment, for_reading_can_not_be_made_writable_and_not_be_copied_on_write) {
  const auto segment = Segment::create(key_, {.size = 4096, .mode = 0600});
  ASSERT_TRUE(segment);
  const auto reading = Segment::open(key_, {.lock = true, .access = Access::read});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->access(), Access::read);
  segment->bytes()[0] = std::byte{42};
  EXPECT_EQ(reading->bytes()[0], std::byte{42});
  EXPECT_NE(::mprotect(reading->bytes().data(), 4096, PROT_READ | PROT_WRITE), 0);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(ending_of_child([&] { reading->bytes()[0] = std::byte{1}; }), killed_by(SIGSEGV));
  EXPECT_EQ(Segment::open(key_, {.access = Access::copy_on_write}).error().code, Errc::unsupported);
  EXPECT_EQ(reading->descriptor(), -1);
  EXPECT_TRUE(reading->flush()) << "nothing to do";
}

}  // namespace
}  // namespace shm::test
