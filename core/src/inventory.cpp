// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <shm/inventory.hpp>

#include "os/inventory.hpp"

namespace shm {
namespace {

/// The objects that one process has mapped, to be visited once each.
class Holdings {
 public:
  explicit Holdings(FunctionRef<void(const Holder&)> visit) noexcept : visit_(visit) {}
  Holdings(const Holdings&) = delete;
  Holdings& operator=(const Holdings&) = delete;
  ~Holdings() { std::free(objects_); }

  void add(std::int32_t pid, const ObjectId& object) noexcept {
    if (pid != pid_) {
      visit();
      pid_ = pid;
    }
    if (count_ > 0 && objects_[count_ - 1] == object) return;  // most of the repetitions are neighbours
    if (count_ == capacity_ && !grow()) return;
    objects_[count_++] = object;
  }

  /// Visits what the last process has.
  void visit() noexcept {
    std::sort(objects_, objects_ + count_, [](const ObjectId& one, const ObjectId& other) {
      return one.space != other.space ? one.space < other.space : one.number < other.number;
    });
    const ObjectId* end = std::unique(objects_, objects_ + count_);
    for (const ObjectId* object = objects_; object != end; ++object) visit_({pid_, *object});
    count_ = 0;
  }

  /// Whether there was not enough memory for all.
  [[nodiscard]] bool is_incomplete() const noexcept { return is_incomplete_; }

 private:
  bool grow() noexcept {
    const std::size_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
    auto* objects = static_cast<ObjectId*>(std::realloc(objects_, capacity * sizeof(ObjectId)));
    is_incomplete_ = is_incomplete_ || objects == nullptr;
    if (objects == nullptr) return false;
    objects_ = objects;
    capacity_ = capacity;
    return true;
  }

  FunctionRef<void(const Holder&)> visit_;
  std::int32_t pid_ = 0;
  ObjectId* objects_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  bool is_incomplete_ = false;
};

template <class Filter>
Result<HoldersSeen> visit_holders(Filter is_wanted, FunctionRef<void(const Holder&)> visit) noexcept {
  Holdings holdings(visit);
  const Result<os::ProcessesSeen> seen = os::for_each_mapping([&](const os::ListedMapping& mapping) {
    if (is_wanted(mapping)) holdings.add(mapping.pid, mapping.object);
  });
  if (!seen) return seen.error();
  holdings.visit();
  if (holdings.is_incomplete()) return os::out_of_memory("realloc");
  return HoldersSeen{seen->all};
}

}  // namespace

Result<void> for_each_segment(FunctionRef<void(const ListedSegment&)> visit) noexcept {
  const auto posix = os::for_each_object([&](std::string_view name, const SegmentStatus& status) {
    visit({.kind = Kind::posix, .name = name, .key = 0, .status = status});
  });
  if (!posix) return posix.error();
  return os::for_each_system_v([&](std::uint32_t key, const SegmentStatus& status) {
    visit({.kind = Kind::system_v, .name = {}, .key = key, .status = status});
  });
}

Result<HoldersSeen> for_each_holder(FunctionRef<void(const Holder&)> visit) noexcept {
  return visit_holders([](const os::ListedMapping& mapping) { return mapping.is_shared_memory; }, visit);
}

Result<HoldersSeen> for_each_holder(const ObjectId& object, FunctionRef<void(const Holder&)> visit) noexcept {
  return visit_holders([&](const os::ListedMapping& mapping) { return mapping.object == object; }, visit);
}

}  // namespace shm
