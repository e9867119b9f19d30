// SPDX-License-Identifier: MIT
// source   a count, which a killed holder leaves too low, and one cell for each permit, which he doesn't:
//          docs/algorithms.md#semaphore
#pragma once

#include <span>

#include "event_count.hpp"
#include "mutex_protocol.hpp"

namespace shm::sync {

struct SemaphoreParts {
  layout::SemaphoreBody* body = nullptr;
  std::uint32_t most = 0;  ///< permits
};

template <class M>
class SemaphoreAcquire {
 public:
  explicit SemaphoreAcquire(const SemaphoreParts& parts) noexcept : parts_(parts) {}

  Step advance(M& machine, Effort effort) noexcept {
    layout::SemaphoreBody& body = *parts_.body;
    if (const Step step = take(machine); !step.is_wait() || !is_announced(effort)) return step;
    const std::uint32_t sequence = prepare_to_wait(machine, body.freed);
    if (const Step step = take(machine); !step.is_wait()) return step;
    return Step::wait(body.freed.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step take(M& machine) noexcept {
    std::uint32_t& value = parts_.body->value;
    std::uint32_t seen = machine.template load<Site::semaphore_probe>(value);
    for (int attempt = 0; attempt < kMostAttempts && seen > 0; ++attempt) {
      if (seen > parts_.most) return Step::failed(Errc::corrupt);
      if (machine.template cas<Site::semaphore_take>(value, seen, seen - 1)) {  // sync: permit
        return Step::done(Outcome::acquired);
      }
    }
    return Step::wait(value, seen);
  }

  SemaphoreParts parts_;
};

/// errors   full: more permits than there are
template <class M>
Result<void> release_permits(M& machine, const SemaphoreParts& parts, std::uint32_t count) noexcept {
  std::uint32_t& value = parts.body->value;
  std::uint32_t seen = machine.template load<Site::semaphore_probe>(value);
  for (int attempt = 0; attempt < kAttemptsToGive; ++attempt) {
    if (seen > parts.most) return Error{Errc::corrupt, 0, "release"};
    if (count > parts.most - seen) return Error{Errc::full, 0, "more permits were given back than taken"};
    if (machine.template cas<Site::semaphore_release>(value, seen, seen + count)) {  // sync: permit
      notify(machine, parts.body->freed);
      return {};
    }
  }
  return Error{Errc::corrupt, 0, "release"};
}

struct LeasedSemaphoreParts {
  layout::LeasedSemaphoreBody* body = nullptr;
  std::span<std::uint32_t> holders;  ///< one cell for each permit
};

/// Its detail is the number of the permit.
template <class M>
class LeaseAcquire {
 public:
  explicit LeaseAcquire(const LeasedSemaphoreParts& parts) noexcept : parts_(parts) {}

  Step advance(M& machine, Effort effort) noexcept {
    if (const Step step = take(machine, effort); !step.is_wait() || !is_announced(effort)) return step;
    const std::uint32_t sequence = prepare_to_wait(machine, parts_.body->freed);
    if (const Step step = take(machine, Effort::glance); !step.is_wait()) return step;
    return Step::wait(parts_.body->freed.sequence, sequence);
  }

  Step give_up(M& /*machine*/) noexcept { return Step::done(Outcome::timed_out); }

 private:
  Step take(M& machine, Effort effort) noexcept {
    const auto most = static_cast<std::uint32_t>(parts_.holders.size());
    const std::uint32_t start = (machine.slot() * 0x9E3779B1U) % most;  // apart from the others
    for (std::uint32_t i = 0; i < most; ++i) {
      const std::uint32_t permit = (start + i) % most;
      std::uint32_t holder = machine.template load<Site::lease_probe>(parts_.holders[permit]);
      // sync: permit; token
      if (holder == kNobody && machine.template cas<Site::lease_take>(parts_.holders[permit], holder, machine.me())) {
        return Step::done(Outcome::acquired, permit);
      }
    }
    if (looks_for_the_dead(effort)) {
      for (std::uint32_t permit = 0; permit < most; ++permit) {
        std::uint32_t holder = machine.template load<Site::lease_probe>(parts_.holders[permit]);
        machine.template fence<Site::lease_before_suspect>();  // sync: token
        if (holder != kNobody && !machine.is_dead(holder & layout::kTokenBits)) continue;
        if (machine.template cas<Site::lease_steal>(parts_.holders[permit], holder, machine.me())) {
          return Step::done(Outcome::acquired, permit);
        }
      }
    }
    return Step::wait(parts_.body->freed.sequence,
                      machine.template load<Site::count_sequence>(parts_.body->freed.sequence));
  }

  LeasedSemaphoreParts parts_;
};

/// returns  false if the permit is not the participant's
template <class M>
bool release_lease(M& machine, const LeasedSemaphoreParts& parts, std::uint32_t permit) noexcept {
  if (permit >= parts.holders.size()) return false;
  std::uint32_t holder = machine.me();
  if (!machine.template cas<Site::lease_release>(parts.holders[permit], holder, kNobody)) return false;  // sync: permit
  notify(machine, parts.body->freed);
  return true;
}

}  // namespace shm::sync
