// SPDX-License-Identifier: MIT
// Who holds a segment, with processes of every kind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <shm/inventory.hpp>
#include <thread>
#include <vector>

#include "support/child.hpp"
#include "support/listing.hpp"
#include "support/own_objects.hpp"

namespace shm::test {
namespace {

constexpr uid_t kNobody = 65534;
using Done = bool;

class Holders : public testing::Test {
 protected:
  void SetUp() override { before_ = Leftovers::now(); }
  void TearDown() override {
    (void)Segment::unlink(name_);
    (void)Segment::unlink(key_);
    EXPECT_EQ(Leftovers::now(), before_);
  }

  void create_posix() {
    ASSERT_TRUE(Segment::create(name_, {.size = 4096, .mode = 0666}));
    object_ = listed(name_.view())->status.id;
  }
  void create_system_v() {
    ASSERT_TRUE(Segment::create(key_, {.size = 4096, .mode = 0666}));
    object_ = listed(key_)->status.id;
  }
  /// Maps a segment for as long as the process lives.
  static bool stay_open(Result<Segment> segment) {
    static std::vector<Segment> open;
    if (!segment) return false;
    open.push_back(*std::move(segment));
    return true;
  }
  [[nodiscard]] std::optional<Done> map_posix() const {
    return stay_open(Segment::open(name_)) ? std::optional(true) : std::nullopt;
  }
  [[nodiscard]] std::optional<Done> attach_system_v() const {
    return stay_open(Segment::open(key_)) ? std::optional(true) : std::nullopt;
  }

  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();
  ObjectId object_;
  Leftovers before_;
};

TEST_F(Holders, of_a_posix_segment_are_those_that_live) {
  create_posix();
  const Child<Done> first([&] { return map_posix(); });
  const Child<Done> second([&] { return map_posix(); });
  const Child<Done> other([] { return std::optional(true); });
  ASSERT_TRUE(first && second && other);
  auto found = holders(object_);
  std::sort(found.begin(), found.end());
  auto expected = std::vector{first.pid(), second.pid()};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);

