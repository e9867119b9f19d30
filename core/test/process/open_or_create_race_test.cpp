// SPDX-License-Identifier: MIT
// 64 processes call open_or_create() at once, round after round, and some of them are killed at random instants.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <new>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "support/own_segment.hpp"
#include "support/sanitized.hpp"
#include "support/system_calls.hpp"

namespace shm::test {
namespace {

constexpr int kRounds = kIsSanitized ? 60 : 1000;
constexpr int kProcesses = 64;
constexpr std::uint64_t kSize = 12'288;
constexpr unsigned kWatchdogSeconds = 60;  // without a round: somebody hangs

using Word = std::atomic<std::uint32_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 4, "a lock would be private to one process");

void wait_while(Word& word, std::uint32_t value, const timespec* at_most = nullptr) {
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, at_most, nullptr, 0);
}
void wake(Word& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0); }

/// What one process says of a round; whole once `round` is.
struct Report {
  Word round;  // sync: report
  bool created;
  bool is_as_it_should_be;
  Error error;  // its text is at the same address in every fork
  ObjectId id;
};

/// In memory that all the processes share.
struct Board {
  Word round;         // sync: round
  Word report_count;  // of the round
  std::array<Report, kProcesses> reports;
};

/// The segment that a round is about; `unlink` says whether there was one.
struct Contest {
  std::function<Result<Segment>(const SegmentOptions&)> open_or_create;
  std::function<bool()> unlink;
};

/// Zero, but for the first word, which the creator sets to the round at any time.
bool is_zero_but_for_mark(std::span<std::byte> bytes, std::uint32_t round) {
  const std::uint32_t mark = std::atomic_ref(*reinterpret_cast<std::uint32_t*>(bytes.data())).load();
  return (mark == 0 || mark == round) && is_zero(bytes.subspan(sizeof mark));
}

void take_part(Board& board, Report& report, const Contest& contest, std::uint32_t round) {
  Result<Segment> segment = contest.open_or_create({.size = kSize});
  report.error = segment ? Error{} : segment.error();
  report.created = segment && segment->created();
  report.is_as_it_should_be = false;
  if (segment) {
    report.id = segment->status()->id;
    report.is_as_it_should_be = segment->bytes().size() == kSize && segment->status()->size == kSize &&
                                !segment->status()->is_removed && is_zero_but_for_mark(segment->bytes(), round);
    if (report.created) std::atomic_ref(*reinterpret_cast<std::uint32_t*>(segment->bytes().data())).store(round);
  }
  report.round.store(round, std::memory_order_release);  // sync: report
  if (++board.report_count == kProcesses) wake(board.report_count);
}

