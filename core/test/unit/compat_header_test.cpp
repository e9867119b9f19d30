// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdint>
#include <shm/layout/compat_header.hpp>

namespace shm::layout {
namespace {

TEST(CompatHeader, is_one_only_if_it_states_exactly_the_bytes_behind_it) {
  EXPECT_TRUE(is_compat({1}, 9));
  EXPECT_TRUE(is_compat({4096}, 4104));
  EXPECT_TRUE(is_compat({UINT64_MAX - 8}, UINT64_MAX));
}

TEST(CompatHeader, is_not_believed_when_it_states_more_or_less) {
  for (const auto stated : {0ULL, 1ULL, 4087ULL, 4089ULL, 4096ULL, 1ULL << 40, ~0ULL, ~0ULL - 7}) {
    EXPECT_FALSE(is_compat({stated}, 4096)) << stated;
  }
}

TEST(CompatHeader, is_not_in_an_object_without_payload) {
  for (const auto object_size : {0ULL, 1ULL, 7ULL, 8ULL}) {
    for (const auto stated : {0ULL, 1ULL, ~0ULL, object_size - 8}) EXPECT_FALSE(is_compat({stated}, object_size));
  }
}

}  // namespace
}  // namespace shm::layout
