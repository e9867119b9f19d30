// SPDX-License-Identifier: MIT
#include "stage.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <shm/sync/word.hpp>
#include <string>
#include <utility>

namespace shm::bench {
namespace {

std::vector<int> own_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  require(::sched_getaffinity(0, sizeof set, &set) == 0, "sched_getaffinity");
  std::vector<int> result;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) result.push_back(i);
  }
  return result;
}

void pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  require(::sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

}  // namespace

Stage::Stage() : lock_file_(::memfd_create("shm-lock-bench", MFD_CLOEXEC)), processors_(own_processors()) {
  require(lock_file_ >= 0, "memfd_create");
  void* memory = ::mmap(nullptr, sizeof(Area), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "mmap");
  area_ = static_cast<Area*>(memory);
}

Stage::~Stage() {
  ::munmap(area_, sizeof(Area));
  ::close(lock_file_);
}

void Stage::run(std::uint32_t processes, Placement placement, const std::function<void(const Actor&)>& part,
                const std::function<void()>& direct) {
  for (std::uint32_t i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    require(child >= 0, "fork");
    if (child != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    play(i, placement, part);
    ::_exit(0);
  }
  const std::atomic_ref ready(area_->ready);
  for (std::uint32_t seen = ready; seen < processes; seen = ready) (void)wait(area_->ready, seen);
  std::atomic_ref(area_->started) = 1;
  notify(area_->started, processes);
  direct();
  for (std::uint32_t i = 0; i < processes; ++i) {
    int status = 0;
    require(::wait(&status) > 0 && status == 0, "a process of the trial");
  }
}

void Stage::play(std::uint32_t index, Placement placement, const std::function<void(const Actor&)>& part) {
  if (placement == Placement::one_core) pin(processors_.front());
  if (placement == Placement::own_cores) pin(processors_[index % processors_.size()]);
  // An open file description of its own, as each participant has one.
  const std::string path = "/proc/self/fd/" + std::to_string(lock_file_);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  require(descriptor >= 0, "open");
  Result<Participant> joined = Participant::join(area_->slots, descriptor);
  require(joined.has_value(), "join");
  const Participant participant = *std::move(joined);

  std::atomic_ref(area_->ready).fetch_add(1);
  notify(area_->ready, 1);
  while (std::atomic_ref(area_->started) == 0) (void)wait(area_->started, 0);
  part({*area_, participant, index});
}

void meet(Area& area, std::uint32_t processes) {
  const std::atomic_ref met(area.met);
  met.fetch_add(1);
  while (met < processes) ::sched_yield();
}

std::uint32_t processor_count() { return static_cast<std::uint32_t>(own_processors().size()); }

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

void spend(std::uint64_t nanoseconds) {
  for (const std::uint64_t end = now() + nanoseconds; now() < end;) {
  }
}

void rest(std::uint64_t nanoseconds) {
  const timespec length{.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000),
                        .tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000)};
  ::nanosleep(&length, nullptr);
}

std::uint64_t sleeps() {
  rusage usage{};
  require(::getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

void require(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::exit(1);
}

}  // namespace shm::bench
