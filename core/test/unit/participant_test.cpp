// SPDX-License-Identifier: MIT
#include <shm/participant.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <shm/layout/segment_header.hpp>
#include <vector>

#include "support/slot_table.hpp"

namespace shm::test {
namespace {

TEST(Participant, has_a_token_that_names_its_slot_and_says_who_it_is) {
  const SlotTable table(8);
  const Member member(table);
  const layout::ParticipantSlot& slot = table[member->slot()];
  EXPECT_EQ(member->token(), token_of(member->slot(), slot.generation));
  EXPECT_EQ(slot.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(slot.tid, static_cast<std::uint32_t>(::gettid()));
  EXPECT_EQ(slot.uid, ::geteuid());
  EXPECT_EQ(slot.identity_generation, slot.generation);
  EXPECT_NE(slot.pid_namespace, 0U);
  EXPECT_NE(slot.start_time, 0U);
  EXPECT_EQ(slot.library_version, kLibraryVersion);
  EXPECT_EQ(member->slot_count(), 8U);
}

TEST(Participant, gets_a_slot_of_its_own_until_there_are_none) {
  const SlotTable table(16);
  std::vector<std::unique_ptr<Member>> members;
  std::set<Token> tokens;
  for (int i = 0; i < 16; ++i) tokens.insert((*members.emplace_back(std::make_unique<Member>(table)))->token());
  EXPECT_EQ(tokens.size(), 16U);
  const int descriptor = table.open();
  EXPECT_EQ(Participant::join(table.slots(), descriptor).error().code, Errc::no_slot);
  members.pop_back();
  EXPECT_TRUE(Participant::join(table.slots(), descriptor));
  ::close(descriptor);
}

TEST(Participant, of_a_table_of_the_largest_size_fits_into_30_bits) {
  EXPECT_EQ(token_of(1022, 0xFFFFFFFF), kTokenMask);
  const SlotTable table(layout::kMostParticipants);
  const Member member(table);
  EXPECT_LE(member->token(), kTokenMask);
}

TEST(Participant, refuses_a_table_of_another_size) {
  EXPECT_EQ(Participant::join({}, -1).error().code, Errc::invalid_argument);
  const SlotTable table(layout::kMostParticipants + 1);
  EXPECT_EQ(Participant::join(table.slots(), -1).error().code, Errc::invalid_argument);
}

TEST(Participant, that_cannot_lock_says_what_the_system_says) {
  const SlotTable table(4);
  const auto joined = Participant::join(table.slots(), -1);
  EXPECT_EQ(joined.error().os_error, EBADF);
  const int for_reading = table.open(O_RDONLY);
  EXPECT_EQ(Participant::join(table.slots(), for_reading).error().os_error, EBADF);
  ::close(for_reading);
}

TEST(Participant, lives_for_itself_and_for_others_until_it_leaves) {
  const SlotTable table(4);
  const Member one(table);
  Member other(table);
  const Token token = other->token();
  EXPECT_FALSE(one->is_dead(one->token()));
  EXPECT_FALSE(one->is_dead(token));
  EXPECT_FALSE(other->is_dead(token));
  other->leave();
  EXPECT_TRUE(one->is_dead(token));
  EXPECT_EQ(other->token(), kNobody);
  other->leave();  // twice
}

TEST(Participant, that_was_abandoned_is_dead_to_others_although_its_process_lives) {
  const SlotTable table(4);
  const Member one(table);
  Member other(table);
  const Token token = other->token();
  other.die();
  // The process of the token is ours, which lives: it could have closed the descriptor by mistake.
  EXPECT_FALSE(one->is_dead(token));
  const Member next(table);  // may get the slot
  const Member second(table);
  const Member third(table);
  EXPECT_TRUE(one->is_dead(token)) << "the slot has another tenant";
}

TEST(Participant, of_a_slot_that_is_used_again_has_another_token) {
  const SlotTable table(1);
  std::set<Token> tokens;
  for (int i = 0; i < 100; ++i) {
    const Member member(table);
    EXPECT_TRUE(tokens.insert(member->token()).second);
    for (const Token token : tokens) EXPECT_EQ(member->is_dead(token), token != member->token());
  }
}

TEST(Participant, never_has_a_generation_whose_low_bits_are_zero) {
  const SlotTable table(1);
  table[0].generation = kGenerationMask;  // the next one would be
  const Member member(table);
  EXPECT_EQ(table[0].generation, kGenerationMask + 2);
  EXPECT_EQ(member->token(), token_of(0, 1));
  EXPECT_FALSE(member->is_dead(member->token()));
}

TEST(Participant, knows_that_a_token_of_no_slot_is_nobodys) {
  const SlotTable table(4);
  const Member member(table);
  EXPECT_TRUE(member->is_dead(kNobody));
  EXPECT_TRUE(member->is_dead(token_of(4, 1)));
  EXPECT_TRUE(member->is_dead(token_of(1000, 1)));
  EXPECT_TRUE(member->is_dead(token_of(0, 0)));
  EXPECT_TRUE(member->is_dead(0xFFFFFFFF));
  EXPECT_TRUE(member->is_dead(member->token() | 0x40000000));
}

TEST(Participant, that_nobody_can_ask_about_lives) {
  const SlotTable table(4);
  const Member other(table);
  Member one(table);
  ::close(one.descriptor());  // by somebody else in this process
  EXPECT_FALSE(one->is_dead(other->token()));
  one->abandon();
  EXPECT_FALSE(one->is_dead(other->token()));
}

TEST(Participant, is_not_kept_alive_by_a_peer_that_may_only_read) {
  const SlotTable table(4);
  const Member one(table);
  Member other(table);
  const Token token = other->token();
  const std::uint32_t slot = other->slot();
  other.die();
  const int reader = table.open(O_RDONLY);
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_start = static_cast<off_t>(layout::kSlotLocks + slot);
  lock.l_len = 1;
  ASSERT_EQ(::fcntl(reader, F_OFD_SETLK, &lock), 0);
  table[slot].pid_namespace = 1;  // so that nothing but the lock can tell
  EXPECT_TRUE(one->is_dead(token));
  ::close(reader);
}

TEST(Participant, moves_with_its_slot) {
  const SlotTable table(2);
  const int descriptor = table.open();
  Result<Participant> joined = Participant::join(table.slots(), descriptor);
  ASSERT_TRUE(joined);
  const Token token = joined->token();
  Participant first = *std::move(joined);
  Participant second;
  second = std::move(first);
  EXPECT_EQ(second.token(), token);
  const Member other(table);
  EXPECT_FALSE(other->is_dead(token));
  second = Participant();
  EXPECT_TRUE(other->is_dead(token));
  ::close(descriptor);
}

}  // namespace
}  // namespace shm::test
