// SPDX-License-Identifier: MIT
#include "soak/driver.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <new>
#include <random>
#include <shm/managed_segment.hpp>
#include <thread>

namespace shm::soak {
namespace {

using Clock = std::chrono::steady_clock;

class Driver {
 public:
  explicit Driver(const Plan& plan)
      : plan_(plan), random_(plan.seed), name_(*SegmentName::parse("/shm-test-soak-" + std::to_string(::getpid()))) {
    void* const memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ledger_ = memory == MAP_FAILED ? nullptr : new (memory) Ledger{};
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    for (int number = 0; number < plan_.workers; ++number) end(number);
    segment_ = {};
    (void)ManagedSegment::unlink(name_);
    ::munmap(ledger_, sizeof(Ledger));
  }

  std::string run() {
    auto created = ManagedSegment::create(name_, {.size = 1 << 17, .participants = 32});
    if (!created) return "the segment can't be created";
    segment_ = *std::move(created);
    for (int number = 0; number < plan_.workers; ++number) start(number);
    constexpr std::uint64_t kReport = 2000;
    for (std::uint64_t kill = 1; kill <= plan_.kills; ++kill) {
      kill_somebody();
      if (ledger_->has_failed != 0) return failure();
      watch();
      const bool is_report = kill % (plan_.fault == Fault::none ? kReport : kReport / 8) == 0;
      if (is_report && !has_progress()) return failure();
      if (is_report && plan_.is_talkative && kill % (10 * kReport) == 0) report(kill);
    }
    for (int number = 0; number < plan_.workers; ++number) end(number);
    if (ledger_->has_failed != 0) return failure();
    if (plan_.is_talkative) report(plan_.kills);
    return look_at_what_is_left();
  }

 private:
  void start(int number) {
    const std::uint64_t seed = random_();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);
      ledger_->living[number] = ::getpid();
      work(name_, *ledger_, number, seed, plan_.fault);
    }
    pids_[static_cast<std::size_t>(number)] = pid;
  }

