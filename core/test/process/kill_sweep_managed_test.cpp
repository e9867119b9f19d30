// SPDX-License-Identifier: MIT
// Managed segments: who opens or closes one, or changes its directory, is killed in every state that it leaves.
// create() has no name before it is finished: managed_process_test.cpp ends it before each of its system calls.
#include <gtest/gtest.h>

#include <unistd.h>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "support/kill_sweep.hpp"
#include "support/own_managed.hpp"
#include "support/sync_segment.hpp"

namespace shm::test {
namespace {

const SegmentName& name() {
  static const SegmentName own = *SegmentName::parse("/shm-test-sweep-" + std::to_string(::getpid()));
  return own;
}

constexpr ObjectSpec kSpec{.kind = layout::ObjectKind::bytes, .body_size = 64};
constexpr auto kFill = [](std::span<std::byte> body) { std::memset(body.data(), 7, body.size()); };
bool is_filled(const ManagedObject& object) {
  return std::ranges::all_of(object.body, [](std::byte byte) { return byte == std::byte{7}; });
}

class ManagedScene : public SweptScene {
 public:
  using Step = void (*)(ManagedScene&);
  ManagedScene(Step before, Step swept) : arrange_(before), act_(swept) {
    // Of one page of objects and few participants, because it is compared after each instruction.
    Result<ManagedSegment> created = ManagedSegment::create(name(), {.size = 4096, .participants = 4, .objects = 4});
    require(created.has_value(), "can't create");
    own = *std::move(created);
  }
  [[nodiscard]] std::span<const std::byte> shared() const override { return own.bytes(); }
  void prepare_victim() override {
    if (arrange_ != nullptr) arrange_(*this);
  }
  void act() override { act_(*this); }

  void check_dead() override {
    std::uint32_t living = 0;
    EXPECT_TRUE(own.for_each_participant([&](const ListedParticipant& each) { living += each.is_live ? 1U : 0U; }));
    EXPECT_EQ(living, 1U);
    const auto found = own.find_or_make("object", kSpec, kFill);
    ASSERT_TRUE(found) << found.error().operation;
    EXPECT_TRUE(is_filled(*found)) << "half made";
    const auto other = own.find_or_make("another", kSpec, kFill);
    ASSERT_TRUE(other) << other.error().operation;
    EXPECT_NE(other->offset, found->offset);
    {
      Result<ManagedSegment> another = ManagedSegment::open(name());
      ASSERT_TRUE(another);
      EXPECT_EQ(another->find("object")->offset, found->offset);
    }
    ASSERT_TRUE(own.close());
    EXPECT_FALSE(ManagedSegment::open(name())) << "the last close leaves the name";
  }

  ManagedSegment own;
  ManagedSegment victim;

 private:
  Step arrange_;
  Step act_;
};

void open(ManagedScene& s) {
  Result<ManagedSegment> opened = ManagedSegment::open(name());
  require(opened.has_value(), "can't open");
  s.victim = *std::move(opened);
}

TEST(KillSweep, managed_segment) {
  if (!can_single_step()) GTEST_SKIP() << "not run: no single steps here";
  struct Operation {
    const char* name;
    ManagedScene::Step arrange;
    ManagedScene::Step act;
  };
  constexpr Operation kOperations[] = {
      {"open", nullptr, open},
      {"find_or_make, made", open, [](ManagedScene& s) { (void)s.victim.find_or_make("object", kSpec, kFill); }},
      {"find_or_make, found",
       [](ManagedScene& s) {
         open(s);
         (void)s.victim.find_or_make("object", kSpec, kFill);
       },
       [](ManagedScene& s) { (void)s.victim.find_or_make("object", kSpec, kFill); }},
      {"retire",
       [](ManagedScene& s) {
         open(s);
         (void)s.victim.find_or_make("object", kSpec, kFill);
       },
       [](ManagedScene& s) { (void)s.victim.retire("object"); }},
      {"close", open, [](ManagedScene& s) { (void)s.victim.close(); }},
  };
  for (const Operation& operation : kOperations) {
    SCOPED_TRACE(operation.name);
    const Swept swept = sweep([&] { return std::make_unique<ManagedScene>(operation.arrange, operation.act); });
    std::printf("%-44s %6zu instructions, %3zu states, %4zu kills\n", operation.name, swept.instructions, swept.states,
                swept.kills);
    EXPECT_GT(swept.kills, 1U);
  }
}

}  // namespace
}  // namespace shm::test
