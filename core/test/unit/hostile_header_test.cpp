// SPDX-License-Identifier: MIT
// Headers that no peer of this library writes: each wrong field is refused, with a text of its own.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <random>
#include <set>
#include <string_view>

#include "managed_segment/header.hpp"
#include "support/own_managed.hpp"

namespace shm::test {
namespace {

using layout::ImmutableBlock;
namespace refusal = managed::refusal;

constexpr managed::HeaderPlan kPlan{.size = 65'536, .participants = 64, .objects = 64};

ImmutableBlock good_header() {
  ImmutableBlock header = managed::plan_header(kPlan);
  managed::seal(header);
  return header;
}

struct Case {
  const char* name;
  std::function<void(ImmutableBlock&)> spoil;
  const char* text;
  Errc code;
  bool is_sealed = true;  ///< by somebody who can make checksums
  friend std::ostream& operator<<(std::ostream& out, const Case& self) { return out << self.name; }
};

const Case kCases[] = {
    {"magic", [](ImmutableBlock& h) { h.magic ^= 1; }, refusal::kMagic, Errc::layout},
    {"zeros", [](ImmutableBlock& h) { h = {}; }, refusal::kMagic, Errc::layout},
    {"major", [](ImmutableBlock& h) { ++h.layout_major; }, refusal::kVersion, Errc::layout},
    {"byte_order", [](ImmutableBlock& h) { h.byte_order = 0x04030201; }, refusal::kByteOrder, Errc::layout},
    {"checksum", [](ImmutableBlock& h) { h.crc32c ^= 1; }, refusal::kChecksum, Errc::corrupt, false},
    {"reserved", [](ImmutableBlock& h) { h.reserved_080[0x3B] = 1; }, refusal::kChecksum, Errc::corrupt, false},
    {"incompat", [](ImmutableBlock& h) { h.feature_incompat = 1; }, refusal::kFeatures, Errc::layout},
    {"ro_compat", [](ImmutableBlock& h) { h.feature_ro_compat = 0x80000000; }, refusal::kReadingFeatures, Errc::layout},
    {"header_size_0", [](ImmutableBlock& h) { h.header_size = 0; }, refusal::kHeaderSize, Errc::corrupt},
    {"header_size_odd", [](ImmutableBlock& h) { h.header_size = 4160; }, refusal::kHeaderSize, Errc::corrupt},
    {"header_size_large", [](ImmutableBlock& h) { h.header_size = 1 << 20; }, refusal::kTotalSize, Errc::corrupt},
    {"total_size_0", [](ImmutableBlock& h) { h.total_size = 0; }, refusal::kTotalSize, Errc::corrupt},
    {"total_size_large", [](ImmutableBlock& h) { ++h.total_size; }, refusal::kTotalSize, Errc::corrupt},
    {"total_size_huge", [](ImmutableBlock& h) { h.total_size = ~0ULL; }, refusal::kTotalSize, Errc::corrupt},
    {"lifetime", [](ImmutableBlock& h) { h.lifetime = 2; }, refusal::kLifetime, Errc::corrupt},
    {"participants_0", [](ImmutableBlock& h) { h.participant_count = 0; }, refusal::kParticipantCount, Errc::corrupt},
    {"participants_1024", [](ImmutableBlock& h) { h.participant_count = 1024; }, refusal::kParticipantCount,
     Errc::corrupt},
    {"objects_0", [](ImmutableBlock& h) { h.directory_capacity = 0; }, refusal::kDirectoryCapacity, Errc::corrupt},
    {"objects_4097", [](ImmutableBlock& h) { h.directory_capacity = 4097; }, refusal::kDirectoryCapacity,
     Errc::corrupt},
    {"participants_at_0", [](ImmutableBlock& h) { h.participants_offset = 0; }, refusal::kParticipantsPlace,
     Errc::corrupt},
    {"participants_odd", [](ImmutableBlock& h) { h.participants_offset += 8; }, refusal::kParticipantsPlace,
     Errc::corrupt},
    {"participants_outside", [](ImmutableBlock& h) { h.participants_offset = h.total_size - 64; },
     refusal::kParticipantsPlace, Errc::corrupt},
    {"participants_overflow", [](ImmutableBlock& h) { h.participants_offset = ~0ULL - 63; },
     refusal::kParticipantsPlace, Errc::corrupt},
    {"directory_at_0", [](ImmutableBlock& h) { h.directory_offset = 0; }, refusal::kDirectoryPlace, Errc::corrupt},
    {"directory_odd", [](ImmutableBlock& h) { h.directory_offset += 1; }, refusal::kDirectoryPlace, Errc::corrupt},
    {"directory_overflow", [](ImmutableBlock& h) { h.directory_offset = ~0ULL - 63; }, refusal::kDirectoryPlace,
     Errc::corrupt},
    {"data_at_0", [](ImmutableBlock& h) { h.data_offset = 0; }, refusal::kDataPlace, Errc::corrupt},
    {"data_outside", [](ImmutableBlock& h) { h.data_offset = h.total_size + 64; }, refusal::kDataPlace, Errc::corrupt},
    {"same_tables", [](ImmutableBlock& h) { h.directory_offset = h.participants_offset; }, refusal::kOverlap,
     Errc::corrupt},
    {"data_over_directory", [](ImmutableBlock& h) { h.data_offset = h.directory_offset + 64; }, refusal::kOverlap,
     Errc::corrupt},
    {"data_over_participants", [](ImmutableBlock& h) { h.data_offset = h.participants_offset; }, refusal::kOverlap,
     Errc::corrupt},
};

class HostileHeader : public testing::TestWithParam<Case> {};

TEST_P(HostileHeader, is_refused_with_its_own_text) {
  ImmutableBlock header = good_header();
  const std::uint64_t size = header.total_size;
  GetParam().spoil(header);
  if (GetParam().is_sealed) managed::seal(header);
  const auto checked = managed::check_header(header, size);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, GetParam().code);
  EXPECT_STREQ(checked.error().operation, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Field, HostileHeader, testing::ValuesIn(kCases),
                         [](const auto& field) { return std::string(field.param.name); });

TEST(Header, that_is_good_is_accepted) {
  const ImmutableBlock header = good_header();
  EXPECT_TRUE(managed::check_header(header, header.total_size));
  EXPECT_TRUE(managed::check_header(header, header.total_size + 1)) << "the object may be longer";
}

TEST(Header, of_a_later_minor_version_or_with_optional_features_is_accepted) {
  ImmutableBlock header = good_header();
  header.layout_minor = 9;
  header.feature_compat = 0xFFFFFFFF;
  managed::seal(header);
  EXPECT_TRUE(managed::check_header(header, header.total_size));
}

TEST(Header, that_was_damaged_anywhere_is_refused) {
  const ImmutableBlock good = good_header();
  for (std::size_t bit = 0; bit < sizeof good * 8; ++bit) {
    ImmutableBlock header = good;
    reinterpret_cast<unsigned char*>(&header)[bit / 8] ^= static_cast<unsigned char>(1U << (bit % 8));
    EXPECT_FALSE(managed::check_header(header, good.total_size)) << "bit " << bit;
  }
}

TEST(Header, of_random_numbers_that_is_accepted_has_its_tables_inside) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
  const ImmutableBlock good = good_header();
  const auto some = [&](std::uint64_t value) {
    switch (random() % 4) {
      case 0:
        return value + random() % 3 * 64 - 64;
      case 1:
        return random();
      default:
        return value;
    }
  };
  for (int i = 0; i < 200'000; ++i) {
    ImmutableBlock header = good;
    header.total_size = some(header.total_size);
    header.participants_offset = some(header.participants_offset);
    header.directory_offset = some(header.directory_offset);
    header.data_offset = some(header.data_offset);
    header.participant_count = static_cast<std::uint32_t>(some(header.participant_count));
    header.directory_capacity = static_cast<std::uint32_t>(some(header.directory_capacity));
    managed::seal(header);
    if (!managed::check_header(header, good.total_size)) continue;
    ASSERT_LE(header.total_size, good.total_size);
    ASSERT_LE(header.participants_offset + header.participant_count * 64ULL, header.data_offset);
    ASSERT_LE(header.directory_offset + header.directory_capacity * 128ULL, header.data_offset);
    ASSERT_LE(header.data_offset, header.total_size);
  }
}

class HostileSegment : public OwnManaged {
 protected:
  /// Makes a persistent segment and lets `spoil` at its first bytes.
  void spoil(const std::function<void(layout::SegmentHeader&)>& spoil) {
    Result<ManagedSegment> segment = create({.size = 4096, .lifetime = Lifetime::persistent});
    ASSERT_TRUE(segment);
    spoil(header_of(*segment));
  }
};

TEST_F(HostileSegment, of_another_kind_is_refused) {
  make_object(0);
  EXPECT_EQ(open().error().code, Errc::not_ready);
  ASSERT_TRUE(Segment::unlink(name_));
  make_object(4095);
  EXPECT_STREQ(open().error().operation, refusal::kTooShort);
  ASSERT_TRUE(Segment::unlink(name_));
  make_object(8192);
  EXPECT_STREQ(open().error().operation, refusal::kMagic);
  EXPECT_STREQ(ManagedSegment::open_or_create(name_, {.size = 1}).error().operation, refusal::kMagic);
}

TEST_F(HostileSegment, with_a_wrong_header_is_refused_and_left_alone) {
  spoil([](layout::SegmentHeader& header) { header.fixed.crc32c ^= 1; });
  EXPECT_STREQ(open().error().operation, refusal::kChecksum);
  EXPECT_STREQ(ManagedSegment::open_or_create(name_, {.size = 1}).error().operation, refusal::kChecksum);
  EXPECT_TRUE(has_name());
}

TEST_F(HostileSegment, with_a_state_of_its_own_is_refused) {
  for (const std::uint32_t state : {3U, 4U, 0xFFFFFFFFU}) {
    spoil([&](layout::SegmentHeader& header) { header.state = state; });
    EXPECT_EQ(open().error().code, Errc::corrupt);
    EXPECT_STREQ(open().error().operation, refusal::kState);
    ASSERT_TRUE(Segment::unlink(name_));
  }
  spoil([](layout::SegmentHeader& header) { header.state = 0; });
  EXPECT_EQ(open().error().code, Errc::not_ready);
}

TEST_F(HostileSegment, that_somebody_called_corrupt_is_opened_all_the_same) {
  spoil([](layout::SegmentHeader& header) { header.state = 2; });
  EXPECT_TRUE(open());
}

TEST_F(HostileSegment, that_was_cut_short_is_refused) {
  spoil([](layout::SegmentHeader&) {});
  std::filesystem::resize_file(path(), 8192);
  EXPECT_STREQ(open().error().operation, refusal::kTotalSize);
}

TEST_F(HostileSegment, with_several_names_is_refused) {
  spoil([](layout::SegmentHeader&) {});
  const std::string second = path() + "-2";
  std::filesystem::create_hard_link(path(), second);
  EXPECT_EQ(open().error().code, Errc::untrusted);
  EXPECT_TRUE(open({.trust = Trust::anyone}));
  std::filesystem::remove(second);
}

TEST_F(HostileSegment, that_is_no_regular_file_is_refused) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(open().error().code, Errc::untrusted);
  std::filesystem::remove(path());
  std::filesystem::create_symlink("/dev/shm/nothing", path());
  EXPECT_EQ(open().error().os_error, ELOOP);
}

TEST_F(HostileSegment, of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  spoil([](layout::SegmentHeader&) {});
  ASSERT_EQ(::chown(path().c_str(), 12'345, 12'345), 0);
  EXPECT_EQ(open().error().code, Errc::untrusted);
  EXPECT_EQ(open({.trust = Trust::group}).error().code, Errc::untrusted);
  EXPECT_TRUE(open({.trust = Trust::anyone}));
}

}  // namespace
}  // namespace shm::test
