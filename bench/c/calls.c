// The system calls of each case in plain C: calls VERB KIND KEY BYTES COUNT ROUNDS WARMUP
// Prints {"ns": time of one operation}. The verb `hold` creates a segment and keeps it until its standard input ends.
#define _GNU_SOURCE
#include <errno.h>
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
  const char* key;
  size_t bytes;
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
  for (long i = 0; i < job->count; i++) job->calls->destroy(job->key, job->calls->create(job->key, job->bytes));
}

static void get_detach(const Job* job) {
  for (long i = 0; i < job->count; i++) job->calls->detach(job->calls->get(job->key));
}

static void fill(const Job* job) {
  for (long i = 0; i < job->count; i++) {
    const Mapping mapping = job->calls->create(job->key, job->bytes);
    memset(mapping.address, 1, mapping.size);
    job->calls->destroy(job->key, mapping);
  }
}

static void many(const Job* job) {
  Mapping* mappings = calloc((size_t)job->count, sizeof *mappings);
  check(mappings != NULL, "calloc");
  char name[200];
#define FOR_EACH(act)                                   \
  for (long i = 0; i < job->count; i++) {               \
    snprintf(name, sizeof name, "%s-%ld", job->key, i); \
    act;                                                \
  }
  FOR_EACH(mappings[i] = job->calls->create(name, job->bytes))
  FOR_EACH(job->calls->detach(mappings[i]))
  FOR_EACH(mappings[i] = job->calls->get(name))
  FOR_EACH(job->calls->destroy(name, mappings[i]))
  free(mappings);
}

static void hold(const Job* job) {
  const Mapping mapping = job->calls->create(job->key, job->bytes);
  puts("{}");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  job->calls->destroy(job->key, mapping);
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
    {"sysv", {create_sysv, destroy_sysv, get_sysv, detach_sysv}},
};

static const struct {
  const char* name;
  void (*round)(const Job* job);
} verbs[] = {
    {"create-destroy", create_destroy}, {"get-detach", get_detach}, {"fill", fill}, {"many", many}, {"hold", hold}};

int main(int argc, char** argv) {
  Job job = {0};
  void (*round)(const Job*) = NULL;
  for (size_t i = 0; argc == 8 && i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(argv[1], verbs[i].name) == 0) round = verbs[i].round;
  for (size_t i = 0; argc == 8 && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(argv[2], kinds[i].name) == 0) job.calls = &kinds[i].calls;
  if (round == NULL || job.calls == NULL) {
    fprintf(stderr, "usage: %s VERB KIND KEY BYTES COUNT ROUNDS WARMUP\n", argv[0]);
    return 2;
  }
  job.key = argv[3];
  job.bytes = strtoul(argv[4], NULL, 10);
  job.count = atol(argv[5]);
  const long rounds = atol(argv[6]);
  for (long i = atol(argv[7]); i > 0; i--) round(&job);
  const double start = now();
  for (long i = 0; i < rounds; i++) round(&job);
  if (round != hold) printf("{\"ns\": %.1f}\n", (now() - start) / (double)(rounds * job.count));
  return 0;
}
