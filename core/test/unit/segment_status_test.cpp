// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>
#include <ctime>

#include "support/children.hpp"
#include "support/own_segment.hpp"

namespace shm::test {
namespace {

class SegmentStatusTest : public OwnSegment {
 protected:
  const std::int64_t start_ = ::time(nullptr) - 2;  // the kernel's clock for files lags a little
};

TEST_F(SegmentStatusTest, of_a_name_tells_the_object_of_every_open_one) {
  const auto segment = Segment::create(name_, {.size = 100, .mode = 0640, .layout = Layout::compat});
  ASSERT_TRUE(segment);
  const auto named = Segment::status(name_);
  const auto own = segment->status();
  ASSERT_TRUE(named && own);
  for (const SegmentStatus& status : {*named, *own}) {
    EXPECT_EQ(status.id, named->id);
    EXPECT_EQ(status.size, 108U);
    EXPECT_EQ(status.mode, 0640U);
    EXPECT_EQ(status.uid, ::geteuid());
    EXPECT_EQ(status.gid, ::getegid());
    EXPECT_EQ(status.creator_uid, ::geteuid());
    EXPECT_GE(status.changed_at, start_);
    EXPECT_LE(status.changed_at, ::time(nullptr));
    EXPECT_FALSE(status.is_removed);
    EXPECT_FALSE(status.is_sealed);
    EXPECT_EQ(status.attachments, 0U);
  }
  ASSERT_TRUE(Segment::unlink(name_));
  EXPECT_TRUE(segment->status()->is_removed);
  EXPECT_EQ(Segment::status(name_).error().os_error, ENOENT);
  ASSERT_TRUE(Segment::create(name_, {.size = 1}));
  EXPECT_NE(Segment::status(name_)->id, named->id);
}

TEST_F(SegmentStatusTest, of_a_name_sees_a_truncation) {
  const auto segment = Segment::create(name_, {.size = 8192});
  ASSERT_TRUE(segment);
  ASSERT_EQ(::truncate(path().c_str(), 4096), 0);
  EXPECT_EQ(segment->status()->size, 4096U);
  EXPECT_EQ(segment->bytes().size(), 8192U);
}

TEST_F(SegmentStatusTest, of_a_key_tells_who_is_attached) {
  auto segment = Segment::create(key_, {.size = 10'001, .mode = 0640});
  ASSERT_TRUE(segment);
  {
    const auto second = Segment::open(key_);
    const auto named = Segment::status(key_);
    ASSERT_TRUE(named);
    EXPECT_EQ(named->id, segment->status()->id);
    EXPECT_EQ(named->size, 10'001U);
    EXPECT_EQ(named->mode, 0640U);
    EXPECT_EQ(named->attachments, 2U);
    EXPECT_EQ(named->uid, ::geteuid());
    EXPECT_EQ(named->creator_uid, ::geteuid());
    EXPECT_EQ(named->creator_pid, ::getpid());
    EXPECT_EQ(named->last_pid, ::getpid());
    EXPECT_GE(named->attached_at, start_);
    EXPECT_EQ(named->detached_at, 0);
    EXPECT_FALSE(named->is_removed);
    EXPECT_TRUE(named->is_sealed);
  }
  EXPECT_EQ(segment->status()->attachments, 1U);
  EXPECT_GE(segment->status()->detached_at, start_);
  const pid_t child = start_child([&] { must(Segment::open(key_).has_value()); });
  EXPECT_EQ(ending_of(child), kEndedWell);
  EXPECT_EQ(segment->status()->last_pid, child);

  ASSERT_TRUE(Segment::unlink(key_));
  EXPECT_TRUE(segment->status()->is_removed);
  EXPECT_EQ(segment->status()->attachments, 1U);
  EXPECT_EQ(Segment::status(key_).error().os_error, ENOENT);
}

TEST_F(SegmentStatusTest, is_refused_for_what_is_no_segment) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(Segment::status(name_).error().code, Errc::untrusted);
  ASSERT_EQ(::unlink(path().c_str()), 0);
  ASSERT_EQ(::symlink("/dev/zero", path().c_str()), 0);
  EXPECT_EQ(Segment::status(name_).error().code, Errc::untrusted);
  EXPECT_EQ(Segment::status(SystemVKey{0}).error().code, Errc::invalid_argument);
  EXPECT_EQ(Segment().status().error().code, Errc::closed);
  EXPECT_EQ(Segment().flush().error().code, Errc::closed);
  EXPECT_EQ(Segment().is_at(key_).error().code, Errc::closed);
}

TEST_F(SegmentStatusTest, of_a_name_and_of_a_key_never_mean_the_same) {
  const auto named = Segment::create(name_, {.size = 1});
  const auto keyed = Segment::create(key_, {.size = 1});
  ASSERT_TRUE(named && keyed);
  EXPECT_FALSE(*named->is_at(key_));
  EXPECT_FALSE(*keyed->is_at(name_));
  EXPECT_TRUE(*named->is_at(name_));
  EXPECT_TRUE(*keyed->is_at(key_));
}

}  // namespace
}  // namespace shm::test
