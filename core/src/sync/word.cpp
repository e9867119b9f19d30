// SPDX-License-Identifier: MIT
#include <shm/sync/word.hpp>

#include "operation_maker.hpp"
#include "result_of.hpp"
#include "word_protocol.hpp"

namespace shm {

using sync::Machine, sync::WordWait;

Result<Outcome> wait(const std::uint32_t& word, std::uint32_t value, Deadline deadline) noexcept {
  return sync::result_of(wait_for(wait_operation(word, value), deadline), "wait");
}

std::uint32_t notify(const std::uint32_t& word, std::uint32_t count) noexcept {
  return count == 0 ? 0 : os::wake_word(word, count);  // the kernel takes 0 for 1
}

Operation wait_operation(const std::uint32_t& word, std::uint32_t value) noexcept {
  return sync::OperationMaker::make(Machine(), WordWait<Machine>(word, value));
}

}  // namespace shm