class Race {
 public:
  explicit Race(Contest contest) : contest_(std::move(contest)) {
    void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    board_ = new (memory) Board{};
    for (std::size_t i = 0; i < kProcesses; ++i) start(i);
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;
  ~Race() {
    ::alarm(0);
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::munmap(board_, sizeof(Board));
  }

  /// kills  so many of the processes are killed meanwhile
  void run_round(int kills) {
    ::alarm(kWatchdogSeconds);
    ++round_;
    killed_.fill(false);
    board_->report_count = 0;
    board_->round.store(round_, std::memory_order_release);  // sync: round
    const auto start = std::chrono::steady_clock::now();
    wake(board_->round);
    for (int i = 0; i < kills; ++i) kill_somebody(start);
    while (!everybody_is_done()) {
      const timespec a_moment{.tv_sec = 0, .tv_nsec = 1'000'000};
      wait_while(board_->report_count, board_->report_count, &a_moment);
      look_for_dead();
    }
    if (kills == 0) duration_ = std::chrono::steady_clock::now() - start;
    check();
    for (std::size_t i = 0; i < kProcesses; ++i) {
      if (killed_[i]) this->start(i);
    }
  }

  [[nodiscard]] int rounds_without_creator() const { return rounds_without_creator_; }
  [[nodiscard]] const std::set<pid_t>& killed() const { return all_killed_; }

 private:
  void start(std::size_t index) {
    const pid_t parent = ::getpid();
    pids_[index] = ::fork();
    if (pids_[index] != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    for (std::uint32_t done = round_;;) {
      std::uint32_t round = board_->round.load(std::memory_order_acquire);  // sync: round
      if (round == done) {
        wait_while(board_->round, done);
        continue;
      }
      take_part(*board_, board_->reports[index], contest_, round);
      done = round;
    }
  }

  void kill_somebody(std::chrono::steady_clock::time_point start) {
    // Rather early, when the creator is at work.
    const double part = std::uniform_real_distribution(0.0, 1.0)(random_);
    const auto instant = start + duration_ * part * part;
    while (std::chrono::steady_clock::now() < instant) std::this_thread::yield();
    const auto index = std::uniform_int_distribution<std::size_t>(0, kProcesses - 1)(random_);
    if (killed_[index]) return;
    killed_[index] = true;
    all_killed_.insert(pids_[index]);
    ::kill(pids_[index], SIGKILL);
    EXPECT_EQ(::waitpid(pids_[index], nullptr, 0), pids_[index]);
  }

  [[nodiscard]] bool has_reported(std::size_t index) const {
    return board_->reports[index].round.load(std::memory_order_acquire) == round_;  // sync: report
  }
  [[nodiscard]] bool everybody_is_done() const {
    for (std::size_t i = 0; i < kProcesses; ++i) {
      if (!killed_[i] && !has_reported(i)) return false;
    }
    return true;
  }
  /// A process that has ended by itself would be waited for in vain.
  void look_for_dead() {
    for (std::size_t i = 0; i < kProcesses; ++i) {
      int status = 0;
      if (killed_[i] || ::waitpid(pids_[i], &status, WNOHANG) != pids_[i]) continue;
      ADD_FAILURE() << "process " << i << " ended by itself in round " << round_ << ", with status " << status;
      killed_[i] = true;
    }
  }

  void check() {
    int creators = 0;
    int silent = 0;
    const Report* first = nullptr;
    for (std::size_t i = 0; i < kProcesses; ++i) {
      if (!has_reported(i)) {
        ++silent;
        continue;
      }
      const Report& report = board_->reports[i];
      EXPECT_STREQ(report.error.operation, "") << report.error.os_error;
      EXPECT_TRUE(report.is_as_it_should_be);
      creators += report.created ? 1 : 0;
      if (first == nullptr) first = &report;
      EXPECT_EQ(report.id, first->id);
    }
    EXPECT_LE(creators, 1);
    if (silent == 0) {
      EXPECT_EQ(creators, 1);
    }
    rounds_without_creator_ += creators == 0 ? 1 : 0;
    const Result<Segment> left = contest_.open_or_create({.size = kSize});
    ASSERT_TRUE(left) << left.error().operation << " " << left.error().os_error;
    EXPECT_EQ(left->created(), first == nullptr) << "everybody was killed";
    if (first != nullptr) {
      EXPECT_EQ(left->status()->id, first->id);
    }
    EXPECT_TRUE(contest_.unlink());
  }

  Contest contest_;
  Board* board_ = nullptr;
  std::array<pid_t, kProcesses> pids_{};
  std::array<bool, kProcesses> killed_{};  // in this round
  std::set<pid_t> all_killed_;
  std::uint32_t round_ = 0;
  int rounds_without_creator_ = 0;
  std::chrono::steady_clock::duration duration_ = std::chrono::milliseconds(1);
  std::mt19937 random_{1};  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
};

class OpenOrCreateRace : public OwnSegment {
 protected:
  void TearDown() override {
    disarm();
    OwnSegment::TearDown();
  }

  /// returns  how many of the killed have left a hidden draft in `folder`
  static int run(const Contest& contest, int rounds, const std::filesystem::path& folder = "/dev/shm") {
    Race race(contest);
    for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) race.run_round(round % 4 * 5);
    RecordProperty("rounds_without_creator", race.rounds_without_creator());
    return remove_hidden_drafts(folder, [&](pid_t pid) { return race.killed().contains(pid); });
  }

  [[nodiscard]] Contest of_name() const {
    return {[this](const SegmentOptions& options) { return Segment::open_or_create(name_, options); },
            [this] { return Segment::unlink(name_).has_value(); }};
  }
  static Contest of_file(const std::filesystem::path& path) {
    return {[path](const SegmentOptions& options) { return Segment::open_file(path.c_str(), options); },
            [path] { return std::filesystem::remove(path); }};
  }
};

TEST_F(OpenOrCreateRace, for_a_name_has_one_winner) { EXPECT_EQ(run(of_name(), kRounds), 0); }

TEST_F(OpenOrCreateRace, for_a_name_has_one_winner_also_without_unnamed_files) {
  refuse_unnamed_files();
  run(of_name(), kRounds / 4);
}

TEST_F(OpenOrCreateRace, for_a_key_has_one_winner) {
  const Contest contest{[this](const SegmentOptions& options) { return Segment::open_or_create(key_, options); },
                        [this] { return Segment::unlink(key_).has_value(); }};
  EXPECT_EQ(run(contest, kRounds), 0);
}

TEST_F(OpenOrCreateRace, for_a_file_in_memory_has_one_winner) { EXPECT_EQ(run(of_file(path()), kRounds), 0); }

TEST_F(OpenOrCreateRace, for_a_file_on_a_disk_has_one_winner) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / unique_text().substr(1);
  run(of_file(path), kRounds / 10, path.parent_path());
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace shm::test
