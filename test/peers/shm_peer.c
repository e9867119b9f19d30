// SPDX-License-Identifier: MIT
// One mapping of shared memory, by the calls of the operating system alone. Reads one command per line from standard
// input and answers each by one line of JSON on standard output:
//   posix-create NAME SIZE   posix-open NAME   sysv-create KEY SIZE   sysv-open KEY    the size in bytes
//   get OFFSET    set OFFSET VALUE    add OFFSET VALUE    fill VALUE                   a byte; of `fill` the last one
//   store OFFSET VALUE   load OFFSET                                                   a word of 32 bits
//   futex-wait OFFSET VALUE                                                            0 when woken
//   futex-wake OFFSET COUNT                                                            how many were asleep
//   close                                                                              0
// A call that fails is answered by {"failed": its name, "errno": number}.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned char* base;
static size_t size;
static bool is_posix;

static void answer(uint64_t value) { printf("%" PRIu64 "\n", value); }
static void fail(const char* call) { printf("{\"failed\": \"%s\", \"errno\": %d}\n", call, errno); }

static void open_posix(const char* name, size_t wanted) {
  const int descriptor = shm_open(name, wanted > 0 ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0600);
  if (descriptor < 0) {
    fail("shm_open");
    return;
  }
  struct stat status;
  if (wanted > 0 && ftruncate(descriptor, (off_t)wanted) != 0) {
    fail("ftruncate");
  } else if (fstat(descriptor, &status) != 0) {
    fail("fstat");
  } else {
    void* mapped = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) {
      fail("mmap");
    } else {
      base = mapped;
      size = (size_t)status.st_size;
      is_posix = true;
      answer(size);
    }
  }
  close(descriptor);
}

static void open_system_v(uint32_t key, size_t wanted) {
  const int id = shmget((key_t)key, wanted, wanted > 0 ? IPC_CREAT | IPC_EXCL | 0600 : 0);
  struct shmid_ds status;
  if (id < 0) {
    fail("shmget");
  } else if (shmctl(id, IPC_STAT, &status) != 0) {
    fail("shmctl");
  } else {
    void* mapped = shmat(id, NULL, 0);
    if ((intptr_t)mapped == -1) {
      fail("shmat");
    } else {
      base = mapped;
      size = status.shm_segsz;
      is_posix = false;
      answer(size);
    }
  }
}

static void leave(void) {
  const int failed = is_posix ? munmap(base, size) : shmdt(base);
  base = NULL;
  size = 0;
  if (failed != 0) {
    fail(is_posix ? "munmap" : "shmdt");
  } else {
    answer(0);
  }
}

static void change(const char* command, size_t offset, unsigned char value) {
  if (strcmp(command, "set") == 0) base[offset] = value;
  if (strcmp(command, "add") == 0) (void)__atomic_fetch_add(&base[offset], value, __ATOMIC_SEQ_CST);
  for (size_t i = 0; i < size && strcmp(command, "fill") == 0; ++i) base[i] = value;
  answer(base[offset]);
}

// returns  false for another command
static bool use_word(const char* command, size_t offset, uint32_t value) {
  uint32_t* word = (uint32_t*)(void*)(base + offset);
  const bool waits = strcmp(command, "futex-wait") == 0;
  if (waits || strcmp(command, "futex-wake") == 0) {
    const long result = syscall(SYS_futex, word, waits ? FUTEX_WAIT : FUTEX_WAKE, value, NULL, NULL, 0);
    if (result < 0) {
      fail("futex");
    } else {
      answer((uint64_t)result);
    }
    return true;
  }
  if (strcmp(command, "store") == 0) __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
  if (strcmp(command, "store") != 0 && strcmp(command, "load") != 0) return false;
  answer(__atomic_load_n(word, __ATOMIC_SEQ_CST));
  return true;
}

static void perform(char* line) {
  // The line may be a string of JSON; no word has a quotation mark.
  const char* const separators = " \"\n";
  const char* command = strtok(line, separators);
  const char* first = strtok(NULL, separators);
  const char* second = strtok(NULL, separators);
  if (command == NULL) return;
  const uint64_t number = first != NULL ? strtoull(first, NULL, 10) : 0;
  const uint64_t other = second != NULL ? strtoull(second, NULL, 10) : 0;

  const bool opens_posix = strncmp(command, "posix-", 6) == 0;
  const bool opens_system_v = strncmp(command, "sysv-", 5) == 0;
  const bool is_fill = strcmp(command, "fill") == 0;
  const bool is_misuse =
      opens_posix || opens_system_v ? base != NULL || first == NULL : base == NULL || (!is_fill && number >= size);
  if (is_misuse) {
    errno = 0;
    fail(command);
  } else if (opens_posix) {
    open_posix(first, (size_t)other);
  } else if (opens_system_v) {
    open_system_v((uint32_t)number, (size_t)other);
  } else if (strcmp(command, "close") == 0) {
    leave();
  } else if (!use_word(command, (size_t)number, (uint32_t)other)) {
    change(command, is_fill ? size - 1 : (size_t)number, (unsigned char)(is_fill ? number : other));
  }
}

int main(void) {
  char line[512];
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin) != NULL) perform(line);
  return 0;
}
