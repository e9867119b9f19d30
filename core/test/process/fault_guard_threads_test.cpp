// SPDX-License-Identifier: MIT
// Threads that touch lost pages while others add and remove ranges, or fork.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "fault_guard.hpp"
#include "support/children.hpp"
#include "support/lost_pages.hpp"

namespace shm::test {
namespace {

using fault_guard::Slot;

/// A thread that runs `piece` again and again until it goes out of scope.
class Repeating {
 public:
  template <class Piece>
  explicit Repeating(Piece piece)
      : thread_([this, piece] {
          while (!is_over_) piece();
        }) {}
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;
  ~Repeating() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

/// Loses its only page again and again, and touches it.
void lose_and_touch(const Mapping& lost) {
  lost.map_again();
  must(read(lost.base()) == 0);
}

TEST(FaultGuardThreads, add_and_remove_ranges_while_others_touch_lost_pages) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping first(1);
              const Mapping second(1);
              for (const Mapping* lost : {&first, &second}) {
                lost->resize(0);
                must(fault_guard::add(lost->base(), lost->size()).has_value());
              }
              const Repeating one([&] { lose_and_touch(first); });
              const Repeating two([&] { lose_and_touch(second); });
              const Mapping mine(2);
              mine.resize(kPage);
              const Repeating three([] {
                const Mapping other(1);
                fault_guard::remove(*fault_guard::add(other.base(), other.size()));
              });
              for (int round = 0; round < 2000; ++round) {
                mine.map_again();
                const Slot slot = *fault_guard::add(mine.base(), mine.size());
                must(!fault_guard::has_faulted(slot));
                must(read(mine.page(1)) == 0);
                must(fault_guard::has_faulted(slot));
                fault_guard::remove(slot);
              }
            }),
            kEndedWell);
}

TEST(FaultGuardThreads, read_on_while_a_mapping_of_lost_pages_is_ended) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(1);
              lost.resize(0);
              lost.put_private_pages();
              const auto touch = [&] {
                for (int i = 0; i < 20; ++i) read(lost.base());
                std::this_thread::yield();
              };
              const Repeating one(touch);
              const Repeating two(touch);
              const Repeating three(touch);
              for (int round = 0; round < 5000; ++round) {
                const Slot slot = *fault_guard::add(lost.base(), lost.size());
                lost.map_again();
                while (!fault_guard::has_faulted(slot)) std::this_thread::yield();
                if (round % 2 == 0) lost.map_again();
                lost.put_private_pages();
                fault_guard::remove(slot);
                // From here on no handler puts a page in.
                write(lost.base(), 1);
                for (int i = 0; i < 50; ++i) must(read(lost.base()) == 1);
              }
            }),
            kEndedWell);
}

/// Waits for `counter` with as little delay as two processors allow.
void wait_for(const std::atomic<int>& counter, int value) {
  for (int spins = 1; counter < value; ++spins) {
    if (spins % 2000 == 0) std::this_thread::yield();
  }
}

TEST(FaultGuardThreads, find_what_the_other_wrote_to_the_page_that_both_have_lost) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(1);
              lost.resize(0);
              const auto count = [&] { std::atomic_ref(*reinterpret_cast<int*>(lost.base())).fetch_add(1); };
              constexpr int kRounds = 5000;
              std::atomic<int> started{0};
              std::atomic<int> finished{0};
              std::thread other([&] {
                for (int round = 1; round <= kRounds; ++round) {
                  wait_for(started, round);
                  count();
                  ++finished;
                }
              });
              for (int round = 1; round <= kRounds; ++round) {
                lost.map_again();
                const Slot slot = *fault_guard::add(lost.base(), lost.size());
                started = round;
                for (int i = 0; i < round % 100; ++i) (void)started.load();  // not always the first
                count();
                wait_for(finished, round);
                must(read(lost.base()) == 2);
                fault_guard::remove(slot);
              }
              other.join();
            }),
            kEndedWell);
}

TEST(FaultGuardThreads, leave_nothing_locked_in_a_child_that_is_forked_meanwhile) {
  EXPECT_EQ(ending_of_child([] {
              const Mapping lost(1);
              lost.resize(0);
              const Slot slot = *fault_guard::add(lost.base(), lost.size());
              const Repeating one([&] { lose_and_touch(lost); });
              const Repeating two([] {
                const Mapping other(1);
                fault_guard::remove(*fault_guard::add(other.base(), other.size()));
              });
              for (int i = 0; i < 300; ++i) {
                const pid_t child = ::fork();
                if (child == 0) {
                  ::alarm(4);  // less than the guard waits for a thread that is gone
                  lose_and_touch(lost);
                  must(fault_guard::has_faulted(slot));
                  fault_guard::remove(slot);
                  const Slot again = *fault_guard::add(lost.base(), lost.size());
                  lose_and_touch(lost);
                  must(fault_guard::has_faulted(again));
                  ::_exit(0);
                }
                must(ending_of(child) == kEndedWell);
              }
            }),
            kEndedWell);
}

}  // namespace
}  // namespace shm::test
