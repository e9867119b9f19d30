// SPDX-License-Identifier: MIT
#include "directory.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "../crc32c.hpp"
#include "../os/os.hpp"
#include "directory_lock.hpp"

namespace shm::managed {
namespace {

using layout::DirectoryEntry;
using layout::EntryState;

constexpr char kDamaged[] = "an entry of the directory";
constexpr std::size_t kWords = sizeof(DirectoryEntry) / sizeof(std::uint32_t);

std::uint32_t* words_of(DirectoryEntry& entry) noexcept { return reinterpret_cast<std::uint32_t*>(&entry); }

std::uint32_t checksum_of(const DirectoryEntry& copy) noexcept {
  const auto bytes = std::as_bytes(std::span(&copy, 1));
  constexpr std::size_t kFirst = offsetof(DirectoryEntry, kind);
  constexpr std::size_t kSum = offsetof(DirectoryEntry, crc32c);
  return crc32c(bytes.subspan(kSum + sizeof(DirectoryEntry::crc32c)), crc32c(bytes.subspan(kFirst, kSum - kFirst)));
}

std::string_view name_of(const DirectoryEntry& valid) noexcept { return {valid.name, valid.name_length}; }

ObjectSpec spec_of(const DirectoryEntry& valid) noexcept {
  ObjectSpec spec{
      .kind = static_cast<layout::ObjectKind>(valid.kind), .version = valid.version, .body_size = valid.size};
  std::ranges::copy(valid.params, spec.params);
  return spec;
}

Result<void> check_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > layout::kLongestObjectName) {
    return invalid_argument("an object's name of 1 to 63 bytes");
  }
  if (name.find('\0') != std::string_view::npos) return invalid_argument("an object's name without NUL bytes");
  return {};
}

Result<void> check_same(const ObjectSpec& found, const ObjectSpec& wanted) noexcept {
  const auto differs = [](const char* in) { return Error{Errc::type_mismatch, 0, in}; };
  if (found.kind != wanted.kind) return differs(mismatch::kKind);
  if (found.version != wanted.version) return differs(mismatch::kVersion);
  if (!std::ranges::equal(found.params, wanted.params)) return differs(mismatch::kParameters);
  if (found.body_size != wanted.body_size) return differs(mismatch::kSize);
  return {};
}

constexpr std::uint64_t next_line(std::uint64_t offset) noexcept {
  return (offset + layout::kCacheLine - 1) / layout::kCacheLine * layout::kCacheLine;
}

}  // namespace

/// What one look over all entries has seen.
struct Directory::Found {
  std::optional<DirectoryEntry> entry;  ///< committed, of the name
  std::uint32_t index = 0;              ///< of it
  std::optional<std::uint32_t> free;    ///< the first entry that is
  std::uint64_t end = 0;                ///< of the objects' bytes
  bool has_damaged = false;             ///< there is one that can't be read, maybe that of the name
};

DirectoryEntry& Directory::entry(std::uint32_t index) const noexcept {
  return reinterpret_cast<DirectoryEntry*>(segment_.data() + header_.directory_offset)[index];
}

/// A copy, not checked; nothing of an entry that is free.
std::optional<DirectoryEntry> Directory::copy_of(std::uint32_t index) const noexcept {
  std::uint32_t* const shared = words_of(entry(index));
  std::uint32_t words[kWords];
  words[0] = std::atomic_ref(shared[0]).load(std::memory_order_acquire);  // sync: object committed
  if (words[0] == static_cast<std::uint32_t>(EntryState::free)) return {};
  for (std::size_t i = 1; i < kWords; ++i) words[i] = std::atomic_ref(shared[i]).load(std::memory_order_relaxed);
  DirectoryEntry copy;
  std::memcpy(&copy, words, sizeof copy);
  return copy;
}

bool Directory::is_valid(const DirectoryEntry& copy) const noexcept {
  if (copy.state > static_cast<std::uint32_t>(EntryState::retired) || copy.crc32c != checksum_of(copy)) return false;
  if (!layout::is_known_kind(copy.kind)) return false;
  if (copy.name_length < 1 || copy.name_length > layout::kLongestObjectName) return false;
  return copy.offset % layout::kCacheLine == 0 && copy.offset >= header_.data_offset &&
         copy.offset <= header_.total_size && copy.size >= 1 && copy.size <= header_.total_size - copy.offset;
}

