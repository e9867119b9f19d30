// SPDX-License-Identifier: MIT
// Shares a mutex with a Node process. Started by examples/locks.mjs:
//   shm_locks_peer /name count N    adds 1 to a number N times, each time under the mutex
//   shm_locks_peer /name hold       takes the mutex, says so, and keeps it
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <shm/managed_segment.hpp>
#include <shm/segment.hpp>
#include <string>

namespace {

int fail(const char* what, const shm::Error& error) {
  std::fprintf(stderr, "%s: %s (%s)\n", what, std::strerror(error.os_error), error.operation);
  return 1;
}

int count(shm::Mutex& mutex, double& number, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    if (const auto locked = mutex.lock(); !locked) return fail("lock", locked.error());
    number += 1;
    if (const auto unlocked = mutex.unlock(); !unlocked) return fail("unlock", unlocked.error());
  }
  return 0;
}

int hold(shm::Mutex& mutex) {
  if (const auto locked = mutex.lock(); !locked) return fail("lock", locked.error());
  std::puts("holding");
  std::fflush(stdout);
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: shm_locks_peer /name count N | hold\n"), 2;
  const std::string data_name = std::string(argv[1]) + ".data";
  const auto name = shm::SegmentName::parse(argv[1]);
  const auto data = shm::SegmentName::parse(data_name.c_str());
  if (!name || !data) return std::fprintf(stderr, "%s is not a name\n", argv[1]), 2;

  auto segment = shm::ManagedSegment::open(*name);
  if (!segment) return fail("open", segment.error());
  auto mutex = segment->mutex("counter");
  if (!mutex) return fail("mutex", mutex.error());
  if (std::string(argv[2]) == "hold") return hold(*mutex);

  const auto memory = shm::Segment::open(*data);
  if (!memory) return fail("open data", memory.error());
  return count(*mutex, *reinterpret_cast<double*>(memory->bytes().data()), argc > 3 ? std::atoi(argv[3]) : 1);
}
