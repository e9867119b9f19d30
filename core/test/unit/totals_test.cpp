// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <shm/segment.hpp>
#include <shm/totals.hpp>
#include <thread>
#include <vector>

#include "support/own_objects.hpp"

namespace shm::test {
namespace {

TEST(Totals, count_a_header_once_created_and_with_each_mapping) {
  const Totals before = totals();
  const SegmentName name = unique_name();
  {
    const auto first = Segment::create(name, {.size = 100, .layout = Layout::compat});
    const auto second = Segment::open(name, {.layout = Layout::compat});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(totals().mapped - before.mapped, 216U);
    EXPECT_EQ(totals().created - before.created, 108U);
  }
  EXPECT_EQ(totals().mapped, before.mapped);
  EXPECT_EQ(totals().created - before.created, 108U) << "closed, but not destroyed";
  ASSERT_TRUE(Segment::unlink(name));
  EXPECT_EQ(totals().created, before.created);
}

TEST(Totals, forget_what_a_peer_destroyed_when_the_name_is_made_again) {
  const Totals before = totals();
  const SegmentName name = unique_name();
  ASSERT_TRUE(Segment::create(name, {.size = 100}));
  std::filesystem::remove(std::string("/dev/shm") + name.c_str());
  ASSERT_TRUE(Segment::create(name, {.size = 50}));
  EXPECT_EQ(totals().created - before.created, 50U);
  ASSERT_TRUE(Segment::unlink(name));
  EXPECT_EQ(totals().created, before.created);
}

TEST(Totals, of_a_system_v_segment_end_with_its_last_close) {
  const Totals before = totals();
  auto segment = Segment::create(unique_key(), {.size = 100, .lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(segment);
  EXPECT_EQ(totals().created - before.created, 100U);
  ASSERT_TRUE(segment->close());
  EXPECT_EQ(totals().created, before.created);
}

TEST(Totals, are_exact_with_many_threads_and_names) {
  const Totals before = totals();
  std::vector<SegmentName> names;
  names.reserve(400);
  for (int i = 0; i < 400; ++i) names.push_back(unique_name());
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 5; ++round) {
        for (std::size_t i = 0; i < 100; ++i) {
          const SegmentName& name = names[static_cast<std::size_t>(t) * 100 + i];
          EXPECT_TRUE(Segment::create(name, {.size = i + 1}));
          EXPECT_TRUE(Segment::unlink(name));
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(totals().created, before.created);
  EXPECT_EQ(totals().mapped, before.mapped);
}

}  // namespace
}  // namespace shm::test
