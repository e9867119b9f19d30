// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shm/inventory.hpp>
#include <vector>

#include "support/listing.hpp"
#include "support/own_objects.hpp"

namespace shm::test {
namespace {

class Inventory : public testing::Test {
 protected:
  void SetUp() override { before_ = Leftovers::now(); }
  void TearDown() override {
    (void)Segment::unlink(name_);
    (void)Segment::unlink(key_);
    EXPECT_EQ(Leftovers::now(), before_);
  }
  [[nodiscard]] std::string path() const { return std::string("/dev/shm") + name_.c_str(); }
  [[nodiscard]] ObjectId id() const { return listed(name_.view())->status.id; }

  SegmentName name_ = unique_name();
  SystemVKey key_ = unique_key();
  Leftovers before_;
};

TEST_F(Inventory, has_a_posix_segment_while_it_exists) {
  EXPECT_FALSE(listed(name_.view()));
  ASSERT_TRUE(Segment::create(name_, {.size = 10'001, .mode = 0640}));
  const auto found = listed(name_.view());
  ASSERT_TRUE(found);
  struct stat native {};
  ASSERT_EQ(::stat(path().c_str(), &native), 0);
  EXPECT_EQ(found->kind, Kind::posix);
  EXPECT_EQ(found->key, 0U);
  EXPECT_EQ(found->status.id, (ObjectId{native.st_dev, native.st_ino}));
  EXPECT_EQ(found->status.size, 10'001U);
  EXPECT_EQ(found->status.mode, 0640U);
  EXPECT_EQ(found->status.uid, ::geteuid());
  EXPECT_EQ(found->status.gid, native.st_gid);
  EXPECT_EQ(found->status.changed_at, native.st_ctim.tv_sec);
  EXPECT_EQ(found->status.attachments, 0U);
  EXPECT_FALSE(found->status.is_removed);
  ASSERT_TRUE(Segment::unlink(name_));
  EXPECT_FALSE(listed(name_.view()));
}

TEST_F(Inventory, has_a_system_v_segment_with_what_the_kernel_knows) {
  EXPECT_FALSE(listed(key_));
  auto segment = Segment::create(key_, {.size = 10'001, .mode = 0640});
  ASSERT_TRUE(segment);
  auto found = listed(key_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::system_v);
  EXPECT_EQ(found->status.id.space, 0U);
  EXPECT_EQ(found->status.id.number, static_cast<std::uint64_t>(::shmget(static_cast<key_t>(key_.value), 0, 0)));
  EXPECT_EQ(found->status.size, 10'001U);
  EXPECT_EQ(found->status.mode, 0640U);
  EXPECT_EQ(found->status.uid, ::geteuid());
  EXPECT_EQ(found->status.creator_uid, ::geteuid());
  EXPECT_EQ(found->status.creator_pid, ::getpid());
  EXPECT_EQ(found->status.last_pid, ::getpid());
  EXPECT_EQ(found->status.attachments, 1U);
  EXPECT_NE(found->status.attached_at, 0);
  EXPECT_EQ(found->status.detached_at, 0);
  EXPECT_NE(found->status.changed_at, 0);
  EXPECT_FALSE(found->status.is_removed);
  ASSERT_TRUE(segment->close());
  found = listed(key_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status.attachments, 0U);
  EXPECT_NE(found->status.detached_at, 0);
}

TEST_F(Inventory, has_a_removed_system_v_segment_until_its_last_mapping_ends) {
  auto segment = Segment::create(key_, {.size = 1});
  ASSERT_TRUE(segment);
  const ObjectId id = listed(key_)->status.id;
  ASSERT_TRUE(Segment::unlink(key_));
  const auto find = [&]() -> std::optional<ListedSegment> {
    for (const auto& kept : segments()) {
      if (kept.segment.status.id == id) return kept.segment;
    }
    return {};
  };
  ASSERT_TRUE(find());
  EXPECT_TRUE(find()->status.is_removed);
  EXPECT_EQ(find()->key, 0U);
  EXPECT_EQ(holders(id), std::vector{::getpid()});
  ASSERT_TRUE(segment->close());
  EXPECT_FALSE(find());
}

TEST_F(Inventory, has_names_that_no_segment_of_ours_can_have) {
  std::string longest = unique_text();
  longest.resize(1 + 255, 'x');
  for (const std::string& name : {longest, unique_text() + "\n\\012 \xff (deleted)"}) {
    const int file = ::open(("/dev/shm" + name).c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::ftruncate(file, 1), 0);
    void* base = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, file, 0);
    ASSERT_NE(base, MAP_FAILED);
    const auto found = listed(name);
    ASSERT_EQ(::unlink(("/dev/shm" + name).c_str()), 0);
    ASSERT_EQ(::close(file), 0);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(visits(::getpid(), found->status.id), 1);
    ASSERT_EQ(::munmap(base, 1), 0);
  }
}

TEST_F(Inventory, is_without_what_is_no_segment) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_FALSE(listed(name_.view()));
  ASSERT_EQ(::unlink(path().c_str()), 0);
  ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
  EXPECT_FALSE(listed(name_.view()));
  ASSERT_EQ(::rmdir(path().c_str()), 0);
  ASSERT_EQ(::symlink("/dev/shm/elsewhere", path().c_str()), 0);
  EXPECT_FALSE(listed(name_.view()));
  const std::string draft = "/.shm-typed-array-" + std::to_string(::getpid()) + "-1";
  ASSERT_GE(::close(::open(("/dev/shm" + draft).c_str(), O_CREAT | O_EXCL, 0600)), 0);
  EXPECT_FALSE(listed(draft));
  ASSERT_EQ(::unlink(("/dev/shm" + draft).c_str()), 0);
}

TEST_F(Inventory, takes_the_segment_that_it_visits_away_on_the_way) {
  std::vector<SegmentName> names;
  for (int i = 0; i < 300; ++i) {
    names.push_back(unique_name());
    ASSERT_TRUE(Segment::create(names.back(), {.size = 1}));
  }
  const std::string prefix = "/shm-test-" + std::to_string(::getpid()) + "-";
  int visited = 0;
  EXPECT_TRUE(for_each_segment([&](const ListedSegment& segment) {
    if (!segment.name.starts_with(prefix)) return;
    ++visited;
    EXPECT_TRUE(Segment::unlink(*SegmentName::parse(segment.name)));
  }));
  EXPECT_EQ(visited, 300);
}

TEST_F(Inventory, knows_this_process_as_holder_once_however_many_mappings) {
  ASSERT_TRUE(Segment::create(name_, {.size = 4096}));
  EXPECT_TRUE(holders(id()).empty());
  std::vector<Segment> open;
  for (int i = 0; i < 200; ++i) {  // with other objects' mappings between them
    open.push_back(*Segment::open(name_));
    const SegmentName other = unique_name();
    open.push_back(*Segment::create(other, {.size = 4096}));
    ASSERT_TRUE(Segment::unlink(other));
  }
  EXPECT_EQ(holders(id()), std::vector{::getpid()});
  EXPECT_EQ(visits(::getpid(), id()), 1);
  int pairs = 0;
  EXPECT_TRUE(for_each_holder([&](const Holder& holder) { pairs += holder.pid == ::getpid() ? 1 : 0; }));
  EXPECT_GE(pairs, 201);
  open.clear();
  EXPECT_TRUE(holders(id()).empty());
}

TEST_F(Inventory, knows_this_process_as_holder_of_a_system_v_segment) {
  auto segment = Segment::create(key_, {.size = 4096});
  const auto second = Segment::open(key_);
  ASSERT_TRUE(segment && second);
  const ObjectId id = listed(key_)->status.id;
  EXPECT_EQ(holders(id), std::vector{::getpid()});
  EXPECT_EQ(visits(::getpid(), id), 1);
}

TEST_F(Inventory, has_the_holders_of_an_ordinary_file_only_when_asked_for_it) {
  struct stat native {};
  ASSERT_EQ(::stat("/proc/self/exe", &native), 0);
  const ObjectId program{native.st_dev, native.st_ino};
  const auto found = holders(program);
  EXPECT_NE(std::find(found.begin(), found.end(), ::getpid()), found.end());
  EXPECT_EQ(visits(::getpid(), program), 0);
}

}  // namespace
}  // namespace shm::test