  void end(int number) {
    pid_t& pid = pids_[static_cast<std::size_t>(number)];
    if (pid <= 0) return;
    // Before the signal: from here on others may have what it has.
    ledger_->living[number] = 0;
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!WIFSIGNALED(status) && ledger_->has_failed.exchange(1) == 0) {
      (void)std::snprintf(ledger_->failure, sizeof ledger_->failure, "a worker has ended by itself: %d", status);
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && ledger_->has_failed.exchange(1) == 0) {
      (void)std::snprintf(ledger_->failure, sizeof ledger_->failure, "a worker has crashed: %d", WTERMSIG(status));
    }
    forget(*ledger_, pid);
    pid = 0;
  }

  void pause(std::uint64_t most_microseconds) {
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % most_microseconds));
  }

  void kill_somebody() {
    pause(1200);
    const auto number = [this] { return static_cast<int>(random_() % static_cast<std::uint64_t>(plan_.workers)); };
    const int victim = number();
    const std::uint64_t chance = random_() % 100;
    if (chance < 5) {  // somebody is merely stopped meanwhile
      const pid_t stopped = pids_[static_cast<std::size_t>(number())];
      ::kill(stopped, SIGSTOP);
      pause(3000);
      replace(victim);
      pause(3000);
      ::kill(stopped, SIGCONT);  // it may have been the victim: no child of ours has its number yet
      return;
    }
    const int other = number();
    if (chance == 5 && other != victim) {
      end(other);
      end(victim);
      start(other);
      return start(victim);
    }
    replace(victim);
  }
  void replace(int number) {
    end(number);
    start(number);
  }

  [[nodiscard]] std::uint64_t all_done() const {
    std::uint64_t sum = 0;
    for (const auto& each : ledger_->done) sum += each.load(std::memory_order_relaxed);
    return sum;
  }

  void watch() {
    const std::uint64_t done = all_done();
    const Clock::time_point now = Clock::now();
    if (done != last_done_) {
      longest_stall_ = std::max(longest_stall_, now - last_progress_);
      last_done_ = done;
      last_progress_ = now;
    }
  }

  /// Whether every job has been done since the last time, or is, as soon as nobody is killed any more.
  bool has_progress() {
    for (int job = 0; job < kJobs; ++job) {
      const Clock::time_point end = Clock::now() + std::chrono::seconds(plan_.patience);
      while (ledger_->done[job] == before_[static_cast<std::size_t>(job)]) {
        if (Clock::now() > end) {
          if (ledger_->has_failed.exchange(1) == 0) {
            (void)std::snprintf(ledger_->failure, sizeof ledger_->failure, "a hang: nobody gets on with '%s'",
                                kJobNames[job]);
          }
          return false;
        }
        if (ledger_->has_failed != 0) return false;
        pause(10'000);
      }
      before_[static_cast<std::size_t>(job)] = ledger_->done[job];
    }
    return true;
  }

  void report(std::uint64_t kills) const {
    const std::chrono::duration<double> took = Clock::now() - begin_;
    const std::chrono::duration<double, std::milli> stall = longest_stall_;
    std::printf(
        "%lu kills, %.0f a second, %lu operations, %lu told of a dead owner, %lu messages, "
        "%lu of them given to another one, longest stall %.0f ms\n",
        static_cast<unsigned long>(kills), static_cast<double>(kills) / took.count(),
        static_cast<unsigned long>(all_done()), static_cast<unsigned long>(ledger_->told.load()),
        static_cast<unsigned long>(ledger_->messages.load()), static_cast<unsigned long>(ledger_->redelivered.load()),
        stall.count());
    (void)std::fflush(stdout);
  }

  static bool has(const Result<Outcome>& got) { return got && *got != Outcome::timed_out; }

  /// What somebody finds who is alone afterwards.
  std::string look_at_what_is_left() {
    const Deadline soon = Deadline::in_milliseconds(5000);
    auto mutex = segment_.mutex("mutex");
    if (!mutex || !has(mutex->lock(soon))) return "the mutex is lost";
    auto rw_lock = segment_.rw_lock("rw lock");
    if (!rw_lock || !has(rw_lock->lock(soon))) return "the rw-lock is lost";
    auto lease = segment_.leased_semaphore("lease", kPermits);
    for (std::uint32_t i = 0; i < kPermits; ++i) {
      const auto got = lease->acquire(soon);
      if (!got || got->outcome == Outcome::timed_out) return "a permit is lost";
    }
    if (const char* lost = look_at_ring()) return lost;
    if (const char* lost = look_at_queue()) return lost;
    std::uint32_t living = 0;
    (void)segment_.for_each_participant([&](const ListedParticipant& each) { living += each.is_live ? 1 : 0; });
    if (living != 1) return "a dead participant is taken for a living one";
    if (const auto closed = segment_.close(); !closed) return "the segment can't be closed";
    if (ManagedSegment::open(name_)) return "the last one has left the name behind";
    return {};
  }

  /// returns  what is lost; null: nothing. Its roles end before the segment does.
  const char* look_at_ring() {
    auto ring = segment_.ring("ring", layout::kLeastRing);
    if (!ring || !ring->producer()) return "a producer's role is lost";
    auto consumer = ring->consumer();
    if (!consumer || !consumer->drain([](auto) {}, 1000)) return "a consumer's role, or what is in the ring, is lost";
    return nullptr;
  }

  /// returns  as look_at_ring()
  const char* look_at_queue() {
    auto queue = segment_.queue("queue", layout::kLeastRing);
    if (!queue) return "the queue is lost";
    const Deadline soon = Deadline::in_milliseconds(5000);
    while (has(queue->receive([](auto) {}, Deadline::now()))) {
    }
    const std::array<std::byte, 2000> message{};
    for (int i = 0; i < 10; ++i) {
      if (!has(queue->send(message, soon))) return "room in the queue is lost";
      if (!has(queue->receive([](auto) {}, soon))) return "a message of the queue is lost";
    }
    return nullptr;
  }

  std::string failure() {
    std::string text = ledger_->failure;
    for (const char* const name : {"mutex", "goods mutex", "rw lock"}) {
      const auto object = segment_.find(name);
      if (!object) continue;
      char line[64];
      (void)std::snprintf(line, sizeof line, "; %s: %08x", name,
                          *reinterpret_cast<const std::uint32_t*>(object->body.data()));
      text += line;
    }
    (void)segment_.for_each_participant([&](const ListedParticipant& each) {
      char line[64];
      (void)std::snprintf(line, sizeof line, "; %08x: process %u, %s", each.token, each.process.pid,
                          each.is_live ? "alive" : "dead");
      text += line;
    });
    return text;
  }

  Plan plan_;
  std::mt19937_64 random_;
  SegmentName name_;
  Ledger* ledger_;
  ManagedSegment segment_;
  std::array<pid_t, kMostWorkers> pids_{};
  std::array<std::uint64_t, kJobs> before_{};
  std::uint64_t last_done_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_progress_ = begin_;
  Clock::duration longest_stall_{};
};

}  // namespace

std::string soak(const Plan& plan) { return Driver(plan).run(); }

}  // namespace shm::soak
