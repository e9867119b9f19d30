// SPDX-License-Identifier: MIT
#include <shm/managed_segment.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "managed_segment/sweep.hpp"
#include "support/own_managed.hpp"

namespace shm::test {
namespace {

class ManagedSegmentTest : public OwnManaged {};

TEST_F(ManagedSegmentTest, is_created_with_what_was_asked_for) {
  Result<ManagedSegment> segment =
      create({.size = 100'000, .mode = 0640, .participants = 5, .objects = 7, .lifetime = Lifetime::persistent});
  ASSERT_TRUE(segment) << segment.error().operation;
  EXPECT_TRUE(segment->is_open());
  EXPECT_TRUE(segment->created());
  EXPECT_GE(segment->capacity(), 100'000U);
  EXPECT_EQ(segment->bytes().size() % 4096, 0U);
  EXPECT_EQ(segment->lifetime(), Lifetime::persistent);
  EXPECT_EQ(segment->participant().slot_count(), 5U);
  const auto status = Segment::status(name_);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->mode, 0640U);
  EXPECT_EQ(status->size, segment->bytes().size());
  EXPECT_EQ(status->id, segment->id());
  const layout::SegmentHeader& header = header_of(*segment);
  EXPECT_EQ(header.fixed.magic, layout::kSegmentMagic);
  EXPECT_EQ(header.fixed.directory_capacity, 7U);
  EXPECT_EQ(header.fixed.creator_pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(header.state, static_cast<std::uint32_t>(layout::SegmentState::ready));
  EXPECT_NE(header.boot_id, 0U);
  EXPECT_FALSE(std::ranges::all_of(segment->uuid(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(ManagedSegmentTest, is_the_same_for_who_opens_it) {
  Result<ManagedSegment> first = create();
  Result<ManagedSegment> second = open();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(second->created());
  EXPECT_EQ(first->id(), second->id());
  EXPECT_TRUE(std::ranges::equal(first->uuid(), second->uuid()));
  EXPECT_EQ(first->created_at(), second->created_at());
  EXPECT_NE(first->participant().token(), second->participant().token());
  EXPECT_FALSE(first->participant().is_dead(second->participant().token()));
  EXPECT_NE(first->bytes().data(), second->bytes().data());
  first->bytes().back() = std::byte{7};
  EXPECT_EQ(second->bytes().back(), std::byte{7});
}

TEST_F(ManagedSegmentTest, ends_with_its_last_close) {
  Result<ManagedSegment> first = create();
  Result<ManagedSegment> second = open();
  ASSERT_TRUE(first && second);
  const auto closed = first->close();
  ASSERT_TRUE(closed);
  EXPECT_FALSE(closed->destroyed);
  EXPECT_TRUE(has_name());
  EXPECT_EQ(first->close().error().code, Errc::closed);
  const auto last = second->close();
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->destroyed);
  EXPECT_FALSE(has_name());
}

TEST_F(ManagedSegmentTest, that_is_persistent_stays) {
  { ASSERT_TRUE(create({.size = 1, .lifetime = Lifetime::persistent})); }
  EXPECT_TRUE(open());
  EXPECT_TRUE(has_name());
  EXPECT_TRUE(ManagedSegment::unlink(name_));
}

TEST_F(ManagedSegmentTest, ends_without_its_name_if_that_is_another_segments_by_now) {
  Result<ManagedSegment> first = create();
  ASSERT_TRUE(ManagedSegment::unlink(name_));
  Result<ManagedSegment> second = create();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id(), second->id());
  EXPECT_TRUE(first->is_retired());
  EXPECT_FALSE(second->is_retired());
  EXPECT_FALSE(first->close()->destroyed);
  EXPECT_EQ(open()->id(), second->id());
  EXPECT_TRUE(second->close()->destroyed);
}

TEST_F(ManagedSegmentTest, whose_name_is_removed_tells_who_is_attached) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  ASSERT_TRUE(ManagedSegment::unlink(name_));
  EXPECT_EQ(header_of(*segment).state, static_cast<std::uint32_t>(layout::SegmentState::retired));
  EXPECT_EQ(open().error().os_error, ENOENT);
  EXPECT_EQ(ManagedSegment::unlink(name_).error().os_error, ENOENT);
}

TEST_F(ManagedSegmentTest, is_not_created_over_another) {
  const auto segment = create();
  ASSERT_TRUE(segment);
  EXPECT_EQ(create().error().os_error, EEXIST);
  EXPECT_EQ(create({.size = 2 << 20}).error().os_error, EEXIST);
  EXPECT_TRUE(open());
}

TEST_F(ManagedSegmentTest, is_opened_or_created) {
  const auto first = ManagedSegment::open_or_create(name_, {.size = 1});
  const auto second = ManagedSegment::open_or_create(name_, {.size = 100'000});
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->created());
  EXPECT_FALSE(second->created());
  EXPECT_EQ(first->capacity(), second->capacity());
}

TEST_F(ManagedSegmentTest, has_room_for_so_many_participants_and_no_more) {
  const auto first = create({.size = 1, .participants = 2});
  Result<ManagedSegment> second = open();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(open().error().code, Errc::no_slot);
  ASSERT_TRUE(second->close());
  EXPECT_TRUE(open());
}

TEST_F(ManagedSegmentTest, refuses_arguments_that_break_a_rule) {
  const auto refuses = [&](const ManagedOptions& options) {
    return create(options).error().code == Errc::invalid_argument;
  };
  EXPECT_TRUE(refuses({}));
  EXPECT_TRUE(refuses({.size = 1, .mode = 01000}));
  EXPECT_TRUE(refuses({.size = 1, .participants = 0}));
  EXPECT_TRUE(refuses({.size = 1, .participants = 1024}));
  EXPECT_TRUE(refuses({.size = 1, .objects = 0}));
  EXPECT_TRUE(refuses({.size = 1, .objects = 4097}));
  EXPECT_TRUE(refuses({.size = std::uint64_t{1} << 63}));
  EXPECT_TRUE(refuses({.size = ~std::uint64_t{0}}));
  for (const char* name : {"/.hidden", "/with space", "/ümlaut", "/tab\t"}) {
    const SegmentName bad = *SegmentName::parse(name);
    EXPECT_EQ(ManagedSegment::create(bad, {.size = 1}).error().code, Errc::invalid_argument);
    EXPECT_EQ(ManagedSegment::open(bad).error().code, Errc::invalid_argument);
    EXPECT_EQ(ManagedSegment::open_or_create(bad, {.size = 1}).error().code, Errc::invalid_argument);
    EXPECT_EQ(ManagedSegment::unlink(bad).error().code, Errc::invalid_argument);
  }
}

TEST_F(ManagedSegmentTest, can_have_the_most_participants_and_objects) {
  const auto segment = create({.size = 1, .participants = 1023, .objects = 4096});
  ASSERT_TRUE(segment);
  EXPECT_TRUE(open());
}

TEST_F(ManagedSegmentTest, moves_and_keeps_its_participant_where_it_is) {
  Result<ManagedSegment> created = create();
  ASSERT_TRUE(created);
  Participant* const participant = &created->participant();
  ManagedSegment moved = *std::move(created);
  EXPECT_EQ(&moved.participant(), participant);
  ManagedSegment assigned;
  assigned = std::move(moved);
  EXPECT_EQ(&assigned.participant(), participant);
  EXPECT_TRUE(has_name());
  assigned = ManagedSegment();
  EXPECT_FALSE(has_name());
}

TEST_F(ManagedSegmentTest, that_is_closed_answers_so) {
  ManagedSegment segment;
  EXPECT_FALSE(segment.is_open());
  EXPECT_TRUE(segment.bytes().empty());
  EXPECT_EQ(segment.descriptor(), -1);
  EXPECT_EQ(segment.participant().token(), kNobody);
  EXPECT_EQ(segment.close().error().code, Errc::closed);
  EXPECT_EQ(segment.find("a").error().code, Errc::closed);
  EXPECT_EQ(segment.retire("a").error().code, Errc::closed);
  EXPECT_EQ(segment.find_or_make("a", kMutex).error().code, Errc::closed);
  EXPECT_EQ(segment.for_each_object([](const ListedObject&) {}).error().code, Errc::closed);
  EXPECT_EQ(segment.for_each_participant([](const ListedParticipant&) {}).error().code, Errc::closed);
  EXPECT_FALSE(segment.is_retired());
  EXPECT_FALSE(segment.is_truncated());
  segment.abandon();
}

TEST_F(ManagedSegmentTest, leaves_zero_pages_when_asked_to) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  std::byte* const first = segment->bytes().data();
  ASSERT_TRUE(segment->close(Leave::zero_pages));
  EXPECT_EQ(*first, std::byte{0});
  *first = std::byte{1};
  EXPECT_TRUE(segment->bytes().empty());
}

TEST_F(ManagedSegmentTest, lists_its_participants_with_the_dead) {
  Result<ManagedSegment> first = create();
  Result<ManagedSegment> second = open({.participant = {.flags = layout::kIsWorker, .library_version = 0x020304}});
  Result<ManagedSegment> third = open();
  ASSERT_TRUE(first && second && third);
  const std::uint32_t slot = third->participant().slot();
  ASSERT_TRUE(third->close());
  std::vector<ListedParticipant> seen;
  ASSERT_TRUE(first->for_each_participant([&](const ListedParticipant& one) { seen.push_back(one); }));
  ASSERT_EQ(seen.size(), 2U);
  for (const ListedParticipant& one : seen) {
    EXPECT_TRUE(one.is_live);
    EXPECT_NE(one.slot, slot);
    EXPECT_EQ(one.process.pid, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(one.tid, static_cast<std::uint32_t>(::gettid()));
    const bool is_second = one.token == second->participant().token();
    EXPECT_TRUE(is_second || one.token == first->participant().token());
    EXPECT_EQ(one.info.flags, is_second ? layout::kIsWorker : 0U);
    EXPECT_EQ(one.info.library_version, is_second ? 0x020304 : kLibraryVersion);
  }
}

TEST_F(ManagedSegmentTest, whose_users_have_all_crashed_is_swept) {
  Result<ManagedSegment> segment = create();
  Result<ManagedSegment> other = open();
  ASSERT_TRUE(segment && other);
  segment->abandon();
  managed::sweep(1'000'000, 10'000'000'000);
  EXPECT_TRUE(has_name()) << "somebody is attached";
  other->abandon();
  EXPECT_TRUE(has_name());
  managed::sweep(1'000'000, 10'000'000'000);
  EXPECT_FALSE(has_name());
  (void)Segment::unlink(name_);
}

TEST_F(ManagedSegmentTest, that_is_persistent_is_never_swept) {
  { ASSERT_TRUE(create({.size = 1, .lifetime = Lifetime::persistent})); }
  managed::sweep(1'000'000, 10'000'000'000);
  EXPECT_TRUE(has_name());
}

TEST_F(ManagedSegmentTest, is_the_only_thing_that_is_swept) {
  make_object(8192);
  managed::sweep(1'000'000, 10'000'000'000);
  EXPECT_TRUE(has_name());
}

TEST_F(ManagedSegmentTest, whose_life_is_locked_by_another_is_not_ready) {
  Result<ManagedSegment> segment = create({.size = 1, .lifetime = Lifetime::persistent});
  ASSERT_TRUE(segment);
  ASSERT_TRUE(segment->close());
  const int other = ::open(path().c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_start = static_cast<off_t>(layout::kLifeLock);
  lock.l_len = 1;
  ASSERT_EQ(::fcntl(other, F_OFD_SETLK, &lock), 0);
  EXPECT_EQ(open().error().code, Errc::not_ready);
  ::close(other);
  EXPECT_TRUE(open());
}

}  // namespace
}  // namespace shm::test
