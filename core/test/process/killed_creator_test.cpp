// SPDX-License-Identifier: MIT
// A creator that gets SIGKILL before any of its system calls leaves no object, or the finished one.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <shm/layout/compat_header.hpp>
#include <shm/segment.hpp>

#include "support/own_objects.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

constexpr int kMostCalls = 200;
pid_t last_child = 0;

/// Runs `operation` in child processes that are killed before call 1, 2, 3, ... and looks after each with `check`.
/// returns  the number of kills
int kill_before_every_call(const std::function<void()>& operation, const std::function<void()>& check) {
  for (int number = 1; number < kMostCalls; ++number) {
    const pid_t child = ::fork();
    last_child = child;
    if (child == 0) {
      kill_before_call(number);
      operation();
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    check();
    if (WIFEXITED(status)) return number - 1;
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
  ADD_FAILURE() << "the operation does not end";
  return 0;
}

class KilledCreator : public testing::TestWithParam<std::uint64_t> {};

TEST_P(KilledCreator, leaves_no_posix_object_or_the_finished_one) {
  const SegmentName name = unique_name();
  const std::uint64_t size = GetParam();
  const Leftovers before = Leftovers::now();
  int found = 0;
  const int kills = kill_before_every_call(
      [&] { (void)Segment::create(name, {.size = size, .populate = true, .layout = Layout::compat}); },
      [&] {
        const Result<Segment> segment = Segment::open(name, {.layout = Layout::compat});
        if (!segment) return;
        ++found;
        EXPECT_EQ(segment->layout(), Layout::compat);
        EXPECT_EQ(segment->bytes().size(), size);
        EXPECT_TRUE(Segment::unlink(name));
      });
  EXPECT_GE(kills, 6);
  EXPECT_EQ(found, 1) << "only the one that was not killed";
  EXPECT_EQ(Leftovers::now(), before);
}

TEST_P(KilledCreator, leaves_no_system_v_segment_or_one_of_the_whole_size) {
  const SystemVKey key = unique_key();
  const std::uint64_t size = GetParam();
  const Leftovers before = Leftovers::now();
  const int kills = kill_before_every_call(
      [&] { (void)Segment::create(key, {.size = size, .lifetime = Lifetime::until_last_close}); },
      [&] {
        // What a killed creator leaves has no attachments, and ends with the next one.
        Result<Segment> segment = Segment::open(key, {.lifetime = Lifetime::until_last_close});
        if (!segment) return;
        EXPECT_EQ(segment->bytes().size(), size);
        const auto closed = segment->close();
        EXPECT_TRUE(closed && closed->destroyed);
      });
  EXPECT_GE(kills, 2);
  EXPECT_EQ(Leftovers::now(), before);
}

struct Refusal {
  const char* name;
  void (*arm)();
  bool leaves_hidden;
};
const Refusal kRefusals[] = {{"nothing", [] {}, false},
                             {"link_by_descriptor", [] { refuse_link_by_descriptor(); }, false},
                             {"unnamed_files", [] { refuse_unnamed_files(); }, true}};

class KilledOpener : public testing::TestWithParam<Refusal> {
 protected:
  /// Whether `open` finds nothing, or the whole object, after each kill; ended by `remove`.
  void check(const std::function<Result<Segment>(const SegmentOptions&)>& open, const std::function<bool()>& remove) {
    const SegmentOptions options{.size = 5000, .lock = true, .guard = true};
    const Leftovers before = Leftovers::now();
    int found = 0;
    int hidden = 0;
    const int kills = kill_before_every_call(
        [&] {
          GetParam().arm();
          (void)open(options);
        },
        [&] {
          const Result<Segment> segment = open({.access = Access::read});
          if (segment) {
            ++found;
            EXPECT_EQ(segment->bytes().size(), 5000U);
            EXPECT_EQ(segment->status()->mode, 0600U);
            EXPECT_TRUE(std::ranges::all_of(segment->bytes(), [](std::byte b) { return b == std::byte{0}; }));
            EXPECT_TRUE(remove());
          } else {
            EXPECT_EQ(segment.error().os_error, ENOENT) << segment.error().operation;
          }
          hidden += remove_hidden_drafts("/dev/shm", [](pid_t pid) { return pid == last_child; });
          EXPECT_FALSE(remove());
        });
    EXPECT_GE(kills, 7);
    EXPECT_GE(found, 1) << "the one that was not killed";
    EXPECT_EQ(hidden > 0, GetParam().leaves_hidden);
    EXPECT_EQ(Leftovers::now(), before);
  }
};

TEST_P(KilledOpener, or_creator_of_a_name_leaves_nothing_or_the_finished_object) {
  const SegmentName name = unique_name();
  check(
      [&](const SegmentOptions& options) {
        return options.size == 0 ? Segment::open(name, options) : Segment::open_or_create(name, options);
      },
      [&] { return Segment::unlink(name).has_value(); });
}

TEST_P(KilledOpener, of_a_file_leaves_nothing_or_the_finished_file) {
  const std::string path = unique_path();
  check([&](const SegmentOptions& options) { return Segment::open_file(path.c_str(), options); },
        [&] { return std::filesystem::remove(path); });
}

INSTANTIATE_TEST_SUITE_P(Without, KilledOpener, testing::ValuesIn(kRefusals),
                         [](const auto& refusal) { return std::string(refusal.param.name); });

INSTANTIATE_TEST_SUITE_P(Sizes, KilledCreator, testing::Values(std::uint64_t{4096}, std::uint64_t{64} << 20));

}  // namespace
}  // namespace shm::test
