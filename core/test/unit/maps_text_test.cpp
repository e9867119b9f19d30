// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "os/linux/maps_text.hpp"

namespace shm::os {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMapped =
    "7fde823ca000-7fde823cb000 rw-s 00000000 00:1b 36764530                   /dev/shm/a b";
constexpr std::string_view kSystemV = "7fde823c9000-7fde823ca000 rw-s 00000000 00:01 0      /SYSV5e000012 (deleted)";

TEST(MapsText, of_a_file_has_its_device_inode_and_path) {
  const auto line = parse_maps_line(kMapped);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->device(), ::makedev(0, 0x1b));
  EXPECT_EQ(line->inode, 36'764'530U);
  EXPECT_EQ(line->path, "/dev/shm/a b");
  EXPECT_FALSE(line->is_system_v());
}

TEST(MapsText, of_other_memory_has_no_device) {
  for (const auto text : {"1000-2000 rw-p 00000000 00:00 0 "sv, "1000-2000 rw-p 00000000 00:00 0        [heap]"sv}) {
    const auto line = parse_maps_line(text);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->device(), 0U);
  }
}

TEST(MapsText, has_the_device_number_of_stat) {
  for (const unsigned major : {0U, 1U, 0x103U, 0xfffU}) {
    for (const unsigned minor : {0U, 1U, 0xffU, 0x100U, 0xfffffU}) {
      EXPECT_EQ((MapsLine{major, minor, 0, ""}.device()), ::makedev(major, minor));
    }
  }
}

TEST(MapsText, knows_a_system_v_segment_also_with_id_0) {
  const auto line = parse_maps_line(kSystemV);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->is_system_v());
  EXPECT_EQ(line->inode, 0U);
}

TEST(MapsText, takes_no_other_path_for_a_system_v_segment) {
  for (const auto path : {"/SYSV5e000012"sv, "/SYSV5e000012 (deleted) (deleted)"sv, "/SYSV5e00001 (deleted)"sv,
                          "/SYSV5e00001g (deleted)"sv, "/SYSV (deleted)"sv, "/tmp/SYSV5e000012 (deleted)"sv, ""sv}) {
    EXPECT_FALSE((MapsLine{0, 1, 0, path}.is_system_v())) << path;
  }
  EXPECT_FALSE((MapsLine{8, 1, 0, "/SYSV5e000012 (deleted)"}.is_system_v()));
}

TEST(MapsText, refuses_what_is_no_such_line) {
  for (const auto text :
       {""sv, " "sv, "      "sv, "1000-2000"sv, "1000-2000 rw-p 00000000"sv, "1000-2000 rw-p 00000000 0000 1 /a"sv,
        "1000-2000 rw-p 00000000 00:1b /a"sv, "1000-2000 rw-p 00000000 00:1b"sv, "1000-2000 rw-p 00000000 00:1b 1"sv,
        "1000-2000 rw-p 00000000 -1:1b 1 /a"sv, "1000-2000 rw-p 00000000 00:123456789 1 /a"sv,
        "1000-2000 rw-p 00000000 00:1b 99999999999999999999 /a"sv, "1000-2000 rw-p 00000000 00:1b 1x /a"sv}) {
    EXPECT_FALSE(parse_maps_line(text)) << text;
  }
}

TEST(MapsText, survives_any_bytes) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
  for (int i = 0; i < 20'000; ++i) {
    std::string text(i % 2 == 0 ? kMapped : kSystemV);
    for (int changes = 1 + i % 5; changes > 0; --changes) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    if (const auto line = parse_maps_line(text)) (void)line->is_system_v();
  }
}

std::vector<std::string> assembled(std::string_view text, std::size_t piece) {
  std::vector<std::string> lines;
  LineAssembler assembler;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    assembler.add(text.substr(at, piece), [&](std::string_view line) { lines.emplace_back(line); });
  }
  return lines;
}

TEST(LineAssembler, gives_the_same_lines_whatever_the_pieces) {
  const std::string longest(LineAssembler::kMostBytes, 'x');
  const std::string text = "first\n\n" + longest + "\n" + longest + "cut off\nlast\nwithout an end";
  const std::vector<std::string> lines = {"first", "", longest, longest, "last"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(assembled(text, piece), lines) << piece;
}

TEST(LineAssembler, keeps_the_beginning_of_a_line_that_is_longer_than_all_pieces) {
  const std::string text = "begun " + std::string(100'000, 'x') + "\nnext\n";
  const auto lines = assembled(text, 4096);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], text.substr(0, LineAssembler::kMostBytes));
  EXPECT_EQ(lines[1], "next");
}

}  // namespace
}  // namespace shm::os
