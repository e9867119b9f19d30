// The system calls that the class Segment makes, in their order: the bytes are the user's from byte 0, the descriptor
// stays open, and a name is removed apart from the mapping.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"

static Mapping map(int fd, size_t size) {
  char* address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(address != MAP_FAILED, "mmap");
  return (Mapping){.address = address, .size = size, .fd = fd};
}

static Mapping create_posix(const Key* key, size_t size) {
  struct stat status;
  struct rlimit limit;
  if (size >= 1 << 20) check(lstat(key->path, &status) != 0, "the name is taken");
  const int fd = open(SHM_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  check(fd >= 0, "open");
  check(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
  check(fallocate(fd, 0, 0, (off_t)size) == 0, "fallocate");
  check(fchmod(fd, 0600) == 0, "fchmod");
  check(fstat(fd, &status) == 0, "fstat");
  const Mapping mapping = map(fd, size);
  name_file(fd, key->path);
  return mapping;
}

static Mapping open_posix(const Key* key) {
  struct stat status;
  const int fd = open(key->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  check(fd >= 0, "open");
  check(fstat(fd, &status) == 0, "fstat");
  return map(fd, (size_t)status.st_size);
}

static void close_posix(Mapping mapping) {
  check(munmap(mapping.address, mapping.size) == 0, "munmap");
  close(mapping.fd);
}

static void destroy_posix(const Key* key, Mapping mapping) {
  check(unlink(key->path) == 0, "unlink");
  close_posix(mapping);
}

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

static Mapping create_sysv(const Key* key, size_t size) {
  const int id = shmget(key->number, size, IPC_CREAT | IPC_EXCL | 0600);
  check(id >= 0, "shmget");
  return attach(id, size);
}

static Mapping open_sysv(const Key* key) {
  struct shmid_ds status;
  const int id = find(key);
  check(shmctl(id, IPC_STAT, &status) == 0, "IPC_STAT");
  return attach(id, status.shm_segsz);
}

static void close_sysv(Mapping mapping) { check(shmdt(mapping.address) == 0, "shmdt"); }

static void destroy_sysv(const Key* key, Mapping mapping) {
  check(shmctl(find(key), IPC_RMID, NULL) == 0, "IPC_RMID");
  close_sysv(mapping);
}

const Calls segment_posix_calls = {"segment-posix", create_posix, destroy_posix, open_posix, close_posix};
const Calls segment_sysv_calls = {"segment-sysv", create_sysv, destroy_sysv, open_sysv, close_sysv};
