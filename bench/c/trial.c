// One trial in plain C: trial VERB KIND KEY BYTES SEGMENTS COUNT ROUNDS WARMUP
// Prints {"ns": time of one operation}. The verb `hold` creates the segments and keeps them until its standard input
// ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calls.h"

typedef struct {
  const Calls* calls;
  size_t bytes;
  Key* keys;  // of the segments
  Mapping* mappings;
  long segments;
  long count;
} Job;

static void create_destroy(const Job* job) {
  for (long i = 0; i < job->count; i++) {
    job->calls->destroy(&job->keys[0], job->calls->create(&job->keys[0], job->bytes));
  }
}

static void get_detach(const Job* job) {
  static long next = 0;
  for (long i = 0; i < job->count; i++) {
    job->calls->detach(job->calls->get(&job->keys[next]));
    next = (next + 1) % job->segments;
  }
}

static void fill(const Job* job) {
  const Mapping mapping = job->calls->create(&job->keys[0], job->bytes);
  memset(mapping.address, 1, mapping.size);
  job->calls->destroy(&job->keys[0], mapping);
}

static void create_all(const Job* job) {
  for (long i = 0; i < job->segments; i++) job->mappings[i] = job->calls->create(&job->keys[i], job->bytes);
}

static void destroy_all(const Job* job) {
  for (long i = 0; i < job->segments; i++) job->calls->destroy(&job->keys[i], job->mappings[i]);
}

static void many(const Job* job) {
  create_all(job);
  for (long i = 0; i < job->segments; i++) job->calls->detach(job->mappings[i]);
  for (long i = 0; i < job->segments; i++) job->mappings[i] = job->calls->get(&job->keys[i]);
  destroy_all(job);
}

static void hold(const Job* job) {
  create_all(job);
  puts("{}");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  destroy_all(job);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const Job* job, void (*round)(const Job*), long rounds, long warmup) {
  for (long i = 0; i < warmup; i++) round(job);
  const double start = now();
  for (long i = 0; i < rounds; i++) round(job);
  printf("{\"ns\": %.1f}\n", (now() - start) / (double)(rounds * job->count));
}

static const Calls* find_calls(const char* name) {
  static const Calls* const kinds[] = {&posix_calls, &naive_calls, &sysv_calls, &segment_posix_calls,
                                       &segment_sysv_calls};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(name, kinds[i]->name) == 0) return kinds[i];
  }
  fprintf(stderr, "no kind %s\n", name);
  exit(2);
}

// As keysOf() of bench/model.ts does it.
static Key* make_keys(const char* first, long segments) {
  Key* keys = calloc((size_t)segments, sizeof *keys);
  check(keys != NULL, "calloc");
  for (long i = 0; i < segments; i++) {
    snprintf(keys[i].path, sizeof keys[i].path, SHM_FOLDER "%s-%ld", first, i);
    keys[i].number = (key_t)(strtol(first, NULL, 10) + i);
  }
  return keys;
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*round)(const Job* job);
  } verbs[] = {{"create-destroy", create_destroy}, {"get-detach", get_detach}, {"fill", fill}, {"many", many}};

  if (argc != 9) {
    fprintf(stderr, "usage: %s VERB KIND KEY BYTES SEGMENTS COUNT ROUNDS WARMUP\n", argv[0]);
    return 2;
  }
  Job job = {.calls = find_calls(argv[2]),
             .bytes = strtoul(argv[4], NULL, 10),
             .segments = atol(argv[5]),
             .count = atol(argv[6])};
  job.keys = make_keys(argv[3], job.segments);
  job.mappings = calloc((size_t)job.segments, sizeof *job.mappings);
  check(job.mappings != NULL, "calloc");

  if (strcmp(argv[1], "hold") == 0) {
    hold(&job);
    return 0;
  }
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(argv[1], verbs[i].name) != 0) continue;
    measure(&job, verbs[i].round, atol(argv[7]), atol(argv[8]));
    return 0;
  }
  fprintf(stderr, "no verb %s\n", argv[1]);
  return 2;
}
