// The system calls of each case in plain C: calls VERB KIND KEY BYTES SEGMENTS COUNT ROUNDS WARMUP
// Prints {"ns": time of one operation}. The verb `hold` creates the segments and keeps them until its standard input
// ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  char* address;
  size_t size;
  int id;  // System V only
} Mapping;

// A way to do the four operations; `key` is a POSIX name or a System V number.
typedef struct {
  Mapping (*create)(const char* key, size_t bytes);
  void (*destroy)(const char* key, Mapping mapping);
  Mapping (*get)(const char* key);
  void (*detach)(Mapping mapping);
} Calls;

typedef struct {
  const Calls* calls;
  size_t bytes;
  char (*keys)[200];  // of the segments
  Mapping* mappings;  // room for as many
  long segments;
  long count;
} Job;

static void check(int ok, const char* what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static const char* shm_path(const char* name) {
  static char path[300];
  snprintf(path, sizeof path, "/dev/shm%s", name);
  return path;
}

static Mapping map(int fd, size_t size) {
  char* address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(address != MAP_FAILED, "mmap");
  return (Mapping){address, size, 0};
}

// POSIX as this package does it: reserved, and without a name until it is complete.
static Mapping create_posix(const char* name, size_t bytes) {
  struct rlimit limit;
  const int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0660);
  check(fd >= 0, "open");
  check(getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes + 8 <= limit.rlim_cur, "getrlimit");
  check(fallocate(fd, 0, 0, (off_t)bytes + 8) == 0, "fallocate");
  const Mapping mapping = map(fd, bytes + 8);
  *(uint64_t*)mapping.address = bytes;
  if (linkat(fd, "", AT_FDCWD, shm_path(name), AT_EMPTY_PATH) != 0) {
    char self[40];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    check(linkat(AT_FDCWD, self, AT_FDCWD, shm_path(name), AT_SYMLINK_FOLLOW) == 0, "linkat");
  }
  close(fd);
  return mapping;
}

static void detach_posix(Mapping mapping) { check(munmap(mapping.address, mapping.size) == 0, "munmap"); }

static void destroy_posix(const char* name, Mapping mapping) {
  detach_posix(mapping);
  check(unlink(shm_path(name)) == 0, "unlink");
}

static Mapping get_posix(const char* name) {
  struct stat object;
  uint64_t payload;
  const int fd = open(shm_path(name), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  check(fd >= 0, "open");
  check(fstat(fd, &object) == 0, "fstat");
  check(pread(fd, &payload, sizeof payload, 0) == sizeof payload, "pread");
  const Mapping mapping = map(fd, (size_t)object.st_size);
  close(fd);
  return mapping;
}

// POSIX as most programs do it.
static Mapping create_naive(const char* name, size_t bytes) {
  const int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0660);
  check(fd >= 0, "shm_open");
  check(ftruncate(fd, (off_t)bytes) == 0, "ftruncate");
  const Mapping mapping = map(fd, bytes);
  close(fd);
  return mapping;
}

// With the size in front, as this package reads it, but without the memory.
static Mapping create_sparse(const char* name, size_t bytes) {
  const Mapping mapping = create_naive(name, bytes + 8);
  *(uint64_t*)mapping.address = bytes;
  return mapping;
}

static void destroy_naive(const char* name, Mapping mapping) {
  detach_posix(mapping);
  check(shm_unlink(name) == 0, "shm_unlink");
}

static Mapping attach(int id, size_t size) {
  char* address = shmat(id, NULL, 0);
  check(address != (void*)-1, "shmat");
  return (Mapping){address, size, id};
}

static Mapping create_sysv(const char* key, size_t bytes) {
  const int id = shmget((key_t)strtoul(key, NULL, 10), bytes, IPC_CREAT | IPC_EXCL | 0660);
  check(id >= 0, "shmget");
  return attach(id, bytes);
}

static void destroy_sysv(const char* key, Mapping mapping) {
  (void)key;
  check(shmdt(mapping.address) == 0, "shmdt");
  check(shmctl(mapping.id, IPC_RMID, NULL) == 0, "IPC_RMID");
}

static Mapping get_sysv(const char* key) {
  struct shmid_ds segment;
  const int id = shmget((key_t)strtoul(key, NULL, 10), 0, 0);
  check(id >= 0, "shmget");
  check(shmctl(id, IPC_STAT, &segment) == 0, "IPC_STAT");
  return attach(id, segment.shm_segsz);
}

