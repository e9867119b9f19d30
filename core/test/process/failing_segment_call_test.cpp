// SPDX-License-Identifier: MIT
// Every system call of everything that makes a Segment, or is done with one, fails once, with each error it may have
// and with every option that adds a call.
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/mman.h>

#include <cstdlib>
#include <ostream>
#include <shm/segment.hpp>
#include <string>
#include <string_view>

#include "support/children.hpp"
#include "support/failing_calls.hpp"

namespace shm::test {
namespace {

constexpr std::uint64_t kWorthPopulating = std::uint64_t{2} << 20;

struct Case {
  const char* name;
  SegmentOptions options;
  friend std::ostream& operator<<(std::ostream& out, const Case& self) { return out << self.name; }
};

const Case kCases[] = {
    {"plain", {.size = 5000}},
    {"with_umask", {.size = 5000, .exact_mode = false}},
    {"sparse", {.size = 5000, .reserve = false}},
    {"locked", {.size = 5000, .lock = true}},
    {"guarded", {.size = 5000, .guard = true}},
    {"compat", {.size = 5000, .layout = Layout::compat}},
    {"without_descriptor", {.size = 5000, .keep_descriptor = false}},
    {"populated", {.size = kWorthPopulating, .populate = true}},
    {"huge", {.size = kWorthPopulating, .huge_pages = HugePages::attempt}},
    {"sparse_huge", {.size = kWorthPopulating, .reserve = false, .huge_pages = HugePages::attempt}},
    {"with_everything",
     {.size = kWorthPopulating, .populate = true, .lock = true, .guard = true, .huge_pages = HugePages::attempt}},
};

class FailingSegmentCall : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    // The first guard installs a handler, for good.
    ASSERT_TRUE(Segment::anonymous({.size = 1, .guard = true}));
    if (options_.lock && !Segment::anonymous(options_)) GTEST_SKIP() << "this user may not lock so much memory";
  }

  [[nodiscard]] bool open_or_create() const { return Segment::open_or_create(name_, options_).has_value(); }
  [[nodiscard]] bool open_file() const { return Segment::open_file(path_.c_str(), options_).has_value(); }
  void unlink_name() const { ASSERT_TRUE(Segment::unlink(name_)); }
  void unlink_key() const { ASSERT_TRUE(Segment::unlink(key_)); }
  void unlink_file() const { ASSERT_TRUE(std::filesystem::remove(path_)); }

  SegmentOptions options_ = GetParam().options;
  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();
  std::string path_ = unique_path();
};

TEST_P(FailingSegmentCall, in_create_leaves_nothing) {
  fail_every_call(
      kAllErrors, [&] { return Segment::create(name_, options_).has_value(); }, [&] { unlink_name(); });
  fail_every_call(
      kAllErrors, [&] { return Segment::create(key_, options_).has_value(); }, [&] { unlink_key(); });
}

TEST_P(FailingSegmentCall, in_open_leaves_nothing) {
  ASSERT_TRUE(Segment::create(name_, options_));
  ASSERT_TRUE(Segment::create(key_, options_));
  for (const Access access : {Access::read_write, Access::read, Access::copy_on_write}) {
    options_.access = access;
    fail_every_call(
        kAllErrors, [&] { return Segment::open(name_, options_).has_value(); }, [] {});
    if (access == Access::copy_on_write) continue;
    fail_every_call(
        kAllErrors, [&] { return Segment::open(key_, options_).has_value(); }, [] {});
  }
  unlink_name();
  unlink_key();
}

TEST_P(FailingSegmentCall, in_open_or_create_of_a_name_leaves_nothing) {
  const auto undo = [&] { unlink_name(); };
  const auto operation = [&] { return open_or_create(); };
  fail_every_call(kAllErrors, operation, undo);
  fail_every_call(kAllErrors, operation, undo, [] { refuse_unnamed_files(); });
  fail_every_call(kAllErrors, operation, undo, [] {
    refuse_unnamed_files();
    refuse_rename();
  });
  ASSERT_TRUE(open_or_create());
  fail_every_call(kAllErrors, operation, [] {});
  unlink_name();
}

TEST_P(FailingSegmentCall, in_open_or_create_of_a_key_leaves_nothing) {
  const auto operation = [&] { return Segment::open_or_create(key_, options_).has_value(); };
  fail_every_call(kAllErrors, operation, [&] { unlink_key(); });
  ASSERT_TRUE(operation());
  fail_every_call(kAllErrors, operation, [] {});
  unlink_key();
}

TEST_P(FailingSegmentCall, in_open_file_leaves_nothing) {
  const auto undo = [&] { unlink_file(); };
  const auto operation = [&] { return open_file(); };
  fail_every_call(kAllErrors, operation, undo);
  fail_every_call(kAllErrors, operation, undo, [] { refuse_unnamed_files(); });
  fail_every_call(kAllErrors, operation, undo, [] {
    refuse_unnamed_files();
    refuse_rename();
  });
  ASSERT_TRUE(open_file());
  for (const Access access : {Access::read_write, Access::read, Access::copy_on_write}) {
    options_.access = access;
    fail_every_call(kAllErrors, operation, [] {});
  }
  unlink_file();
}

TEST_P(FailingSegmentCall, in_anonymous_and_from_descriptor_leaves_nothing) {
  fail_every_call(
      kAllErrors, [&] { return Segment::anonymous(options_).has_value(); }, [] {});
  const auto segment = Segment::anonymous(options_);
  ASSERT_TRUE(segment);
  for (const Access access : {Access::read_write, Access::read, Access::copy_on_write}) {
    options_.access = access;
    fail_every_call(
        kAllErrors, [&] { return Segment::from_descriptor(segment->descriptor(), options_).has_value(); }, [] {});
  }
}

