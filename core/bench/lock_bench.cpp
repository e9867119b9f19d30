// SPDX-License-Identifier: MIT
// One trial: shm_lock_bench VERB CONTENDER VARIANT OPERATIONS WARMUP
// Prints {"ns": time of one operation, "figures": {...}}, or {"notRun": why}.
#include <cstdio>
#include <cstdlib>

#include "cases.hpp"
#include "stage.hpp"

int main(int argc, char** argv) {
  using namespace shm::bench;
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s VERB CONTENDER VARIANT OPERATIONS WARMUP\n", argv[0]);
    return 2;
  }
  const Case run = find_case(argv[1], argv[2], argv[3]);
  if (run == nullptr) {
    std::fprintf(stderr, "no %s of %s, %s\n", argv[1], argv[2], argv[3]);
    return 2;
  }
  if (processor_count() < 2) {
    std::puts("{\"notRun\": \"it needs two processors\"}");
    return 0;
  }
  const Measured measured = run({argv[3], std::strtoull(argv[4], nullptr, 10), std::strtoull(argv[5], nullptr, 10)});
  std::printf("{\"ns\": %.2f, \"figures\": {", measured.nanoseconds);
  const char* separator = "";
  for (const auto& [name, value] : measured.figures) {
    std::printf("%s\"%s\": %.6g", separator, name.c_str(), value);
    separator = ", ";
  }
  std::puts("}}");
}
