// SPDX-License-Identifier: MIT
#include "ledger.hpp"

#include <atomic>
#include <cstdlib>
#include <shm/totals.hpp>
#include <string_view>

#include "os/os.hpp"

namespace shm {
namespace {

constinit std::atomic<std::uint64_t> mapped_bytes{0};
constinit std::atomic<std::uint64_t> created_bytes{0};

constexpr int kAnyId = -1;

/// What this process made: a POSIX object by its name, a System V segment by its key.
struct Entry {
  Entry* next;
  std::uint64_t bytes;
  std::uint32_t key;  // 0 for POSIX
  int id;             // System V id; kAnyId for POSIX
  std::size_t name_length;
  char name[1];  // name_length bytes; empty for System V

  [[nodiscard]] std::string_view name_view() const noexcept { return {name, name_length}; }
};

// Chains instead of a table that grows: 10,000 objects are chains of three.
constexpr std::size_t kBuckets = 4096;
constinit os::ProcessLock lock;
constinit Entry* buckets[kBuckets] = {};

std::size_t bucket_of(std::string_view name, std::uint32_t key) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325 ^ key;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash *= 0x9e3779b97f4a7c15;
  return hash >> 52;
}
static_assert(std::size_t{1} << (64 - 52) == kBuckets);

void remove(std::string_view name, std::uint32_t key, int id = kAnyId) noexcept {
  Entry* found = nullptr;
  {
    const os::LockGuard guard(lock);
    for (Entry** link = &buckets[bucket_of(name, key)]; *link != nullptr; link = &(*link)->next) {
      if ((*link)->key != key || (*link)->name_view() != name || (id != kAnyId && (*link)->id != id)) continue;
      found = *link;
      *link = found->next;
      break;
    }
  }
  if (found == nullptr) return;
  created_bytes -= found->bytes;
  std::free(found);
}

void add(std::string_view name, std::uint32_t key, int id, std::uint64_t bytes) noexcept {
  remove(name, key);
  auto* entry = static_cast<Entry*>(std::malloc(sizeof(Entry) + name.size()));
  if (entry == nullptr) return;  // the figure misses one object; nothing else depends on it
  *entry = {.next = nullptr, .bytes = bytes, .key = key, .id = id, .name_length = name.size(), .name = {}};
  name.copy(entry->name, name.size());
  created_bytes += bytes;
  const os::LockGuard guard(lock);
  Entry*& head = buckets[bucket_of(name, key)];
  entry->next = head;
  head = entry;
}

}  // namespace

Totals totals() noexcept { return {mapped_bytes, created_bytes}; }

namespace ledger {

void mapped(std::uint64_t bytes) noexcept { mapped_bytes += bytes; }
void unmapped(std::uint64_t bytes) noexcept { mapped_bytes -= bytes; }

void created(const SegmentName& name, std::uint64_t bytes) noexcept { add(name.view(), 0, kAnyId, bytes); }
void created(SystemVKey key, int id, std::uint64_t bytes) noexcept { add({}, key.value, id, bytes); }

void destroyed(const SegmentName& name) noexcept { remove(name.view(), 0); }
void destroyed(SystemVKey key) noexcept { remove({}, key.value); }
void destroyed(SystemVKey key, int id) noexcept { remove({}, key.value, id); }

}  // namespace ledger
}  // namespace shm