Directory::Found Directory::search(std::string_view name) const noexcept {
  Found found;
  found.end = header_.data_offset;
  for (std::uint32_t i = 0; i < header_.directory_capacity; ++i) {
    const std::optional<DirectoryEntry> copy = copy_of(i);
    if (!copy) {
      if (!found.free) found.free = i;
      continue;
    }
    if (!is_valid(*copy)) {
      found.has_damaged = true;
      continue;
    }
    found.end = std::max(found.end, copy->offset + copy->size);
    const bool is_committed = copy->state == static_cast<std::uint32_t>(EntryState::committed);
    if (found.entry || !is_committed || name_of(*copy) != name) continue;
    found.entry = copy;
    found.index = i;
  }
  return found;
}

ManagedObject Directory::object_of(const DirectoryEntry& copy) const noexcept {
  return {.spec = spec_of(copy), .body = segment_.subspan(copy.offset, copy.size), .offset = copy.offset};
}

Result<ManagedObject> Directory::find(std::string_view name) const noexcept {
  if (const auto valid = check_name(name); !valid) return valid.error();
  const Found found = search(name);
  if (found.entry) return object_of(*found.entry);
  if (found.has_damaged) return Error{Errc::corrupt, 0, kDamaged};
  return os::not_found("find");
}

Result<ManagedObject> Directory::find_or_make(std::string_view name, const ObjectSpec& spec, const Participant& me,
                                              FunctionRef<void(std::span<std::byte>)> initialise) const noexcept {
  if (const auto valid = check_name(name); !valid) return valid.error();
  if (spec.body_size == 0) return invalid_argument("an object of at least 1 byte");
  const auto same = [&](const DirectoryEntry& copy) -> Result<ManagedObject> {
    if (const auto matches = check_same(spec_of(copy), spec); !matches) return matches.error();
    return object_of(copy);
  };
  if (const Found found = search(name); found.entry) return same(*found.entry);

  auto* const header = reinterpret_cast<layout::SegmentHeader*>(segment_.data());
  const Result<DirectoryLock> lock = DirectoryLock::take(header->directory_mutex, me);
  if (!lock) return lock.error();
  const Found found = search(name);
  if (found.entry) return same(*found.entry);
  return make(name, spec, found, initialise);
}

Result<ManagedObject> Directory::make(std::string_view name, const ObjectSpec& spec, const Found& room,
                                      FunctionRef<void(std::span<std::byte>)> initialise) const noexcept {
  if (room.has_damaged) return Error{Errc::corrupt, 0, kDamaged};  // its bytes could be the ones handed out now
  if (!room.free) return Error{Errc::full, 0, "the segment has as many objects as it was created for"};
  const std::uint64_t offset = next_line(room.end);
  if (offset > header_.total_size || spec.body_size > header_.total_size - offset) {
    return Error{Errc::full, 0, "the segment has no room for an object of this size"};
  }
  DirectoryEntry made{};
  made.state = static_cast<std::uint32_t>(EntryState::committed);
  made.kind = static_cast<std::uint16_t>(spec.kind);
  made.version = spec.version;
  made.offset = offset;
  made.size = spec.body_size;
  std::ranges::copy(spec.params, made.params);
  made.name_length = static_cast<std::uint32_t>(name.copy(made.name, layout::kLongestObjectName));
  made.crc32c = checksum_of(made);

  ManagedObject object = object_of(made);
  object.made = true;
  std::memset(object.body.data(), 0, object.body.size());  // a killed maker may have begun here
  initialise(object.body);

  std::uint32_t words[kWords];
  std::memcpy(words, &made, sizeof made);
  std::uint32_t* const shared = words_of(entry(*room.free));
  for (std::size_t i = 1; i < kWords; ++i) std::atomic_ref(shared[i]).store(words[i], std::memory_order_relaxed);
  std::atomic_ref(shared[0]).store(words[0], std::memory_order_release);  // sync: object committed
  return object;
}

Result<void> Directory::retire(std::string_view name) const noexcept {
  if (const auto valid = check_name(name); !valid) return valid.error();
  const Found found = search(name);
  if (!found.entry && found.has_damaged) return Error{Errc::corrupt, 0, kDamaged};
  if (!found.entry) return os::not_found("retire");
  std::atomic_ref(entry(found.index).state)
      .store(static_cast<std::uint32_t>(EntryState::retired), std::memory_order_release);
  return {};
}

void Directory::for_each(FunctionRef<void(const ListedObject&)> visit) const noexcept {
  for (std::uint32_t i = 0; i < header_.directory_capacity; ++i) {
    const std::optional<DirectoryEntry> copy = copy_of(i);
    if (!copy || !is_valid(*copy) || copy->state != static_cast<std::uint32_t>(EntryState::committed)) continue;
    visit({.name = name_of(*copy), .spec = spec_of(*copy), .offset = copy->offset});
  }
}

}  // namespace shm::managed
