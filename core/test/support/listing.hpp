// SPDX-License-Identifier: MIT
// What the inventory visits, to look at afterwards.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <optional>
#include <shm/inventory.hpp>
#include <string>
#include <vector>

namespace shm::test {

struct KeptSegment {
  std::string name;
  ListedSegment segment;  ///< but for its name, which has ended
};

inline std::vector<KeptSegment> segments() {
  std::vector<KeptSegment> result;
  const auto listed = for_each_segment([&](const ListedSegment& segment) {
    result.push_back({std::string(segment.name), segment});
  });
  EXPECT_TRUE(listed);
  return result;
}

inline std::optional<ListedSegment> listed(std::string_view name) {
  for (const KeptSegment& kept : segments()) {
    if (kept.segment.kind == Kind::posix && kept.name == name) return kept.segment;
  }
  return {};
}

inline std::optional<ListedSegment> listed(SystemVKey key) {
  for (const KeptSegment& kept : segments()) {
    if (kept.segment.kind == Kind::system_v && kept.segment.key == key.value) return kept.segment;
  }
  return {};
}

/// The processes that hold the object, as visited.
inline std::vector<pid_t> holders(const ObjectId& object) {
  std::vector<pid_t> result;
  EXPECT_TRUE(for_each_holder(object, [&](const Holder& holder) {
    EXPECT_EQ(holder.id, object);
    result.push_back(holder.pid);
  }));
  return result;
}

/// How often the pair is visited among all the shared memory of the machine.
inline int visits(pid_t pid, const ObjectId& object) {
  int result = 0;
  EXPECT_TRUE(for_each_holder([&](const Holder& holder) {
    if (holder.pid == pid && holder.id == object) ++result;
  }));
  return result;
}

}  // namespace shm::test
