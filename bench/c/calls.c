// The system calls that the API of version 0.1 makes here for each operation, in their order, in plain C. Ending a
// mapping is one call; this package has two, since its addresses have to stay until JavaScript has collected the
// ArrayBuffer.
#define _GNU_SOURCE
#include "calls.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

void check(int ok, const char* call) {
  if (ok) return;
  perror(call);
  exit(1);
}

static Mapping map(int fd, size_t size) {
  char* address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(address != MAP_FAILED, "mmap");
  return (Mapping){.address = address, .size = size};
}

static void detach_posix(Mapping mapping) { check(munmap(mapping.address, mapping.size) == 0, "munmap"); }

// POSIX as this package does it: reserved, and without a name until it is complete.

static void read_meminfo(void) {
  char text[4096];
  const int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  check(fd >= 0 && pread(fd, text, sizeof text, 0) > 0, "/proc/meminfo");
  close(fd);
}

void name_file(int fd, const char* path) {
  if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return;
  char by_descriptor[40];
  snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", fd);
  check(linkat(AT_FDCWD, by_descriptor, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0, "linkat");
}

static Mapping create_posix(const Key* key, size_t bytes) {
  const uint64_t payload = bytes;
  const size_t size = sizeof payload + bytes;
  struct stat status;
  struct rlimit limit;
  if (size >= 1 << 20) check(lstat(key->path, &status) != 0, "the name is taken");
  const int fd = open(SHM_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0660);
  check(fd >= 0, "open");
  check(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
  if (size >= 64 << 20) read_meminfo();
  check(fallocate(fd, 0, 0, (off_t)size) == 0, "fallocate");
  check(pwrite(fd, &payload, sizeof payload, 0) == sizeof payload, "pwrite");
  check(fstat(fd, &status) == 0, "fstat");
  const Mapping mapping = map(fd, size);
  name_file(fd, key->path);
  close(fd);
  return mapping;
}

static void destroy_posix(const Key* key, Mapping mapping) {
  detach_posix(mapping);
  check(unlink(key->path) == 0, "unlink");
}

static Mapping get_posix(const Key* key) {
  struct stat status;
  uint64_t payload;
  const int fd = open(key->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  check(fd >= 0, "open");
  check(fstat(fd, &status) == 0, "fstat");
  check(pread(fd, &payload, sizeof payload, 0) == sizeof payload, "pread");
  const Mapping mapping = map(fd, (size_t)status.st_size);
  close(fd);
  return mapping;
}

// POSIX as most programs do it, with the size in front: others see the object before it is complete, and its memory may
// turn out not to be there.

static const char* posix_name(const Key* key) { return key->path + sizeof SHM_FOLDER - 1; }

static Mapping create_naive(const Key* key, size_t bytes) {
  const int fd = shm_open(posix_name(key), O_CREAT | O_EXCL | O_RDWR, 0660);
  check(fd >= 0, "shm_open");
  check(ftruncate(fd, (off_t)(sizeof(uint64_t) + bytes)) == 0, "ftruncate");
  const Mapping mapping = map(fd, sizeof(uint64_t) + bytes);
  *(uint64_t*)mapping.address = bytes;
  close(fd);
  return mapping;
}

static void destroy_naive(const Key* key, Mapping mapping) {
  detach_posix(mapping);
  check(shm_unlink(posix_name(key)) == 0, "shm_unlink");
}

// System V.

static Mapping attach(int id, size_t size) {
  char* address = shmat(id, NULL, 0);
  check(address != (void*)-1, "shmat");
  return (Mapping){.address = address, .size = size, .id = id};
}

static int find(const Key* key) {
  const int id = shmget(key->number, 0, 0);
  check(id >= 0, "shmget");
  return id;
}

static Mapping create_sysv(const Key* key, size_t bytes) {
  const int id = shmget(key->number, bytes, IPC_CREAT | IPC_EXCL | 0660);
  check(id >= 0, "shmget");
  return attach(id, bytes);
}

static void destroy_sysv(const Key* key, Mapping mapping) {
  check(shmdt(mapping.address) == 0, "shmdt");
  check(shmctl(find(key), IPC_RMID, NULL) == 0, "IPC_RMID");
}

static Mapping get_sysv(const Key* key) {
  struct shmid_ds status;
  const int id = find(key);
  check(shmctl(id, IPC_STAT, &status) == 0, "IPC_STAT");
  return attach(id, status.shm_segsz);
}

static void detach_sysv(Mapping mapping) {
  struct shmid_ds status;
  check(shmdt(mapping.address) == 0, "shmdt");
  check(shmctl(mapping.id, IPC_STAT, &status) == 0, "IPC_STAT");
}

const Calls posix_calls = {"posix", create_posix, destroy_posix, get_posix, detach_posix};
const Calls naive_calls = {"naive", create_naive, destroy_naive, get_posix, detach_posix};
const Calls sysv_calls = {"sysv", create_sysv, destroy_sysv, get_sysv, detach_sysv};
