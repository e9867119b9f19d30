// SPDX-License-Identifier: MIT
// A managed segment with many processes, some of which are killed.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "support/child.hpp"
#include "support/children.hpp"
#include "support/own_managed.hpp"
#include "support/sanitized.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

using namespace std::chrono_literals;

class ManagedProcesses : public OwnManaged {
 protected:
  void TearDown() override {
    disarm();
    OwnManaged::TearDown();
  }
};

template <class T>
T* make_shared() {
  return new (::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) T{};
}

TEST_F(ManagedProcesses, that_all_crash_leave_a_name_that_the_next_close_removes) {
  {
    const Child<bool> child([&] {
      new (std::nothrow) ManagedSegment(*create());
      return true;
    });
    EXPECT_TRUE(has_name());
  }
  EXPECT_TRUE(has_name());
  Result<ManagedSegment> segment = open();
  ASSERT_TRUE(segment);
  EXPECT_TRUE(segment->close()->destroyed);
}

TEST_F(ManagedProcesses, keep_the_segment_while_one_of_them_is_left) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  const Child<Token> child([&] { return (new ManagedSegment(*open()))->participant().token(); });
  ASSERT_TRUE(child);
  EXPECT_FALSE(segment->close()->destroyed);
  EXPECT_TRUE(has_name());
  segment = open();
  ASSERT_TRUE(segment);
  EXPECT_FALSE(segment->participant().is_dead(*child));
  child.kill();
  while (!segment->participant().is_dead(*child)) std::this_thread::sleep_for(1ms);
  bool is_listed = false;
  ASSERT_TRUE(segment->for_each_participant([&](const ListedParticipant& one) {
    if (one.token == *child) is_listed = !one.is_live && one.process.pid == static_cast<std::uint32_t>(child.pid());
  }));
  EXPECT_TRUE(is_listed);
  EXPECT_TRUE(segment->close()->destroyed);
}

TEST_F(ManagedProcesses, forked_by_one_have_it_closed_and_take_nothing_from_it) {
  Result<ManagedSegment> segment = create();
  const Result<ManagedSegment> asker = open();
  ASSERT_TRUE(segment && asker);
  const Token token = segment->participant().token();
  EXPECT_EQ(ending_of_child([&] {
              must(!segment->is_open() && segment->bytes().empty() && segment->descriptor() == -1);
              must(segment->close().error().code == Errc::closed);
              {
                Result<ManagedSegment> own = open();
                must(own.has_value() && own->participant().token() != token);
                must(!own->participant().is_dead(token));
              }
              *segment = ManagedSegment();
            }),
            kEndedWell);
  EXPECT_TRUE(has_name());
  EXPECT_TRUE(segment->is_open());
}

TEST_F(ManagedProcesses, that_ask_for_an_object_at_once_get_the_same) {
  struct Board {
    std::atomic<int> ready;
    std::atomic<int> made[16];
    std::atomic<std::uint64_t> offsets[16];
  };
  constexpr int kProcesses = 16;
  auto* const board = make_shared<Board>();
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  pid_t children[kProcesses];
  for (int i = 0; i < kProcesses; ++i) {
    children[i] = start_child([&] {
      Result<ManagedSegment> own = open();
      must(own.has_value());
      ++board->ready;
      while (board->ready < kProcesses) ::sched_yield();
      for (int name = 0; name < 16; ++name) {
        const auto object = own->find_or_make("object-" + std::to_string(name), kMutex);
        must(object.has_value());
        if (object->made) ++board->made[name];
        std::uint64_t seen = 0;
        must(board->offsets[name].compare_exchange_strong(seen, object->offset) || seen == object->offset);
      }
    });
  }
  for (const pid_t child : children) EXPECT_EQ(ending_of(child), kEndedWell);
  for (const auto& made : board->made) EXPECT_EQ(made, 1);
  int count = 0;
  EXPECT_TRUE(segment->for_each_object([&](const ListedObject&) { ++count; }));
  EXPECT_EQ(count, 16);
  ::munmap(board, sizeof(Board));
}

TEST_F(ManagedProcesses, killed_while_they_make_an_object_have_made_nothing) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  const std::uint64_t first = segment->find_or_make("first", kMutex)->offset;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ending_of_child([&] {
                Result<ManagedSegment> own = open();
                must(own.has_value());
                (void)own->find_or_make("second", kMutex, [](std::span<std::byte> body) {
                  std::memset(body.data(), 0xAA, body.size());
                  ::raise(SIGKILL);
                });
              }),
              killed_by(SIGKILL));
    EXPECT_EQ(segment->find("second").error().os_error, ENOENT);
  }
  const auto second = segment->find_or_make("second", {.kind = layout::ObjectKind::bytes, .body_size = 64});
  ASSERT_TRUE(second) << second.error().operation;
  EXPECT_TRUE(second->made);
  EXPECT_TRUE(is_zero(second->body));
  EXPECT_EQ(second->offset, first + 64);
}

