// SPDX-License-Identifier: MIT
// Objects that another user has put where a segment is looked for.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/shm.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>

#include "support/children.hpp"
#include "support/own_segment.hpp"

namespace shm::test {
namespace {

constexpr uid_t kStranger = 65534;
constexpr gid_t kStrangersGroup = 65533;
constexpr gid_t kFurtherGroup = 65532;

class HostileObjects : public OwnSegment {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only the superuser can be another user, too";
    OwnSegment::SetUp();
  }
  void TearDown() override {
    if (::geteuid() == 0) OwnSegment::TearDown();
  }

  /// Runs `piece` as the stranger, in one further group.
  static std::string as_stranger(const std::function<void()>& piece) {
    return ending_of_child([&] {
      const gid_t further[] = {kFurtherGroup};
      must(::setgroups(1, further) == 0 && ::setgid(kStrangersGroup) == 0 && ::setuid(kStranger) == 0);
      piece();
    });
  }
  /// What each way to open says to an object of the name.
  void expect_everywhere(Trust trust, Errc code) const {
    const SegmentOptions options{.size = 4096, .trust = trust};
    const int file = ::open(path().c_str(), O_RDWR);
    ASSERT_GE(file, 0);
    EXPECT_EQ(Segment::open(name_, options).error().code, code);
    EXPECT_EQ(Segment::open_or_create(name_, options).error().code, code);
    EXPECT_EQ(Segment::open_file(path().c_str(), options).error().code, code);
    EXPECT_EQ(Segment::from_descriptor(file, options).error().code, code);
    ::close(file);
  }
  void expect_accepted(Trust trust) const {
    EXPECT_TRUE(Segment::open(name_, {.trust = trust}));
    EXPECT_TRUE(Segment::open_or_create(name_, {.size = 4096, .trust = trust}));
    EXPECT_TRUE(Segment::open_file(path().c_str(), {.size = 4096, .trust = trust}));
  }
};

TEST_F(HostileObjects, of_another_user_are_refused_unless_anyone_is_trusted) {
  ASSERT_EQ(as_stranger([&] { make_object(4096, 0666); }), kEndedWell);
  expect_everywhere(Trust::self, Errc::untrusted);
  expect_everywhere(Trust::group, Errc::untrusted);
  expect_accepted(Trust::anyone);
}

TEST_F(HostileObjects, of_another_user_in_a_group_of_ours_are_accepted_with_trust_in_the_group) {
  make_object(4096, 0666);
  ASSERT_EQ(::chown(path().c_str(), kStranger, ::getegid()), 0);
  expect_everywhere(Trust::self, Errc::untrusted);
  expect_accepted(Trust::group);
}

TEST_F(HostileObjects, trust_in_the_group_includes_the_further_groups_and_no_other) {
  make_object(4096, 0666);
  const uid_t third = kStranger - 1;
  for (const gid_t group : {kStrangersGroup, kFurtherGroup}) {
    ASSERT_EQ(::chown(path().c_str(), third, group), 0);
    EXPECT_EQ(as_stranger([&] {
                must(Segment::open(name_, {.trust = Trust::group}).has_value());
                must(Segment::open(name_, {.trust = Trust::self}).error().code == Errc::untrusted);
              }),
              kEndedWell);
  }
  ASSERT_EQ(::chown(path().c_str(), third, kFurtherGroup - 1), 0);
  EXPECT_EQ(as_stranger([&] {
              must(Segment::open(name_, {.trust = Trust::group}).error().code == Errc::untrusted);
              must(Segment::open(name_, {.trust = Trust::anyone}).has_value());
            }),
            kEndedWell);
}

TEST_F(HostileObjects, of_the_superuser_are_accepted_by_everybody) {
  make_object(4096, 0666);
  const auto keyed = Segment::create(key_, {.size = 4096, .mode = 0666});
  ASSERT_TRUE(keyed);
  EXPECT_EQ(as_stranger([&] {
              must(Segment::open(name_).has_value());
              must(Segment::open(key_).has_value());
            }),
            kEndedWell);
}

TEST_F(HostileObjects, belong_to_the_effective_user) {
  ASSERT_EQ(as_stranger([&] { make_object(4096, 0666); }), kEndedWell);
  EXPECT_EQ(ending_of_child([&] {
              must(::seteuid(kStranger) == 0);
              must(Segment::open(name_).has_value());
            }),
            kEndedWell);
}

TEST_F(HostileObjects, of_no_permission_are_neither_missing_nor_untrusted) {
  make_object(4096, 0600);
  const auto keyed = Segment::create(key_, {.size = 4096, .mode = 0600});
  ASSERT_TRUE(keyed);
  EXPECT_EQ(as_stranger([&] {
              must(Segment::open(name_).error().os_error == EACCES);
              must(Segment::open_or_create(name_, {.size = 4096}).error().os_error == EACCES);
              must(Segment::open(key_).error().os_error == EACCES);
              must(Segment::open_or_create(key_, {.size = 4096}).error().os_error == EACCES);
              must(Segment::status(key_).error().os_error == EACCES);
              must(!Segment::unlink(name_));  // EPERM: the folder is sticky
              must(Segment::unlink(key_).error().os_error == EPERM);
            }),
            kEndedWell);
  EXPECT_TRUE(Segment::open(name_));
}

TEST_F(HostileObjects, of_system_v_are_refused_by_owner_and_by_creator) {
  ASSERT_EQ(as_stranger([&] { must(Segment::create(key_, {.size = 4096, .mode = 0666}).has_value()); }), kEndedWell);
  EXPECT_EQ(Segment::open(key_).error().code, Errc::untrusted);
  EXPECT_EQ(Segment::open_or_create(key_, {.size = 4096}).error().code, Errc::untrusted);
  EXPECT_EQ(Segment::open(key_, {.access = Access::read, .trust = Trust::group}).error().code, Errc::untrusted);
  EXPECT_TRUE(Segment::open(key_, {.trust = Trust::anyone}));

  // Given away, its creator can still destroy it.
  const int id = ::shmget(static_cast<key_t>(key_.value), 0, 0);
  ASSERT_EQ(as_stranger([&] {
              shmid_ds status{};
              must(::shmctl(id, IPC_STAT, &status) == 0);
              status.shm_perm.uid = 0;
              must(::shmctl(id, IPC_SET, &status) == 0);
            }),
            kEndedWell);
  ASSERT_EQ(Segment::status(key_)->uid, 0U);
  EXPECT_EQ(Segment::open(key_).error().code, Errc::untrusted);
}

TEST_F(HostileObjects, of_system_v_in_our_group_are_accepted_with_trust_in_the_group) {
  ASSERT_EQ(ending_of_child([&] {
              must(::setuid(kStranger) == 0);
              must(Segment::create(key_, {.size = 4096, .mode = 0666}).has_value());
            }),
            kEndedWell);
  EXPECT_EQ(Segment::open(key_).error().code, Errc::untrusted);
  EXPECT_TRUE(Segment::open(key_, {.trust = Trust::group}));
}

class OddObjects : public OwnSegment {};

TEST_F(OddObjects, with_a_second_name_are_refused_unless_anyone_is_trusted) {
  make_object(4096);
  const std::string other = path() + "-other";
  ASSERT_EQ(::link(path().c_str(), other.c_str()), 0);
  EXPECT_EQ(Segment::open(name_).error().code, Errc::untrusted);
  EXPECT_EQ(Segment::open(name_, {.trust = Trust::group}).error().code, Errc::untrusted);
  EXPECT_EQ(Segment::open_or_create(name_, {.size = 4096}).error().code, Errc::untrusted);
  EXPECT_TRUE(Segment::open(name_, {.trust = Trust::anyone}));
  ASSERT_EQ(::unlink(other.c_str()), 0);
  EXPECT_TRUE(Segment::open(name_));
}

TEST_F(OddObjects, of_every_other_type_are_refused) {
  for (const Access access : {Access::read_write, Access::read, Access::copy_on_write}) {
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
    EXPECT_EQ(Segment::open(name_, {.access = access, .trust = Trust::anyone}).error().code, Errc::untrusted);
    ASSERT_EQ(::unlink(path().c_str()), 0);
    ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
    const auto folder = Segment::open(name_, {.access = access, .trust = Trust::anyone});
    ASSERT_FALSE(folder);
    EXPECT_TRUE(folder.error().code == Errc::untrusted || folder.error().os_error == EISDIR);
    ASSERT_EQ(::rmdir(path().c_str()), 0);
    make_object(4096);
    ASSERT_EQ(::rename(path().c_str(), (path() + "-other").c_str()), 0);
    ASSERT_EQ(::symlink((path() + "-other").c_str(), path().c_str()), 0);
    EXPECT_EQ(Segment::open(name_, {.access = access, .trust = Trust::anyone}).error().os_error, ELOOP);
    ASSERT_EQ(::unlink(path().c_str()), 0);
    ASSERT_EQ(::unlink((path() + "-other").c_str()), 0);
    if (::mknod(path().c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {  // as /dev/zero; the superuser only
      const auto device = Segment::open(name_, {.access = access, .trust = Trust::anyone});
      ASSERT_FALSE(device);
      EXPECT_TRUE(device.error().code == Errc::untrusted || device.error().os_error == EACCES) << "mounted nodev";
      ASSERT_EQ(::unlink(path().c_str()), 0);
    }
  }
}

TEST_F(OddObjects, without_bytes_are_not_ready_and_of_another_size_refused) {
  make_object(0);
  EXPECT_EQ(Segment::open(name_).error().code, Errc::not_ready);
  EXPECT_EQ(Segment::open(name_, {.size = 4096}).error().code, Errc::not_ready);
  ASSERT_EQ(::truncate(path().c_str(), 4095), 0);
  EXPECT_EQ(Segment::open(name_, {.size = 4096}).error().code, Errc::untrusted);
  EXPECT_TRUE(Segment::open(name_, {.size = 4095}));
}

TEST_F(OddObjects, with_a_header_that_lies_are_taken_whole) {
  make_object(108);
  for (const std::uint64_t claimed :
       {std::uint64_t{99}, std::uint64_t{101}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    std::ofstream(path(), std::ios::binary | std::ios::in).write(reinterpret_cast<const char*>(&claimed), 8);
    const auto segment = Segment::open(name_, {.layout = Layout::compat});
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->layout(), Layout::raw);
    EXPECT_EQ(segment->bytes().size(), 108U);
    EXPECT_EQ(Segment::open(name_, {.size = 100, .layout = Layout::compat}).error().code, Errc::untrusted);
  }
}

}  // namespace
}  // namespace shm::test
