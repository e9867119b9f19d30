// SPDX-License-Identifier: MIT
// Names and keys that no other process uses, and a look at everything of ours that could be left behind.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <shm/segment.hpp>
#include <shm/totals.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <set>
#include <string>

namespace shm::test {

inline std::string unique_text() {
  static int count = 0;
  return "/shm-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

inline SegmentName unique_name() { return *SegmentName::parse(unique_text()); }

/// What the keys of this process begin with; their last 8 bits are a count.
inline std::uint32_t first_key() { return 0x5e000000U + ((static_cast<std::uint32_t>(::getpid()) & 0xFFFFU) << 8U); }

/// Of a file, on a file system in memory: its calls are those of any other, but no disk has to be waited for.
inline std::string unique_path() { return "/dev/shm" + unique_text(); }

inline SystemVKey unique_key() {
  static std::uint32_t count = 0;
  return {first_key() + (++count & 0xFFU)};
}

/// Removes what creators that were killed have left under hidden names in `folder`, where it has no unnamed files.
/// returns  how many there were
inline int remove_hidden_drafts(const std::filesystem::path& folder, const std::function<bool(pid_t)>& is_of) {
  const std::string prefix = ".shm-typed-array-";
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename();
    if (!name.starts_with(prefix) || !is_of(std::atoi(name.c_str() + prefix.size()))) continue;
    ++count;
    std::filesystem::remove(file.path());
  }
  return count;
}

/// Everything that an operation could leave behind in this process or in the system.
struct Leftovers {
  std::set<std::string> names;  ///< files in /dev/shm
  std::set<std::string> ids;    ///< System V segments
  int mappings = 0;             ///< of shared memory, in this process; copy-on-write too
  int descriptors = 0;
  std::uint64_t mapped = 0;
  std::uint64_t created = 0;

  bool operator==(const Leftovers&) const = default;

  static Leftovers now() {
    Leftovers result;
    for (const auto& file : std::filesystem::directory_iterator("/dev/shm")) {
      const std::string name = file.path().filename();
      const std::string pid = std::to_string(::getpid());
      if (name.starts_with("shm-test-" + pid) || name.starts_with(".shm-typed-array-" + pid)) result.names.insert(name);
    }
    std::ifstream ids("/proc/sysvipc/shm");
    std::string key;
    for (std::string line; std::getline(ids, line);) {
      const auto number = std::strtol(line.c_str(), nullptr, 10);
      if ((static_cast<std::uint32_t>(number) & ~0xFFU) == first_key()) result.ids.insert(line.substr(0, 22));
    }
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      const std::size_t sharing = line.find(' ') + 4;  // behind the three rights
      const bool is_of_ours = line.find("/dev/shm/") != std::string::npos || line.find("/memfd:") != std::string::npos;
      if (line[sharing] == 's' || is_of_ours) ++result.mappings;
    }
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) ++result.descriptors;
    result.mapped = totals().mapped;
    result.created = totals().created;
    return result;
  }

  friend std::ostream& operator<<(std::ostream& out, const Leftovers& self) {
    for (const auto& name : self.names) out << name << ' ';
    for (const auto& id : self.ids) out << "[" << id << "] ";
    return out << self.mappings << " mappings, " << self.descriptors << " descriptors, " << self.mapped << " mapped, "
               << self.created << " created";
  }
};

}  // namespace shm::test