TEST_F(ManagedProcesses, that_are_stopped_at_the_directory_do_not_lose_it) {
  Result<ManagedSegment> segment = create();
  ASSERT_TRUE(segment);
  const Child<bool> child([&] {
    auto* const own = new ManagedSegment(*open());
    auto& word = *reinterpret_cast<std::uint32_t*>(header_of(*own).directory_mutex);
    word = own->participant().token();
    return true;
  });
  ASSERT_TRUE(child);
  EXPECT_EQ(segment->find_or_make("a", kMutex).error().code, Errc::timeout);
  child.kill();
  EXPECT_TRUE(segment->find_or_make("a", kMutex));
}

// ---- the life of a name ----

constexpr int kKills = kIsSanitized ? 60 : 400;
constexpr unsigned kWatchdogSeconds = 120;

struct Tally {
  std::atomic<bool> is_over;
  std::atomic<std::uint64_t> attaches;
  std::atomic<std::uint64_t> creations;
  std::atomic<std::uint64_t> removals;
};

/// While somebody is attached, the name leads to what he has: nobody removes or replaces it.
void come_and_go(const SegmentName& name, Tally& tally, std::uint32_t longest_pause) {
  std::minstd_rand random(static_cast<unsigned>(::getpid()));
  while (!tally.is_over) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % longest_pause));
    Result<ManagedSegment> segment = ManagedSegment::open_or_create(name, {.size = 4096, .participants = 128});
    if (!segment) (void)std::fprintf(stderr, "%s %d\n", segment.error().operation, segment.error().os_error);
    must(segment.has_value());
    ++tally.attaches;
    if (segment->created()) ++tally.creations;
    for (int i = 0; i < 3; ++i) {
      const auto named = Segment::status(name);
      must(named.has_value());
      must(named->id == segment->id());
      must(!segment->is_retired());
      const auto object = segment->find_or_make("count", {.kind = layout::ObjectKind::bytes, .body_size = 64});
      must(object.has_value());
      auto& count = *reinterpret_cast<std::uint32_t*>(object->body.data());
      std::atomic_ref(count).fetch_add(1);
    }
    const auto closed = segment->close();
    must(closed.has_value());
    if (closed->destroyed) ++tally.removals;
  }
}

struct Crowd {
  const char* name;
  std::size_t processes;
  std::uint32_t longest_pause;  ///< microseconds between two visits of one process
  bool has_unnamed_files;
};
const Crowd kCrowds[] = {{"many", 64, 1, true},
                         {"many_that_are_seldom_there", 64, 20'000, true},
                         {"few", 3, 50, true},
                         {"many_without_unnamed_files", 64, 20'000, false}};

class ManagedName : public ManagedProcesses, public testing::WithParamInterface<Crowd> {
 protected:
  void run(int kills, const Crowd& crowd) {
    auto* const tally = make_shared<Tally>();
    std::mt19937 random{1};  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
    std::vector<pid_t> pids(crowd.processes);
    const auto start = [&](pid_t& pid) {
      pid = ::fork();
      if (pid != 0) return;
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::alarm(kWatchdogSeconds);
      come_and_go(name_, *tally, crowd.longest_pause);
      ::_exit(0);
    };
    for (pid_t& pid : pids) start(pid);
    std::set<pid_t> killed;
    for (int i = 0; i < kills; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      pid_t& pid = pids[random() % pids.size()];
      killed.insert(pid);
      ::kill(pid, SIGKILL);
      ASSERT_EQ(ending_of(pid), killed_by(SIGKILL));
      start(pid);
    }
    tally->is_over = true;
    for (const pid_t pid : pids) EXPECT_EQ(ending_of(pid), kEndedWell);
    RecordProperty("attaches", static_cast<int>(tally->attaches));
    RecordProperty("creations", static_cast<int>(tally->creations));
    RecordProperty("removals", static_cast<int>(tally->removals));
    EXPECT_GT(tally->creations, 0U);
    // A killed one may have had the name last; then the next last close removes it.
    { EXPECT_TRUE(ManagedSegment::open_or_create(name_, {.size = 4096})); }
    EXPECT_FALSE(has_name());
    ::munmap(tally, sizeof(Tally));
    const int hidden = remove_hidden_drafts("/dev/shm", [&](pid_t pid) { return killed.contains(pid); });
    EXPECT_TRUE(hidden == 0 || !crowd.has_unnamed_files);
  }
};

TEST_P(ManagedName, leads_to_the_one_live_segment) {
  if (!GetParam().has_unnamed_files) refuse_unnamed_files();
  run(kKills, GetParam());
}

INSTANTIATE_TEST_SUITE_P(With, ManagedName, testing::ValuesIn(kCrowds),
                         [](const auto& crowd) { return std::string(crowd.param.name); });

}  // namespace
}  // namespace shm::test
