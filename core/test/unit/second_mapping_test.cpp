// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "support/own_segment.hpp"

namespace shm::test {
namespace {

constexpr std::size_t kPageSize = 4096;

class SecondMapping : public OwnSegment {
 protected:
  /// One of each kind that can be mapped a second time.
  [[nodiscard]] std::array<Result<Segment>, 4> segments(std::uint64_t size, bool guard = false) const {
    return {Segment::create(name_, {.size = size, .guard = guard}),
            Segment::create(key_, {.size = size, .guard = guard, .lifetime = Lifetime::until_last_close}),
            Segment::anonymous({.size = size, .guard = guard}), Segment::open(name_, {.guard = guard})};
  }
};

/// Memory of somebody else: `size` bytes of 9.
class Foreign {
 public:
  explicit Foreign(std::size_t size)
      : bytes_(
            static_cast<std::byte*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)),
            size) {
    std::memset(bytes_.data(), 9, size);
  }
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  ~Foreign() { ::munmap(bytes_.data(), bytes_.size()); }
  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

TEST_F(SecondMapping, shows_the_same_bytes_and_outlives_the_segment) {
  for (auto& segment : segments(10'000)) {
    ASSERT_TRUE(segment);
    Result<Mapping> again = segment->map_again();
    ASSERT_TRUE(again) << static_cast<int>(segment->kind());
    ASSERT_EQ(again->bytes().size(), 10'000U);
    EXPECT_NE(again->bytes().data(), segment->bytes().data());
    segment->bytes()[9'999] = std::byte{42};
    EXPECT_EQ(again->bytes()[9'999], std::byte{42});
    again->bytes()[0] = std::byte{7};
    EXPECT_EQ(segment->bytes()[0], std::byte{7});
    ASSERT_TRUE(segment->close());
    EXPECT_EQ(again->bytes()[9'999], std::byte{42});
  }
}

TEST_F(SecondMapping, of_a_key_counts_as_an_attachment) {
  auto segment = Segment::create(key_, {.size = 1, .lifetime = Lifetime::until_last_close});
  ASSERT_TRUE(segment);
  Mapping again = *segment->map_again();
  EXPECT_EQ(segment->status()->attachments, 2U);
  EXPECT_FALSE(segment->close()->destroyed);
  ASSERT_TRUE(Segment::unlink(key_));
  again.unmap();
}

TEST_F(SecondMapping, includes_the_header) {
  const auto segment = Segment::create(name_, {.size = 100, .layout = Layout::compat});
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->map_again()->bytes().size(), 108U);
}

TEST_F(SecondMapping, is_refused_for_what_is_not_read_write_or_closed) {
  ASSERT_TRUE(Segment::create(name_, {.size = 1}));
  const Foreign target(kPageSize);
  for (const Access access : {Access::read, Access::copy_on_write}) {
    const auto segment = Segment::open(name_, {.access = access});
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->map_again().error().code, Errc::read_only);
    EXPECT_EQ(segment->map_over(target.bytes()).error().code, Errc::read_only);
  }
  EXPECT_EQ(Segment().map_again().error().code, Errc::closed);
  EXPECT_EQ(Segment().map_over(target.bytes()).error().code, Errc::closed);
  EXPECT_EQ(target.bytes()[0], std::byte{9});
}

TEST_F(SecondMapping, over_memory_replaces_as_many_pages_as_the_segment_has) {
  for (auto& segment : segments(kPageSize + 1)) {
    ASSERT_TRUE(segment);
    segment->bytes()[kPageSize] = std::byte{42};
    const Foreign target(3 * kPageSize);
    Result<Mapping> over = segment->map_over(target.bytes());
    ASSERT_TRUE(over);
    EXPECT_EQ(over->bytes().data(), target.bytes().data());
    EXPECT_EQ(over->bytes().size(), kPageSize + 1);
    EXPECT_EQ(target.bytes()[kPageSize], std::byte{42});
    EXPECT_EQ(target.bytes()[2 * kPageSize], std::byte{9});
    target.bytes()[0] = std::byte{7};
    EXPECT_EQ(segment->bytes()[0], std::byte{7});

    over->put_zero_pages();
    EXPECT_TRUE(is_zero(target.bytes().first(kPageSize + 1)));
    EXPECT_TRUE(over->take_addresses().empty()) << "they are not its own";
    over->unmap();
    target.bytes()[0] = std::byte{1};  // still mapped
    EXPECT_EQ(segment->bytes()[0], std::byte{7});
  }
}

TEST_F(SecondMapping, over_too_short_memory_is_refused_and_leaves_it_alone) {
  const auto segment = Segment::anonymous({.size = 2 * kPageSize});
  const Foreign target(kPageSize);
  EXPECT_EQ(segment->map_over(target.bytes()).error().code, Errc::invalid_argument);
  EXPECT_EQ(target.bytes()[0], std::byte{9});
}

TEST_F(SecondMapping, is_guarded_with_a_mark_of_its_own_if_the_segment_is) {
  const auto segment = Segment::create(name_, {.size = 2 * kPageSize, .guard = true});
  ASSERT_TRUE(segment);
  const Foreign target(2 * kPageSize);
  Mapping again = *segment->map_again();
  Mapping over = *segment->map_over(target.bytes());
  ASSERT_EQ(::truncate(path().c_str(), 1), 0);
  EXPECT_EQ(again.bytes()[kPageSize], std::byte{0});
  EXPECT_TRUE(again.is_truncated());
  EXPECT_FALSE(over.is_truncated());
  EXPECT_FALSE(segment->is_truncated());
  EXPECT_EQ(over.bytes()[kPageSize], std::byte{0});
  EXPECT_TRUE(over.is_truncated());
  over.put_zero_pages();
  EXPECT_TRUE(over.is_truncated()) << "it was";
}

TEST_F(SecondMapping, needs_a_descriptor_or_a_system_v_id) {
  const auto segment = Segment::create(name_, {.size = 1, .keep_descriptor = false});
  EXPECT_EQ(segment->map_again().error().code, Errc::unsupported);
}

TEST_F(SecondMapping, of_a_truncated_segment_is_refused) {
  const auto segment = Segment::create(name_, {.size = 2 * kPageSize, .guard = true});
  ASSERT_TRUE(segment);
  ASSERT_EQ(::truncate(path().c_str(), 0), 0);
  EXPECT_EQ(segment->bytes()[0], std::byte{0});
  ASSERT_TRUE(segment->is_truncated());
  EXPECT_EQ(segment->map_again().error().code, Errc::truncated);
  EXPECT_EQ(segment->flush().error().code, Errc::truncated);
}

TEST_F(SecondMapping, of_huge_pages_is_possible) {
  // Unreserved, it can be made without a huge page on the machine, and may not be touched then.
  const int id = ::shmget(static_cast<key_t>(key_.value), kHugePage, IPC_CREAT | SHM_HUGETLB | SHM_NORESERVE | 0600);
  if (id < 0) GTEST_SKIP() << "shmget(SHM_HUGETLB): errno " << errno;
  {
    const auto segment = Segment::open(key_);
    ASSERT_TRUE(segment);
    const auto again = segment->map_again();
    EXPECT_TRUE(again) << again.error().operation << " " << again.error().os_error;
    EXPECT_EQ(segment->status()->attachments, 2U);
  }
  ASSERT_TRUE(Segment::unlink(key_));
}

TEST_F(SecondMapping, moves_and_ends_once) {
  const auto segment = Segment::anonymous({.size = kPageSize});
  Mapping first = *segment->map_again();
  Mapping second(std::move(first));
  // NOLINTNEXTLINE(bugprone-use-after-move, clang-analyzer-cplusplus.Move): what is left of it is the point
  const bool is_empty = first.bytes().empty();
  EXPECT_TRUE(is_empty);
  Mapping third = *segment->map_again();
  third = std::move(second);
  EXPECT_EQ(third.bytes().size(), kPageSize);
  third.put_zero_pages();
  EXPECT_TRUE(third.bytes().empty());
  const std::span<std::byte> addresses = third.take_addresses();
  ASSERT_EQ(addresses.size(), kPageSize);
  EXPECT_TRUE(third.take_addresses().empty());
  EXPECT_TRUE(is_zero(addresses));
  third.unmap();
  addresses[0] = std::byte{1};  // the caller's now
  EXPECT_EQ(::munmap(addresses.data(), addresses.size()), 0);
  EXPECT_EQ(segment->bytes()[0], std::byte{0});
}

}  // namespace
}  // namespace shm::test
