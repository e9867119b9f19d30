// SPDX-License-Identifier: MIT
// Mutants that no configuration notices, and why that is right.
#pragma once

namespace shm::model {

struct Survivor {
  const char* mutant;
  const char* reason;
};

inline constexpr Survivor kSurvivors[] = {
    // What the dead did is ordered before is_dead() says that they are; kept, since it costs nothing where it is rare.
    {"mutex_steal: release", "is_dead() has acquired all that the dead owner did"},
    {"writer_steal: release", "is_dead() has acquired all that the dead owner did"},
    {"reader_steal: release", "is_dead() has acquired all that the dead owner did"},
    {"role_steal: release", "is_dead() has acquired all that the dead holder did"},
    {"role_bury: release", "is_dead() has acquired all that the dead holder did"},
    {"role_leave: relaxed", "notify(), after the last step in a role, has made a fence"},
    {"queue_owner: relaxed", "notify(), between a lease and its end, has made a fence"},
    {"reader_steal: acquire", "notify(), just before it, has made a fence"},
    {"reader_withdraw: relaxed", "notify(), after the reader's last access to the data, has made a fence"},
    {"reader_hand_back: relaxed", "goes on with the release sequence of reader_steal"},
    {"writer_clear: acquire", "dead readers have written nothing; the mutex orders the writers"},
    {"writer_clear: release", "dead readers have written nothing; the mutex orders the writers"},
    {"mutex_count: left out", "counts for diagnostics"},
    {"count_close_gate: left out", "a gate that stays open costs wake-ups of nobody"},
    {"mutex_steal: without waiters", "who sleeps while there is a dead owner has slices"},
    {"writer_take: without waiters", "an unlock by a writer wakes all: no wake-up is somebody's alone"},
    {"reader_steal: without suspect",
     "reader_hand_back sets it, and so does who steals from a reader that died in between"},
};

}  // namespace shm::model
