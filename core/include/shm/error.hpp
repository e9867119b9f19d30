// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace shm {

/// Why an operation failed. Closed set: each enumerator but `system` has one JavaScript code and one entry in
/// docs/troubleshooting.md.
enum class Errc : std::uint8_t {
  system,            ///< the operating system said no; Error::os_error holds its errno
  invalid_argument,  ///< an argument breaks a rule; Error::operation states the rule
  untrusted,         ///< the object is not what it seems; Error::operation says in what
  not_ready,         ///< the object has no bytes: its creator has not finished, or died before it did
  closed,            ///< the segment was closed before
  unsupported,       ///< this system or runtime can't do it; Error::operation says what
  read_only,         ///< the segment was opened for reading
  truncated,         ///< somebody made the object shorter: pages of the mapping are gone
  layout,            ///< no managed segment, or one of another layout version; Error::operation says what
  type_mismatch,     ///< an object of that name is of another type, or has other parameters
  corrupt,           ///< a peer wrote what can't be
  no_slot,           ///< as many participants have the segment open as it has room for
  full,              ///< no room for another object, or no permit to give back; Error::operation says which
  deadlock,          ///< the caller holds what it asks for
  not_owner,         ///< the caller doesn't hold what it gives back
  timeout,           ///< the deadline has passed
  role_taken,        ///< somebody alive is the producer or the consumer already
  too_long,          ///< a message that the structure has no room for, even when it is empty
  peer_died,         ///< who was to send, or to make room, has died
  ended,             ///< the producer has said that nothing follows
};

/// A failure as a value. Trivially copyable, owns nothing.
struct Error {
  Errc code = Errc::system;
  int os_error = 0;            ///< errno, or 0 unless code is Errc::system
  const char* operation = "";  ///< static text: the failed system call, or our verb, or text as Errc says
};

constexpr Error invalid_argument(const char* rule) noexcept { return {Errc::invalid_argument, 0, rule}; }
constexpr Error untrusted(const char* what) noexcept { return {Errc::untrusted, 0, what}; }
constexpr Error unsupported(const char* what) noexcept { return {Errc::unsupported, 0, what}; }

}  // namespace shm
