// SPDX-License-Identifier: MIT
// The bytes of the MANAGED layout, as a peer in another language sees them.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <shm/layout/directory_entry.hpp>
#include <shm/layout/participant_slot.hpp>
#include <shm/layout/segment_header.hpp>

namespace shm::test {
namespace {

TEST(SegmentLayout, begins_with_eight_bytes_that_a_person_can_read) {
  char text[8];
  std::memcpy(text, &layout::kSegmentMagic, sizeof text);
  EXPECT_EQ(std::string_view(text, 8), std::string_view("NSHMSEG\x01", 8));
  static_assert(std::endian::native == std::endian::little);
}

TEST(SegmentLayout, has_the_sizes_of_layout_1) {
  EXPECT_EQ(sizeof(layout::ImmutableBlock), 192U);
  EXPECT_EQ(sizeof(layout::SegmentHeader), 4096U);
  EXPECT_EQ(sizeof(layout::ParticipantSlot), 64U);
  EXPECT_EQ(sizeof(layout::DirectoryEntry), 128U);
}

TEST(SegmentLayout, knows_thirteen_kinds) {
  EXPECT_FALSE(layout::is_known_kind(0));
  EXPECT_TRUE(layout::is_known_kind(1));
  EXPECT_TRUE(layout::is_known_kind(13));
  EXPECT_FALSE(layout::is_known_kind(14));
}

}  // namespace
}  // namespace shm::test
