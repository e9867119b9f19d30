// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <shm/retired_addresses.hpp>
#include <vector>

#include "support/own_objects.hpp"

namespace shm::test {
namespace {

/// Whether each page of the range is mapped, whatever it holds.
bool is_mapped(std::byte* base, std::size_t size) {
  std::vector<unsigned char> pages(size / 4096 + 1);
  return ::mincore(base, size, pages.data()) == 0 || errno != ENOMEM;
}

std::byte* page_of(std::byte* address) {
  return address - reinterpret_cast<std::uintptr_t>(address) % static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
}

TEST(RetiredAddresses, gives_back_what_was_added_in_any_order_and_nothing_else) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
  const SegmentName name = unique_name();
  std::vector<Segment> segments;
  segments.reserve(300);
  ASSERT_TRUE(Segment::create(name, {.size = 5000}));
  for (int i = 0; i < 300; ++i) segments.push_back(*Segment::open(name));
  std::shuffle(segments.begin(), segments.end(), random);

  RetiredAddresses retired;
  std::vector<std::byte*> gone;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i % 3 == 0) continue;  // stays open, among the others
    gone.push_back(page_of(segments[i].bytes().data()));
    ASSERT_TRUE(segments[i].close(Leave::zero_pages));
    retired.add(segments[i]);
    retired.add(segments[i]);  // has nothing left to take
  }
  retired.give_back();
  for (std::byte* base : gone) EXPECT_FALSE(is_mapped(base, 5000));
  for (std::size_t i = 0; i < segments.size(); i += 3) {
    ASSERT_TRUE(is_mapped(page_of(segments[i].bytes().data()), 5000));
    segments[i].bytes()[4999] = std::byte{1};
  }
  ASSERT_TRUE(Segment::unlink(name));
}

TEST(RetiredAddresses, gives_back_by_itself_when_there_are_many_or_large_ones) {
  const SegmentName name = unique_name();
  ASSERT_TRUE(Segment::create(name, {.size = std::uint64_t{300} << 20, .reserve = false}));
  RetiredAddresses retired;
  Segment segment = *Segment::open(name);
  std::byte* base = segment.bytes().data();
  ASSERT_TRUE(segment.close(Leave::zero_pages));
  EXPECT_TRUE(is_mapped(base, 4096));
  retired.add(segment);
  EXPECT_FALSE(is_mapped(base, 4096));
  ASSERT_TRUE(Segment::unlink(name));
}

}  // namespace
}  // namespace shm::test
