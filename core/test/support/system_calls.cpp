// SPDX-License-Identifier: MIT
#include "support/system_calls.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace {

std::atomic<int> calls_until{0};  // 0: nothing is armed
int chosen_error = 0;
bool kills = false;
bool reached = false;
bool refuses_unnamed = false;
bool refuses_descriptor_link = false;
bool refuses_rename = false;
bool refuses_memory = false;
std::atomic<bool> refuses_waiting{false};  // threads of the library wait

/// Whether this call is the chosen one and must fail; errno is set then.
bool must_fail() {
  if (calls_until == 0 || --calls_until != 0) return false;
  reached = true;
  if (kills) ::raise(SIGKILL);
  errno = chosen_error;
  return true;
}

}  // namespace

namespace shm::test {

void fail_call(int number, int os_error) {
  reached = false;
  kills = false;
  chosen_error = os_error;
  calls_until = number;
}

void kill_before_call(int number) {
  fail_call(number, 0);
  kills = true;
}

void refuse_unnamed_files() { refuses_unnamed = true; }
void refuse_link_by_descriptor() { refuses_descriptor_link = true; }
void refuse_rename() { refuses_rename = true; }
void refuse_memory() { refuses_memory = true; }
void refuse_waiting_for_many() { refuses_waiting = true; }

bool disarm() {
  calls_until = 0;
  refuses_unnamed = false;
  refuses_descriptor_link = false;
  refuses_rename = false;
  refuses_memory = false;
  refuses_waiting = false;
  return reached;
}

}  // namespace shm::test

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming, performance-no-int-to-ptr): the linker and
// the system calls want them so.
// The linker's --wrap=NAME sends calls of NAME to __wrap_NAME, and those of __real_NAME to the C library.
extern "C" {

#define SHM_WRAP(type, name, failed, parameters, arguments) \
  type __real_##name parameters;                            \
  type __wrap_##name parameters { return must_fail() ? (failed) : __real_##name arguments; }

SHM_WRAP(int, fallocate, -1, (int file, int mode, off_t offset, off_t length), (file, mode, offset, length))
SHM_WRAP(int, ftruncate, -1, (int file, off_t length), (file, length))
SHM_WRAP(int, fchmod, -1, (int file, mode_t mode), (file, mode))
SHM_WRAP(ssize_t, pread, -1, (int file, void* into, size_t size, off_t offset), (file, into, size, offset))
SHM_WRAP(ssize_t, pwrite, -1, (int file, const void* from, size_t size, off_t offset), (file, from, size, offset))
SHM_WRAP(void*, mmap, reinterpret_cast<void*>(-1),
         (void* address, size_t size, int protection, int flags, int file, off_t offset),
         (address, size, protection, flags, file, offset))
SHM_WRAP(int, madvise, -1, (void* address, size_t size, int advice), (address, size, advice))
SHM_WRAP(int, mlock, -1, (const void* address, size_t size), (address, size))
SHM_WRAP(int, msync, -1, (void* address, size_t size, int flags), (address, size, flags))
SHM_WRAP(int, fsync, -1, (int file), (file))
SHM_WRAP(int, getgroups, -1, (int count, gid_t* groups), (count, groups))
SHM_WRAP(int, sched_getaffinity, -1, (pid_t process, size_t size, cpu_set_t* cpus), (process, size, cpus))
SHM_WRAP(int, link, -1, (const char* from, const char* to), (from, to))
SHM_WRAP(int, getrlimit, -1, (__rlimit_resource_t resource, struct rlimit* limit), (resource, limit))
SHM_WRAP(int, shmget, -1, (key_t key, size_t size, int flags), (key, size, flags))
SHM_WRAP(void*, shmat, reinterpret_cast<void*>(-1), (int id, const void* address, int flags), (id, address, flags))
SHM_WRAP(int, shmctl, -1, (int id, int command, struct shmid_ds* status), (id, command, status))
SHM_WRAP(int, sigaction, -1, (int signal, const struct sigaction* action, struct sigaction* before),
         (signal, action, before))
SHM_WRAP(int, pthread_create, EAGAIN,
         (pthread_t * thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument),
         (thread, attributes, start, argument))
SHM_WRAP(DIR*, opendir, nullptr, (const char* path), (path))
SHM_WRAP(struct dirent*, readdir, nullptr, (DIR * directory), (directory))

void* __real_realloc(void* memory, size_t size);
void* __wrap_realloc(void* memory, size_t size) { return refuses_memory ? nullptr : __real_realloc(memory, size); }

int __real_linkat(int from, const char* from_path, int to, const char* to_path, int flags);
int __wrap_linkat(int from, const char* from_path, int to, const char* to_path, int flags) {
  if (refuses_descriptor_link && (flags & AT_EMPTY_PATH) != 0) {
    errno = ENOENT;
    return -1;
  }
  return must_fail() ? -1 : __real_linkat(from, from_path, to, to_path, flags);
}

// Except for hidden names: that one can't be taken back is nothing that anybody could make good. For the same reason
// munmap() and close() are not among the calls.
int __real_unlink(const char* path);
int __wrap_unlink(const char* path) {
  if (!kills && std::strstr(path, "/.shm-typed-array-") != nullptr) return __real_unlink(path);
  return must_fail() ? -1 : __real_unlink(path);
}

int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (refuses_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return must_fail() ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int file, int command, ...);
int __wrap_fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const long argument = va_arg(rest, long);  // if there is none, it doesn't matter
  va_end(rest);
  return must_fail() ? -1 : __real_fcntl(file, command, argument);
}

void* __real_mremap(void* address, size_t size, size_t new_size, int flags, ...);
void* __wrap_mremap(void* address, size_t size, size_t new_size, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  return must_fail() ? MAP_FAILED : __real_mremap(address, size, new_size, flags, target);
}

long __real_syscall(long number, ...);
// Reads the last argument from the caller's stack also where the caller has put none there.
[[gnu::no_sanitize("address")]] long __wrap_syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long arguments[6];  // the most that a call has; those that it doesn't have don't matter
  for (long& argument : arguments) argument = va_arg(rest, long);
  va_end(rest);
  if (refuses_rename && number == SYS_renameat2) {
    errno = EINVAL;
    return -1;
  }
  constexpr long kFutexWaitv = 449;
  if (refuses_waiting && number == kFutexWaitv) {
    errno = ENOSYS;
    return -1;
  }
  if (must_fail()) return -1;
  return __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming, performance-no-int-to-ptr)
