// SPDX-License-Identifier: MIT
#include "soak/ledger.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace shm::soak {

void fail(Ledger& ledger, const char* what, std::int32_t who) noexcept {
  if (ledger.has_failed.exchange(1) == 0) {
    (void)std::snprintf(ledger.failure, sizeof ledger.failure, "%s (%d; found by process %d)", what, who, ::getpid());
  }
  ::_exit(EXIT_FAILURE);
}

void expect_empty(Ledger& ledger, const Occupant& place, const char* what) noexcept {
  const std::int32_t who = place.load();
  if (who != 0 && std::ranges::any_of(ledger.living, [who](const auto& living) { return living == who; }))
    fail(ledger, what, who);
}

void enter(Ledger& ledger, Occupant& place, const char* what) noexcept {
  expect_empty(ledger, place, what);
  place.store(::getpid());
}

void forget(Ledger& ledger, std::int32_t pid) noexcept {
  const auto clear = [pid](Occupant& place) {
    std::int32_t seen = pid;
    place.compare_exchange_strong(seen, 0);
  };
  clear(ledger.in_mutex);
  clear(ledger.writing);
  clear(ledger.producing);
  clear(ledger.consuming);
  for (Occupant& place : ledger.reading) clear(place);
  for (Occupant& place : ledger.holding) clear(place);
}

}  // namespace shm::soak
