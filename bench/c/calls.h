// The ways to do the operations of the benchmarks with plain system calls.
#pragma once
#include <stddef.h>
#include <sys/types.h>

typedef struct {
  char path[200];  // POSIX
  key_t number;    // System V
} Key;

typedef struct {
  char* address;
  size_t size;
  int id;  // System V
  int fd;  // POSIX, where it stays open
} Mapping;

typedef struct {
  const char* name;
  Mapping (*create)(const Key* key, size_t bytes);
  void (*destroy)(const Key* key, Mapping mapping);
  Mapping (*get)(const Key* key);
  void (*detach)(Mapping mapping);
} Calls;

extern const Calls posix_calls, naive_calls, sysv_calls, segment_posix_calls, segment_sysv_calls;

// The path of a POSIX object is this and its name, which starts with a slash.
#define SHM_FOLDER "/dev/shm"

// Gives an unnamed file its name.
void name_file(int fd, const char* path);

// Ends the process with the name of the call that failed.
void check(int ok, const char* call);