  first.kill();
  EXPECT_EQ(holders(object_), std::vector{second.pid()}) << "a zombie has no mappings";
  second.kill();
  EXPECT_TRUE(holders(object_).empty());
  EXPECT_TRUE(listed(name_.view())) << "nobody removed it";
}

TEST_F(Holders, of_a_system_v_segment_are_those_that_live) {
  create_system_v();
  const Child<Done> child([&] { return attach_system_v(); });
  ASSERT_TRUE(child);
  EXPECT_EQ(holders(object_), std::vector{child.pid()});
  EXPECT_EQ(visits(child.pid(), object_), 1);
  EXPECT_EQ(listed(key_)->status.last_pid, child.pid());
  child.kill();
  EXPECT_TRUE(holders(object_).empty());
  EXPECT_EQ(listed(key_)->status.attachments, 0U);
}

TEST_F(Holders, of_an_unlinked_segment_are_still_known) {
  create_posix();
  const Child<Done> child([&] { return map_posix(); });
  ASSERT_TRUE(child);
  ASSERT_TRUE(Segment::unlink(name_));
  EXPECT_FALSE(listed(name_.view()));
  EXPECT_EQ(holders(object_), std::vector{child.pid()});
  EXPECT_EQ(visits(child.pid(), object_), 1);
}

TEST_F(Holders, of_the_old_and_the_new_segment_of_a_name_are_told_apart) {
  create_posix();
  const ObjectId old = object_;
  const Child<Done> first([&] { return map_posix(); });
  ASSERT_TRUE(Segment::unlink(name_));
  create_posix();
  const Child<Done> second([&] { return map_posix(); });
  ASSERT_TRUE(first && second);
  EXPECT_EQ(holders(old), std::vector{first.pid()});
  EXPECT_EQ(holders(object_), std::vector{second.pid()});
}

TEST_F(Holders, of_memory_without_a_name_are_known) {
  const Child<ObjectId> child([]() -> std::optional<ObjectId> {
    const int file = static_cast<int>(::syscall(SYS_memfd_create, "a name\nof two lines", 0));
    struct stat native {};
    if (file < 0 || ::ftruncate(file, 4096) != 0 || ::fstat(file, &native) != 0) return {};
    if (::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED) return {};
    return ObjectId{native.st_dev, native.st_ino};
  });
  ASSERT_TRUE(child);
  EXPECT_EQ(holders(*child), std::vector{child.pid()});
  EXPECT_EQ(visits(child.pid(), *child), 1);
}

/// Whether the process has maps to show.
bool has_maps(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  return maps.peek() != std::ifstream::traits_type::eof();
}

TEST_F(Holders, include_a_process_whose_first_thread_has_ended) {
  create_posix();
  const ObjectId posix = object_;
  create_system_v();
  const Child<Done> child(
      [&]() -> std::optional<Done> {
        if (!map_posix() || !attach_system_v()) return {};
        std::thread([] { ::pause(); }).detach();
        return true;
      },
      [] { ::syscall(SYS_exit, 0); });  // of this thread; pthread_exit() would unwind what the test has on the stack
  ASSERT_TRUE(child);
  while (has_maps(child.pid())) std::this_thread::yield();
  for (const ObjectId& object : {posix, object_}) {
    EXPECT_EQ(holders(object), std::vector{child.pid()});
    EXPECT_EQ(visits(child.pid(), object), 1);
  }
}

/// Looks for holders, and whether all processes could be looked into; nothing if it failed.
struct Look {
  bool complete;
  bool sees_itself;
  bool sees_other;
};
std::optional<Look> look(const ObjectId& object, pid_t other) {
  Look result{};
  const auto seen = for_each_holder(object, [&](const Holder& holder) {
    result.sees_itself = result.sees_itself || holder.pid == ::getpid();
    result.sees_other = result.sees_other || holder.pid == other;
  });
  if (!seen) return {};
  result.complete = seen->complete;
  return result;
}

TEST_F(Holders, that_may_not_be_seen_are_said_to_be_missing) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  create_posix();
  const Child<Done> other([&] { return map_posix(); });
  const Child<Look> unprivileged([&]() -> std::optional<Look> {
    if (!map_posix() || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return {};
    return look(object_, other.pid());
  });
  ASSERT_TRUE(other && unprivileged);
  EXPECT_FALSE((*unprivileged).complete);
  EXPECT_TRUE((*unprivileged).sees_itself);
  EXPECT_FALSE((*unprivileged).sees_other);
}

/// Whether this process may read the maps of all others.
bool may_read_all_maps() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    const int file = ::open((entry.path() / "maps").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && (errno == EACCES || errno == EPERM)) return false;
    if (file >= 0) ::close(file);
  }
  return true;
}

TEST_F(Holders, are_complete_where_this_process_may_see_all) {
  const bool before = may_read_all_maps();
  const auto seen = for_each_holder([](const Holder&) {});
  const bool after = may_read_all_maps();
  ASSERT_TRUE(seen);
  if (before == after) {
    EXPECT_EQ(seen->complete, before);
  }
}

/// Changes the mounts for this process alone.
bool mount_privately(const char* source, const char* target, const char* type, unsigned long flags,
                     const char* options = "") {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(source, target, type, flags, options) == 0;
}

constexpr char kNoMounts[] = "mounts can't be changed here";

