// SPDX-License-Identifier: MIT
#include "crc32c.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace shm::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Crc32c, is_that_of_the_standard) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  std::array<std::byte, 32> zeros{};
  EXPECT_EQ(crc32c(zeros), 0x8A9136AAU);  // RFC 3720, B.4
  std::array<std::byte, 32> ones{};
  ones.fill(std::byte{0xFF});
  EXPECT_EQ(crc32c(ones), 0x62A8AB43U);
}

TEST(Crc32c, goes_on_where_another_ended) {
  EXPECT_EQ(crc32c(bytes_of("6789"), crc32c(bytes_of("12345"))), crc32c(bytes_of("123456789")));
}

}  // namespace
}  // namespace shm::test
