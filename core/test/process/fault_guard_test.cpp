// SPDX-License-Identifier: MIT
// What is lost and how it is survived; what is not ours ends the process as it would without us.
#include "fault_guard.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <shm/segment.hpp>
#include <thread>
#include <vector>

#include "support/children.hpp"
#include "support/lost_pages.hpp"
#include "support/own_objects.hpp"

namespace shm::test {
namespace {

using fault_guard::Slot;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

/// Guards something that stays whole, which installs the handler.
Slot install() {
  static const Mapping kWhole(1);
  return *fault_guard::add(kWhole.base(), kWhole.size());
}

TEST(FaultGuard, reads_zeros_where_a_peer_truncated_a_posix_object) {
  const SegmentName name = unique_name();
  constexpr std::size_t kPages = 16;
  Result<Segment> segment = Segment::create(name, {.size = kPages * kPage});
  ASSERT_TRUE(segment);
  const std::span<std::byte> bytes = segment->bytes();
  std::memset(bytes.data(), 5, bytes.size());
  const std::string path = std::string("/dev/shm") + name.c_str();
  const std::size_t cut = 3 * kPage + 100;

  EXPECT_EQ(ending_of_child([&] {
              const Slot slot = *fault_guard::add(bytes.data(), bytes.size());
              std::filesystem::resize_file(path, cut);
              must(!fault_guard::has_faulted(slot));
              for (std::size_t at = 0; at < bytes.size(); at += 50) must(read(&bytes[at]) == (at < cut ? 5 : 0));
              must(fault_guard::has_faulted(slot));
            }),
            kEndedWell);
  EXPECT_EQ(ending_of_child([&] { read(&bytes.back()); }), killed_by(SIGBUS)) << "without a guard";
  ASSERT_TRUE(Segment::unlink(name));
}

TEST(FaultGuard, keeps_to_this_process_what_is_written_to_a_lost_page) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(2);
              (void)fault_guard::add(lost.base(), lost.size());
              lost.resize(kPage);
              write(lost.page(1) + 10, 9);
              must(read(lost.page(1) + 10) == 9);
              lost.resize(2 * kPage);
              char seen_by_peers = 1;
              must(::pread(lost.file(), &seen_by_peers, 1, static_cast<off_t>(kPage) + 10) == 1);
              must(seen_by_peers == 0);
              must(read(lost.page(1) + 10) == 9);
            }),
            kEndedWell);
}

constexpr int kNoPrivilege = 77;