TEST_F(Holders, are_known_by_any_path_of_the_file_system) {
  create_posix();
  const std::string folder = std::filesystem::temp_directory_path() / unique_text().substr(1);
  ASSERT_TRUE(std::filesystem::create_directory(folder));
  {
    const Child<Done> child([&]() -> std::optional<Done> {
      if (!mount_privately("/dev/shm", folder.c_str(), nullptr, MS_BIND)) return {};
      const int file = ::open((folder + name_.c_str()).c_str(), O_RDWR | O_CLOEXEC);
      if (::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED) return {};
      return true;
    });
    EXPECT_TRUE(std::filesystem::remove(folder));
    if (!child) GTEST_SKIP() << kNoMounts;
    EXPECT_EQ(holders(object_), std::vector{child.pid()});
    EXPECT_EQ(visits(child.pid(), object_), 1);
  }
}

TEST_F(Holders, are_incomplete_where_processes_are_hidden) {
  const Child<Look> child([&]() -> std::optional<Look> {
    if (!mount_privately("proc", "/proc", "proc", 0, "hidepid=2") || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)
      return {};
    return look({}, 0);
  });
  if (!child) GTEST_SKIP() << kNoMounts;
  EXPECT_FALSE((*child).complete);
}

TEST_F(Holders, can_not_be_told_without_proc) {
  const Child<Error> child([&]() -> std::optional<Error> {
    if (!mount_privately("none", "/proc", "tmpfs", 0)) return {};
    const auto seen = for_each_holder([](const Holder&) {});
    return seen ? Error{Errc::invalid_argument} : seen.error();
  });
  if (!child) GTEST_SKIP() << kNoMounts;
  EXPECT_EQ((*child).code, Errc::system);
  EXPECT_EQ((*child).os_error, ENOENT);
}

/// What a process with an IPC namespace of its own has and sees there.
struct Elsewhere {
  ObjectId object;
  int segments;
  bool sees_itself;
};

TEST_F(Holders, of_system_v_segments_elsewhere_are_not_mistaken_for_ours) {
  const Child<Elsewhere> child([&]() -> std::optional<Elsewhere> {
    if (::unshare(CLONE_NEWIPC) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) return {};
    if (!stay_open(Segment::create(key_, {.size = 4096}))) return {};
    const auto of_system_v = [](const KeptSegment& kept) { return kept.segment.kind == Kind::system_v; };
    const auto all = segments();
    const ObjectId object = listed(key_)->status.id;
    const auto found = look(object, 0);
    if (!found) return {};
    return Elsewhere{object, static_cast<int>(std::count_if(all.begin(), all.end(), of_system_v)), found->sees_itself};
  });
  if (!child) GTEST_SKIP() << "IPC namespaces can't be made here";
  EXPECT_EQ((*child).object, (ObjectId{0, 0})) << "the first there";
  EXPECT_EQ((*child).segments, 1);
  EXPECT_TRUE((*child).sees_itself);
  EXPECT_FALSE(listed(key_));
  EXPECT_EQ(visits(child.pid(), (*child).object), 0);
  const auto found = holders((*child).object);
  EXPECT_EQ(std::count(found.begin(), found.end(), child.pid()), 0);
}

TEST(Inventory, without_a_folder_of_objects_has_system_v_segments_only) {
  const Child<int> child([]() -> std::optional<int> {
    if (!mount_privately("none", "/dev", "tmpfs", 0)) return {};
    int posix = 0;
    const auto listed = for_each_segment([&](const ListedSegment& segment) { posix += segment.kind == Kind::posix; });
    return listed ? posix : -1;
  });
  if (!child) GTEST_SKIP() << kNoMounts;
  EXPECT_EQ(*child, 0);
}

TEST(Inventory, has_system_v_segments_that_others_may_not_read) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const SystemVKey key = unique_key();
  ASSERT_TRUE(Segment::create(key, {.size = 4096}));
  {
    const Child<ListedSegment> child([&]() -> std::optional<ListedSegment> {
      if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return {};
      return listed(key);
    });
    ASSERT_TRUE(child);
    EXPECT_EQ((*child).status.size, 4096U);
    EXPECT_EQ((*child).status.uid, 0U);
  }
  ASSERT_TRUE(Segment::unlink(key));
}

}  // namespace
}  // namespace shm::test
