// SPDX-License-Identifier: MIT
// A write to a register, killed after each of its instructions.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "support/kill_sweep.hpp"
#include "support/outcomes.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
Deadline soon() { return Deadline::in_milliseconds(5000); }  // later is a hang

const std::string kBefore(90, 'b');
const std::string kSwept(90, 's');

class RegisterScene : public SweptScene {
 public:
  /// writes   how many there were before, so that the slot has been used or hasn't
  RegisterScene(int writes, bool is_awaited) : has_value_(writes > 0) {
    for (int i = 0; i < writes; ++i) EXPECT_TRUE(one.value.write(bytes_of(kBefore)));
    if (!is_awaited) return;
    Operation waiting = two.value.changed_operation(two.value.version());
    EXPECT_TRUE(waiting.advance(Effort::announce).is_wait());
  }
  [[nodiscard]] std::span<const std::byte> shared() const override { return std::as_bytes(std::span(&*segment, 1)); }
  void prepare_victim() override {
    Peer::drop_inherited();
    victim = std::make_unique<Peer>(segment);
    segment->words[0] = victim->token();
  }
  void act() override { (void)victim->value.write(bytes_of(kSwept), soon()); }
  void check_alive() override { check_value(); }
  void check_dead() override {
    EXPECT_TRUE(one.participant().is_dead(segment->words[0]));
    check_value();
    ASSERT_EQ(two.value.write(bytes_of("next"), soon()), Outcome::acquired);
    EXPECT_EQ(text(), "next");
  }

  SyncSegment segment{4};
  Peer one{segment};
  Peer two{segment};
  std::unique_ptr<Peer> victim;

 private:
  [[nodiscard]] std::string text() const {
    std::array<std::byte, kValueSize> bytes{};
    const auto version = one.value.read(bytes);
    if (!version) return "no whole value";
    return version->number == 0 ? "nothing" : std::string(reinterpret_cast<const char*>(bytes.data()), version->length);
  }
  void check_value() const {
    const std::string found = text();
    EXPECT_TRUE(found == (has_value_ ? kBefore : "nothing") || found == kSwept) << found;
  }
  bool has_value_;
};

TEST(KillSweep, value_register) {
  if (!can_single_step()) GTEST_SKIP() << "not run: no single steps here";
  for (const int writes : {0, 1, 6}) {
    for (const bool is_awaited : {false, true}) {
      const Swept swept = sweep([&] { return std::make_unique<RegisterScene>(writes, is_awaited); });
      std::printf("register: write after %d, %-14s %6zu instructions, %3zu states, %4zu kills\n", writes,
                  is_awaited ? "awaited" : "not awaited", swept.instructions, swept.states, swept.kills);
      EXPECT_GT(swept.kills, 1U);
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace shm::test
