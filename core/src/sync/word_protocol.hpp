// SPDX-License-Identifier: MIT
#pragma once

#include <shm/sync/step.hpp>

#include "machine.hpp"

namespace shm::sync {

/// Waits until a word has another value than the given one.
template <class M>
class WordWait {
 public:
  WordWait(const std::uint32_t& word, std::uint32_t value) noexcept : word_(&word), value_(value) {}

  Step advance(M& machine, Effort /*effort*/) noexcept {
    if (machine.template load<Site::raw_look>(*word_) != value_) return Step::done(Outcome::acquired);
    return Step::wait(*word_, value_);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  const std::uint32_t* word_;
  std::uint32_t value_;
};

}  // namespace shm::sync
