// SPDX-License-Identifier: MIT
// Makes the system calls of the core fail, or the process end before one, at a chosen call. No call is simulated: one
// that isn't chosen goes to the system.
#pragma once

namespace shm::test {

/// Call number `number` from now on (1 is the next) fails with `os_error` and has no effect.
void fail_call(int number, int os_error);
/// The process gets SIGKILL just before call number `number`.
void kill_before_call(int number);
/// open() refuses unnamed files (EOPNOTSUPP), as some file systems do, until disarm().
void refuse_unnamed_files();
/// linkat() refuses descriptors (ENOENT), as Linux before 6.10 does to users without privileges, until disarm().
void refuse_link_by_descriptor();
/// renameat2() refuses to leave existing names alone (EINVAL), as some file systems do, until disarm().
void refuse_rename();
/// futex_waitv() is unknown (ENOSYS), as it is before Linux 5.16, until disarm().
void refuse_waiting_for_many();
/// realloc() fails, until disarm().
void refuse_memory();
/// Ends all of that.
/// returns  whether the chosen call was reached
bool disarm();

}  // namespace shm::test