static void detach_sysv(Mapping mapping) {
  struct shmid_ds segment;
  check(shmdt(mapping.address) == 0, "shmdt");
  check(shmctl(mapping.id, IPC_STAT, &segment) == 0, "IPC_STAT");
}

static void create_destroy(const Job* job) {
  for (long i = 0; i < job->count; i++) {
    job->calls->destroy(job->keys[0], job->calls->create(job->keys[0], job->bytes));
  }
}

static void get_detach(const Job* job) {
  static long next = 0;
  for (long i = 0; i < job->count; i++) {
    job->calls->detach(job->calls->get(job->keys[next]));
    next = (next + 1) % job->segments;
  }
}

static void fill(const Job* job) {
  const Mapping mapping = job->calls->create(job->keys[0], job->bytes);
  memset(mapping.address, 1, mapping.size);
  job->calls->destroy(job->keys[0], mapping);
}

static void create_all(const Job* job) {
  for (long i = 0; i < job->segments; i++) job->mappings[i] = job->calls->create(job->keys[i], job->bytes);
}

static void destroy_all(const Job* job) {
  for (long i = 0; i < job->segments; i++) job->calls->destroy(job->keys[i], job->mappings[i]);
}

static void many(const Job* job) {
  create_all(job);
  for (long i = 0; i < job->segments; i++) job->calls->detach(job->mappings[i]);
  for (long i = 0; i < job->segments; i++) job->mappings[i] = job->calls->get(job->keys[i]);
  destroy_all(job);
}

static int hold(const Job* job) {
  create_all(job);
  puts("{}");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  destroy_all(job);
  return 0;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static const struct {
  const char* name;
  Calls calls;
} kinds[] = {
    {"posix", {create_posix, destroy_posix, get_posix, detach_posix}},
    {"naive", {create_naive, destroy_naive, get_posix, detach_posix}},
    {"sparse", {create_sparse, destroy_naive, get_posix, detach_posix}},
    {"sysv", {create_sysv, destroy_sysv, get_sysv, detach_sysv}},
};

static const struct {
  const char* name;
  void (*round)(const Job* job);
} verbs[] = {{"create-destroy", create_destroy}, {"get-detach", get_detach}, {"fill", fill}, {"many", many}};

static const Calls* find_calls(const char* name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(name, kinds[i].name) == 0) return &kinds[i].calls;
  }
  fprintf(stderr, "no kind %s\n", name);
  exit(2);
}

static void make_keys(Job* job, const char* key) {
  const int numbers = job->calls->create == create_sysv;
  job->keys = calloc((size_t)job->segments, sizeof *job->keys);
  job->mappings = calloc((size_t)job->segments, sizeof *job->mappings);
  check(job->keys != NULL && job->mappings != NULL, "calloc");
  for (long i = 0; i < job->segments; i++) {
    if (numbers) {
      snprintf(job->keys[i], sizeof *job->keys, "%ld", atol(key) + i);
    } else {
      snprintf(job->keys[i], sizeof *job->keys, "%s-%ld", key, i);
    }
  }
}

static void run(const Job* job, void (*round)(const Job*), long rounds, long warmup) {
  for (long i = 0; i < warmup; i++) round(job);
  const double start = now();
  for (long i = 0; i < rounds; i++) round(job);
  printf("{\"ns\": %.1f}\n", (now() - start) / (double)(rounds * job->count));
}

int main(int argc, char** argv) {
  if (argc != 9) {
    fprintf(stderr, "usage: %s VERB KIND KEY BYTES SEGMENTS COUNT ROUNDS WARMUP\n", argv[0]);
    return 2;
  }
  Job job = {.calls = find_calls(argv[2]),
             .bytes = strtoul(argv[4], NULL, 10),
             .segments = atol(argv[5]),
             .count = atol(argv[6])};
  make_keys(&job, argv[3]);
  if (strcmp(argv[1], "hold") == 0) return hold(&job);
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(argv[1], verbs[i].name) != 0) continue;
    run(&job, verbs[i].round, atol(argv[7]), atol(argv[8]));
    return 0;
  }
  fprintf(stderr, "no verb %s\n", argv[1]);
  return 2;
}
