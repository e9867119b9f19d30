// SPDX-License-Identifier: MIT
// A write to a register, killed after each of its instructions.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "support/outcomes.hpp"
#include "support/peer_scene.hpp"

namespace shm::test {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

const std::string kBefore(90, 'b');
const std::string kSwept(90, 's');

/// What the living find in a register after the death of one.
class RegisterScene : public PeerScene {
 public:
  /// writes   how many there were before, so that the slot has been used or hasn't
  RegisterScene(int writes, bool is_awaited) : PeerScene(4), has_value_(writes > 0) {
    for (int i = 0; i < writes; ++i) EXPECT_TRUE(one.value.write(bytes_of(kBefore)));
    if (!is_awaited) return;
    Operation waiting = two.value.changed_operation(two.value.version());
    EXPECT_TRUE(waiting.advance(Effort::announce).is_wait());
  }
  void act() override { (void)victim->value.write(bytes_of(kSwept), soon()); }
  void check_alive() override { check_value(); }
  void check_dead() override {
    PeerScene::check_dead();
    check_value();
    ASSERT_EQ(two.value.write(bytes_of("next"), soon()), Outcome::acquired);
    EXPECT_EQ(text(), "next");
  }

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
      const std::string name = "register: write after " + std::to_string(writes) + (is_awaited ? ", awaited" : "");
      report(name.c_str(), sweep([&] { return std::make_unique<RegisterScene>(writes, is_awaited); }));
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace shm::test