/// Root in a user namespace of its own, for those who aren't root.
bool become_root() {
  const auto write_file = [](const char* path, const std::string& text) { std::ofstream(path) << text; };
  const std::string user = "0 " + std::to_string(::getuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getgid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/gid_map", group);
  write_file("/proc/self/uid_map", user);
  return ::getuid() == 0;
}

/// A small /dev/shm that only this process sees.
void mount_small_tmpfs(const char* options) {
  const bool has_own_mounts = ::unshare(CLONE_NEWNS) == 0 || become_root();
  if (!has_own_mounts || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/dev/shm", "tmpfs", 0, options) != 0) {
    ::_exit(kNoPrivilege);
  }
}

TEST(FaultGuard, survives_a_file_system_that_fills_up_under_a_sparse_object) {
  const std::string ending = ending_of_child([] {
    mount_small_tmpfs("size=64k");
    constexpr std::size_t kPages = 256;
    const Result<Segment> segment = Segment::create(unique_name(), {.size = kPages * kPage, .reserve = false});
    must(segment.has_value());
    std::byte* base = segment->bytes().data();
    const Slot slot = *fault_guard::add(base, segment->bytes().size());
    write(base, 1);
    must(!fault_guard::has_faulted(slot));
    for (std::size_t i = 0; i < kPages; ++i) write(base + i * kPage, 3);
    must(fault_guard::has_faulted(slot));
    for (std::size_t i = 0; i < kPages; ++i) {
      must(read(base + i * kPage) == 3);
      must(read(base + i * kPage + 1) == 0);
    }
  });
  if (ending == "exit " + std::to_string(kNoPrivilege)) GTEST_SKIP() << "may not mount a file system";
  EXPECT_EQ(ending, kEndedWell);
}

TEST(FaultGuard, replaces_a_whole_huge_page) {
  const std::string ending = ending_of_child([] {
    constexpr std::size_t kHuge = std::size_t{2} << 20;
    const Mapping lost(2 * kHuge / kPage, MFD_HUGETLB | (21U << 26U));
    if (!lost.is_valid()) ::_exit(kNoPrivilege);
    const Slot slot = *fault_guard::add(lost.base(), lost.size());
    write(lost.base(), 4);
    lost.resize(kHuge);
    must(read(lost.base() + kHuge + 5000) == 0);
    must(fault_guard::has_faulted(slot));
    must(read(lost.base()) == 4);
    lost.resize(0);
    must(read(lost.base() + kHuge - 1) == 0);
  });
  if (ending == "exit " + std::to_string(kNoPrivilege)) {
    GTEST_SKIP() << "no huge pages: echo 2 > /proc/sys/vm/nr_hugepages";
  }
  EXPECT_EQ(ending, kEndedWell);
}

TEST(FaultGuard, survives_when_the_process_may_have_no_more_mappings) {
  long limit = 0;
  std::ifstream("/proc/sys/vm/max_map_count") >> limit;
  if (limit > 200'000 || kIsSanitized) GTEST_SKIP() << "takes all mappings that a process may have: " << limit;
  EXPECT_EQ(ending_of_child([limit] {
              const Mapping lost(9);
              const Slot slot = *fault_guard::add(lost.base(), lost.size());
              lost.resize(kPage);
              const std::size_t pages = static_cast<std::size_t>(limit) + 100;
              auto* base = static_cast<std::byte*>(
                  ::mmap(nullptr, pages * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
              std::size_t i = 1;
              while (i < pages && ::mprotect(base + i * kPage, kPage, PROT_READ) == 0) i += 2;
              must(i < pages && errno == ENOMEM);
              must(read(lost.page(4)) == 0);
              must(fault_guard::has_faulted(slot));
            }),
            kEndedWell);
}

TEST(FaultGuard, lets_a_fault_outside_of_its_ranges_kill) {
  EXPECT_EQ(ending_of_child([] {
              install();
              const Mapping foreign(1);
              foreign.resize(0);
              read(foreign.base());
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuard, lets_a_fault_in_a_range_that_it_had_kill) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(2);
              lost.resize(0);
              const Slot slot = *fault_guard::add(lost.base(), lost.size());
              must(read(lost.page(0)) == 0);
              fault_guard::remove(slot);
              must(read(lost.page(0)) == 0);
              read(lost.page(1));
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuard, lets_a_signal_that_was_sent_kill) {
  EXPECT_EQ(ending_of_child([] {
              install();
              ::kill(::getpid(), SIGBUS);
              ::sleep(60);
            }),
            killed_by(SIGBUS));
  EXPECT_EQ(ending_of_child([] {
              install();
              ::raise(SIGBUS);
            }),
            killed_by(SIGBUS));
  EXPECT_EQ(ending_of_child([] {
              install();
              ::sigqueue(::getpid(), SIGBUS, sigval{.sival_int = 1});
            }),
            killed_by(SIGBUS));
}

TEST(FaultGuard, works_in_a_forked_child_on_its_own) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(2);
              const Slot slot = *fault_guard::add(lost.base(), lost.size());
              lost.resize(0);
              must(ending_of(start_child([&] { read(lost.base()); })) == killed_by(SIGBUS));  // SIG_DFL, set there
              const pid_t child = ::fork();
              if (child == 0) {
                must(read(lost.base()) == 0);
                must(fault_guard::has_faulted(slot));
                fault_guard::remove(slot);
                ::_exit(0);
              }
              must(ending_of(child) == kEndedWell);
              must(!fault_guard::has_faulted(slot));
              must(read(lost.page(1)) == 0);
              must(fault_guard::has_faulted(slot));
            }),
            kEndedWell);
}

}  // namespace
}  // namespace shm::test
