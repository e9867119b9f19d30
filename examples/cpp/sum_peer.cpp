// SPDX-License-Identifier: MIT
// Opens the POSIX segment of a Node process, adds up its numbers and writes the sum into the first of them.
// Started by examples/cpp-peer.mjs:  shm_sum_peer /name
#include <cstdio>
#include <cstring>
#include <numeric>
#include <shm/segment.hpp>
#include <span>

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: shm_sum_peer /name\n"), 2;
  const auto name = shm::SegmentName::parse(argv[1]);
  if (!name) return std::fprintf(stderr, "%s: expected %s\n", argv[1], name.error().operation), 2;

  // compat: what create() of the npm package makes, 8 bytes size and then the array.
  const auto segment = shm::Segment::open(*name, {.layout = shm::Layout::compat});
  if (!segment) {
    const shm::Error& error = segment.error();
    return std::fprintf(stderr, "open %s: %s (%s)\n", argv[1], std::strerror(error.os_error), error.operation), 1;
  }
  const std::span<std::byte> bytes = segment->bytes();
  const std::span numbers(reinterpret_cast<double*>(bytes.data()), bytes.size() / sizeof(double));
  numbers[0] = std::accumulate(numbers.begin(), numbers.end(), 0.0);
  std::printf("[C++]  added up %zu numbers: %g\n", numbers.size(), numbers[0]);
}
