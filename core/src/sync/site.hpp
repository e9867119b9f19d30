// SPDX-License-Identifier: MIT
// Every atomic access and every fence of the protocols, by name, with its memory order: one table, so that a test can
// weaken one of them at a time and see whether a model notices (core/test/model).
#pragma once

#include <atomic>
#include <cstdint>

namespace shm::sync {

// SITE(name, order). What pairs with what is said where the site is used.
#define SHM_SYNC_SITES(SITE)           \
  SITE(mutex_probe, relaxed)           \
  SITE(mutex_take, acq_rel)            \
  SITE(mutex_before_suspect, acquire)  \
  SITE(mutex_steal, acq_rel)           \
  SITE(mutex_announce, relaxed)        \
  SITE(mutex_count, relaxed)           \
  SITE(mutex_look, relaxed)            \
  SITE(mutex_release, release)         \
  SITE(mutex_clear, relaxed)           \
  SITE(count_sequence, relaxed)        \
  SITE(count_open_gate, relaxed)       \
  SITE(count_before_sleep, seq_cst)    \
  SITE(count_before_wake, seq_cst)     \
  SITE(count_look_at_gate, relaxed)    \
  SITE(count_close_gate, relaxed)      \
  SITE(count_advance, relaxed)         \
  SITE(reader_held, relaxed)           \
  SITE(reader_mark, seq_cst)           \
  SITE(reader_look, seq_cst)           \
  SITE(reader_withdraw, release)       \
  SITE(reader_steal, acq_rel)          \
  SITE(reader_announce, relaxed)       \
  SITE(reader_hand_back, release)      \
  SITE(reader_leave, release)          \
  SITE(writer_probe, relaxed)          \
  SITE(writer_take, seq_cst)           \
  SITE(writer_steal, acq_rel)          \
  SITE(writer_drain, seq_cst)          \
  SITE(writer_before_suspect, acquire) \
  SITE(writer_clear, acq_rel)          \
  SITE(writer_look, relaxed)           \
  SITE(writer_release, release)        \
  SITE(semaphore_probe, relaxed)       \
  SITE(semaphore_take, acquire)        \
  SITE(semaphore_release, release)     \
  SITE(lease_probe, relaxed)           \
  SITE(lease_take, acq_rel)            \
  SITE(lease_before_suspect, acquire)  \
  SITE(lease_steal, acq_rel)           \
  SITE(lease_release, release)         \
  SITE(event_probe, acquire)           \
  SITE(event_set, release)             \
  SITE(event_take, acquire)            \
  SITE(event_reset, relaxed)           \
  SITE(condition_mark, seq_cst)        \
  SITE(condition_sequence, relaxed)    \
  SITE(condition_moved, relaxed)       \
  SITE(condition_advance, relaxed)     \
  SITE(condition_before_wake, seq_cst) \
  SITE(condition_look, relaxed)        \
  SITE(barrier_phase, relaxed)         \
  SITE(barrier_cell, relaxed)          \
  SITE(barrier_open, release)          \
  SITE(barrier_passed, acquire)        \
  SITE(role_probe, relaxed)            \
  SITE(role_take, acq_rel)             \
  SITE(role_before_suspect, acquire)   \
  SITE(role_steal, acq_rel)            \
  SITE(role_leave, release)            \
  SITE(role_bury, acq_rel)             \
  SITE(ring_own_position, relaxed)     \
  SITE(ring_header, relaxed)           \
  SITE(ring_look_for_room, acquire)    \
  SITE(ring_look_for_more, acquire)    \
  SITE(ring_publish, release)          \
  SITE(ring_release, release)          \
  SITE(register_own_version, relaxed)  \
  SITE(register_before_slot, release)  \
  SITE(register_slot, relaxed)         \
  SITE(register_publish, release)      \
  SITE(register_look, acquire)         \
  SITE(register_after_slot, acquire)   \
  SITE(register_check, relaxed)        \
  SITE(queue_position, relaxed)        \
  SITE(queue_look_for_more, acquire)   \
  SITE(queue_entry, relaxed)           \
  SITE(queue_state, acquire)           \
  SITE(queue_reserve, release)         \
  SITE(queue_end_stage, release)       \
  SITE(queue_give_back, release)       \
  SITE(queue_owner, acquire)           \
  SITE(queue_take_hint, acquire)       \
  SITE(topic_own_position, relaxed)    \
  SITE(topic_before_record, release)   \
  SITE(topic_record, relaxed)          \
  SITE(topic_begin, release)           \
  SITE(topic_latest, acquire)          \
  SITE(topic_publish, release)         \
  SITE(topic_look, acquire)            \
  SITE(topic_tail, acquire)            \
  SITE(topic_after_record, acquire)    \
  SITE(topic_check, relaxed)           \
  SITE(raw_look, acquire)

enum class Site : std::uint8_t {
#define SHM_SITE_NAME(name, order) name,
  SHM_SYNC_SITES(SHM_SITE_NAME)
#undef SHM_SITE_NAME
};

constexpr std::memory_order kSiteOrders[] = {
#define SHM_SITE_ORDER(name, order) std::memory_order_##order,
    SHM_SYNC_SITES(SHM_SITE_ORDER)
#undef SHM_SITE_ORDER
};

constexpr std::memory_order order_of(Site site) noexcept { return kSiteOrders[static_cast<std::uint8_t>(site)]; }

}  // namespace shm::sync
