// SPDX-License-Identifier: MIT
// The decisions of one execution: replayed first, then continued with the first alternative of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace shm::model {

/// Depth-first search over everything that could have gone otherwise.
class Choices {
 public:
  void rewind() { next_ = 0; }

  /// One of 0 ... count - 1. The same questions come in the same order as long as the answers are the same.
  int choose(int count) {
    if (count <= 1) return 0;
    if (next_ == made_.size()) made_.push_back({0, static_cast<std::uint8_t>(count)});
    is_repeatable_ = is_repeatable_ && made_[next_].count == count;
    return made_[next_++].taken;
  }

  /// Goes to the next execution; false after the last one.
  bool advance() {
    made_.resize(next_);
    while (!made_.empty() && made_.back().taken + 1 == made_.back().count) made_.pop_back();
    if (made_.empty()) return false;
    ++made_.back().taken;
    return true;
  }

  /// False when an execution asked something else than before: a thread's body depends on more than its machine.
  [[nodiscard]] bool is_repeatable() const { return is_repeatable_; }

 private:
  struct Choice {
    std::uint8_t taken;
    std::uint8_t count;
  };
  std::vector<Choice> made_;
  std::size_t next_ = 0;
  bool is_repeatable_ = true;
};

}  // namespace shm::model