TEST_P(FailingSegmentCall, in_a_further_mapping_leaves_nothing) {
  ASSERT_TRUE(Segment::create(key_, options_));
  const Result<Segment> segments[] = {Segment::open_or_create(name_, options_), Segment::open(key_, options_),
                                      Segment::anonymous(options_)};
  const std::size_t size = 2 * kWorthPopulating;
  auto* target = static_cast<std::byte*>(std::aligned_alloc(4096, size));
  for (const auto& segment : segments) {
    ASSERT_TRUE(segment);
    if (segment->kind() != Kind::system_v && segment->descriptor() < 0) continue;  // refused
    const std::size_t first = segment->layout() == Layout::compat ? 8 : 0;
    fail_every_call(
        kAllErrors, [&] { return segment->map_again().has_value(); }, [] {});
    fail_every_call(
        kAllErrors,
        [&] {
          target[first] = std::byte{1};
          segment->bytes()[0] = std::byte{7};
          Result<Mapping> over = segment->map_over({target, size});
          if (!over) {
            EXPECT_NE(target[first], std::byte{7}) << "nothing of the segment is there";
            return false;
          }
          EXPECT_EQ(target[first], std::byte{7});
          over->put_zero_pages();
          // Nothing but the system call that puts the zeros there can leave it shared.
          if (!over->bytes().empty()) over->put_zero_pages();
          EXPECT_TRUE(over->bytes().empty());
          return true;
        },
        [] {});
  }
  std::free(target);
  unlink_name();
  unlink_key();
}

TEST_P(FailingSegmentCall, in_status_flush_and_is_at_says_so_or_changes_nothing) {
  ASSERT_TRUE(Segment::create(key_, options_));
  const Result<Segment> segments[] = {Segment::open_or_create(name_, options_), Segment::open(key_, options_),
                                      Segment::anonymous(options_)};
  const bool has_status = options_.keep_descriptor;
  for (const auto& segment : segments) {
    ASSERT_TRUE(segment);
    if (has_status || segment->kind() != Kind::posix) {
      fail_every_call(
          kAllErrors, [&] { return segment->status().has_value(); }, [] {});
    }
    fail_every_call(
        kAllErrors, [&] { return segment->flush().has_value(); }, [] {});
  }
  fail_every_call(
      kAllErrors, [&] { return segments[0]->is_at(name_).has_value(); }, [] {});
  fail_every_call(
      kAllErrors, [&] { return segments[1]->is_at(key_).has_value(); }, [] {});
  fail_every_call(
      kAllErrors, [&] { return Segment::status(name_).has_value(); }, [] {});
  fail_every_call(
      kAllErrors, [&] { return Segment::status(key_).has_value(); }, [] {});
  unlink_name();
  unlink_key();
}

TEST_P(FailingSegmentCall, in_unlink_and_in_close_destroys_it_or_leaves_it_whole) {
  // Ends of an object can't be undone: the operation is to make one and to end it.
  fail_every_call(
      kAllErrors,
      [&] {
        const bool created = Segment::create(name_, options_).has_value();
        if (created && Segment::unlink(name_)) return true;
        disarm();
        EXPECT_EQ(Segment::open(name_).has_value(), created);
        EXPECT_EQ(Segment::unlink(name_).has_value(), created);
        return false;
      },
      [] {});
}

/// Whether something got a name in the folder since it is watched.
class Watch {
 public:
  explicit Watch(const std::string& folder) : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(::inotify_add_watch(descriptor_, folder.c_str(), IN_CREATE | IN_MOVED_TO), 0);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { ::close(descriptor_); }
  [[nodiscard]] bool saw_something() const {
    alignas(inotify_event) char events[4096];
    return ::read(descriptor_, events, sizeof events) > 0;
  }

 private:
  int descriptor_;
};

TEST(FailingSegmentCall, in_open_file_shows_no_file_that_is_taken_back) {
  const std::string folder = unique_path();
  const std::string path = folder + "/file";
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  for (int number = 1;; ++number) {
    const Watch watch(folder);
    fail_call(number, EMFILE);
    const auto segment = Segment::open_file(path.c_str(), {.size = 5000});
    const bool was_reached = disarm();
    // What the disk says can't be known before.
    const bool was_disk = !segment && segment.error().operation == std::string_view("fsync");
    EXPECT_EQ(watch.saw_something(), segment.has_value() || was_disk) << "call " << number;
    std::filesystem::remove(path);
    if (!was_reached) break;
  }
  std::filesystem::remove_all(folder);
}

TEST(FailingSegmentCall, in_the_end_of_a_mapping_leaves_it_guarded_while_it_is_shared) {
  const SegmentName name = unique_name();
  EXPECT_EQ(ending_of_child([&] {
              const auto segment = Segment::create(name, {.size = 8192, .guard = true});
              must(segment.has_value());
              Mapping again = *segment->map_again();
              must(::truncate((std::string("/dev/shm") + name.c_str()).c_str(), 0) == 0);
              fail_call(1, ENOMEM);
              again.put_zero_pages();
              must(disarm());
              must(again.bytes().size() == 8192);
              must(*static_cast<volatile std::byte*>(&again.bytes()[4096]) == std::byte{0});
              must(again.is_truncated());
              again.put_zero_pages();
              must(again.bytes().empty());
              must(again.is_truncated());
            }),
            kEndedWell);
  ASSERT_TRUE(Segment::unlink(name));
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Options, FailingSegmentCall, testing::ValuesIn(kCases), name_of);

}  // namespace
}  // namespace shm::test
