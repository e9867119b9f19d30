// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <shm/segment_name.hpp>
#include <string>
#include <string_view>

namespace shm {
namespace {

using namespace std::string_view_literals;

TEST(SegmentName, adds_a_missing_slash) {
  EXPECT_EQ(SegmentName::parse("frames")->view(), "/frames");
  EXPECT_EQ(SegmentName::parse("/frames")->view(), "/frames");
  EXPECT_STREQ(SegmentName::parse("/frames")->c_str(), "/frames");
}

TEST(SegmentName, takes_up_to_254_bytes_after_the_slash) {
  EXPECT_TRUE(SegmentName::parse("/" + std::string(254, 'x')));
  EXPECT_TRUE(SegmentName::parse(std::string(254, 'x')));
  EXPECT_FALSE(SegmentName::parse("/" + std::string(255, 'x')));
  EXPECT_FALSE(SegmentName::parse(std::string(100'000, 'x')));
}

TEST(SegmentName, takes_any_other_byte) {
  for (const auto name : {"..."sv, ".hidden"sv, "a b"sv, "\xff\x01"sv, "-"sv}) EXPECT_TRUE(SegmentName::parse(name));
}

TEST(SegmentName, refuses_what_is_no_file_name) {
  for (const auto name : {""sv, "/"sv, "/a/b"sv, "//a"sv, "a/"sv, "."sv, "/."sv, ".."sv, "/.."sv, "a\0b"sv, "\0"sv}) {
    const auto parsed = SegmentName::parse(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_STRNE(parsed.error().operation, "");
  }
}

}  // namespace
}  // namespace shm
