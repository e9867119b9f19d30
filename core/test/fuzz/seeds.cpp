// SPDX-License-Identifier: MIT
// Writes the seeds of the corpora: valid objects in every state that an operation may meet, and what is done to them.
//   shm_fuzz_seeds <folder>    writes <folder>/<target>/<name>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <functional>
#include <shm/layout/queue_body.hpp>
#include <shm/layout/register_body.hpp>
#include <shm/layout/ring_body.hpp>
#include <shm/layout/segment_header.hpp>
#include <shm/layout/sync_bodies.hpp>
#include <shm/layout/topic_body.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "crc32c.hpp"
#include "fuzz/acts.hpp"
#include "fuzz/machine.hpp"
#include "managed_segment/directory.hpp"
#include "managed_segment/header.hpp"

namespace shm::fuzz {
namespace {

using layout::kSuspect, layout::kWaiters;
using Way = Act::Way;

constexpr Token kMe = token_of(0, Machine::kGeneration);
constexpr Token kOther = token_of(1, Machine::kGeneration);
constexpr Token kThird = token_of(2, Machine::kGeneration);
constexpr Token kFormer = token_of(1, Machine::kGeneration - 1);
constexpr std::uint64_t kAllDead = ~std::uint64_t{0};

std::string folder;

struct Seed {
  Head head{};
  std::vector<std::byte> bytes;
  std::size_t acts = 0;

  explicit Seed(std::uint8_t count = 0) { head.count = count; }

  Seed& act(std::uint8_t operation, std::uint8_t detail = 0, Way way = Way::whole, bool is_second = false) {
    head.acts[acts] = Act::code_of(operation, way, is_second);
    head.details[acts++] = detail;
    return *this;
  }
  template <class T>
  void add(const T& value) {
    add_bytes(std::as_bytes(std::span(&value, 1)));
  }
  void add_bytes(std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  /// The same with somebody who writes before every access.
  void write_storms(const std::string& target, const std::string& name) const {
    for (std::size_t i = 0; i < kStorms.size(); ++i) {
      Seed storm = *this;
      raise_storm(storm.head, kStorms[i]);
      storm.write(target, "storm-" + name + "-" + std::to_string(i));
    }
  }
  void write(const std::string& target, const std::string& name) const {
    const std::string path = folder + "/" + target;
    (void)::mkdir(path.c_str(), 0777);
    std::FILE* const file = std::fopen((path + "/" + name).c_str(), "wb");
    check(file != nullptr && std::fwrite(&head, sizeof head, 1, file) == 1, "a seed that can't be written");
    check(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(), "a seed that can't be written");
    check(std::fclose(file) == 0, "a seed that can't be written");
  }
};

struct State {
  const char* name;
  std::uint32_t word;
  std::uint64_t dead;
};
constexpr State kMutexStates[] = {
    {"free", 0, 0},
    {"mine", kMe, 0},
    {"held", kOther, 0},
    {"awaited", kOther | kWaiters, 0},
    {"waiters-left", kWaiters, 0},
    {"suspect", kSuspect, 0},
    {"suspect-held", kOther | kSuspect | kWaiters, 0},
    {"dead-owner", kOther, kAllDead},
    {"dead-owner-awaited", kOther | kWaiters, kAllDead},
    {"slot-used-again", kFormer, kAllDead},
    {"nobody", 0x3fffffff, 0},
};

// The offsets within the inputs are those of the targets' blocks, one behind the other.

void write_lock_seeds() {
  constexpr std::uint8_t kSlots = 3;
  const auto write = [](const std::string& name, const State& state, Token reader, auto&& script) {
    Seed seed(kSlots - 1);
    seed.head.dead = state.dead;
    seed.add(layout::MutexBody{.word = state.word, .recoveries = 0, .last_dead = 0});
    layout::RwLockBody lock{};
    lock.writer.word = state.word;
    seed.add(lock);
    std::array<layout::ReaderCell, kSlots> readers{};
    if (reader != kNobody) readers[(reader >> kGenerationBits) - 1] = {reader, 1};
    seed.add(readers);
    script(seed);
    seed.write("locks", name);
    if (name.ends_with("-mine")) seed.write_storms("locks", name);
  };
  for (const State& state : kMutexStates) {
    const std::string name = state.name;
    write("mutex-" + name, state, kNobody, [](Seed& seed) {
      seed.act(kLock, 2).act(kMakeConsistent).act(kUnlock).act(kLock, 0, Way::attempt).act(kUnlockSuspect);
      seed.act(kLock).act(kLock, 1, Way::whole, true).act(kUnlockConsistent);
    });
    write("write-" + name, state, kNobody, [](Seed& seed) {
      seed.act(kWrite, 2).act(kMakeWriteConsistent).act(kDowngrade).act(kUnlockRead).act(kWrite).act(kUnlockWrite);
    });
    write("read-" + name, state, kNobody, [](Seed& seed) {
      seed.act(kRead, 2).act(kRead).act(kUnlockRead).act(kUnlockRead).act(kRead, 0, Way::attempt, true).act(kWrite, 1);
    });
  }
  for (const Token reader : {kMe, kOther, kThird, kFormer}) {
    for (const State& state : {kMutexStates[0], kMutexStates[7]}) {
      write("drain-" + std::to_string(reader) + "-" + state.name, state, reader, [](Seed& seed) {
        constexpr auto kSuspectEffort = static_cast<std::uint8_t>(Effort::suspect);
        seed.act(kWrite, 3).act(kWrite, kSuspectEffort, Way::advance).act(kUnlockRead, 0, Way::whole, true);
        seed.act(kWrite, kSuspectEffort, Way::advance).act(kUnlockWriteSuspect).act(kWrite, 0, Way::give_up);
      });
    }
  }
}

void write_permit_seeds() {
  constexpr std::uint8_t kPermits = 3;
  struct Values {
    const char* name;
    std::uint32_t value;
    std::array<Token, kPermits> holders;
    std::uint32_t manual;
    std::uint32_t automatic;
    std::uint32_t gate;
    std::uint64_t dead;
  };
  constexpr Values kStates[] = {
      {"fresh", kPermits, {}, 0, 0, 0, 0},
      {"taken", 0, {kMe, kOther, kThird}, 1, 1, 0, 0},
      {"awaited", 0, {kOther, kOther, kThird}, 4, 0, 1, 0},
      {"dead-holder", 1, {kOther, kMe, kOther}, 6, 1, 1, 2},
      {"slot-used-again", 2, {kFormer, kFormer, kFormer}, ~0U, 0, 1, kAllDead},
      {"last-one", 1, {kOther, 0, kOther}, ~0U - 1, 1, 0, 0},
      {"too-many", kPermits + 1, {~0U, 1, kWaiters}, 2, 2, ~0U, 0},
  };
  const auto write = [](const char* kind, const Values& state, auto&& script) {
    Seed seed(kPermits - 1);
    seed.head.dead = state.dead;
    const layout::EventCountBody sleepers{.sequence = 3, .gate = state.gate};
    seed.add(layout::SemaphoreBody{.value = state.value, .freed = sleepers});
    seed.add(layout::LeasedSemaphoreBody{.freed = sleepers});
    seed.add(state.holders);
    for (const std::uint32_t word : {state.manual, state.automatic}) {
      seed.add(layout::EventBody{.state = word, .changed = sleepers});
    }
    script(seed);
    const std::string name = std::string(kind) + "-" + state.name;
    seed.write("permits", name);
    if (name.ends_with("-fresh")) seed.write_storms("permits", name);
  };
  for (const Values& state : kStates) {
    write("semaphore", state, [](Seed& seed) {
      seed.act(kAcquire, 2).act(kAcquire, 0, Way::attempt).act(kRelease, 1).act(kRelease, 0xff).act(kAcquire, 3);
      seed.act(kAcquire, 2, Way::advance, true).act(kRelease, 2).act(kAcquire, 3, Way::advance, true);
    });
    write("lease", state, [](Seed& seed) {
      seed.act(kAcquireLease, 2).act(kReleaseLease, 0).act(kReleaseLease, 1).act(kAcquireLease, 0, Way::attempt);
      seed.act(kAcquireLease, 3, Way::advance, true).act(kReleaseLease, 2).act(kAcquireLease, 0, Way::give_up, true);
    });
    write("event", state, [](Seed& seed) {
      seed.act(kWaitManual, 2, Way::advance).act(kSetManual).act(kResetManual).act(kWaitManual, 2, Way::advance);
      seed.act(kWaitAutomatic, 2).act(kSetAutomatic).act(kSetAutomatic).act(kWaitAutomatic).act(kResetAutomatic);
      seed.act(kWaitWord, 1);
    });
  }
}

void write_meeting_seeds() {
  constexpr std::uint8_t kParties = 3;
  using Cells = std::array<layout::BarrierCell, kParties>;
  const auto write = [](const std::string& name, const State& state, const Cells& cells, auto&& script) {
    Seed seed(kParties - 1);
    seed.head.dead = state.dead;
    const layout::MutexBody mutex{.word = state.word, .recoveries = 0, .last_dead = 0};
    seed.add(mutex);
    seed.add(layout::ConditionBody{.sequence = 5, .ever_waited = 0});
    seed.add(layout::BarrierBody{.mutex = mutex, .phase = 5, .passed = {}});
    seed.add(cells);
    script(seed);
    seed.write("meetings", name);
    if (name.ends_with("-mine")) seed.write_storms("meetings", name);
  };
  for (const State& state : kMutexStates) {
    write(std::string("condition-") + state.name, state, Cells{}, [](Seed& seed) {
      seed.act(kLockForCondition, 1).act(kWaitCondition, 2, Way::advance).act(kNotify, 1);
      seed.act(kWaitCondition, 3, Way::advance).act(kWaitCondition, 1).act(kUnlockForCondition);
      seed.act(kLockForCondition, 1, Way::whole, true).act(kWaitCondition, 2, Way::whole, true).act(kNotify, 255);
    });
    write(std::string("barrier-") + state.name, state, Cells{{{5, kOther}, {5, kThird}}}, [](Seed& seed) {
      seed.act(kWaitBarrier, 2).act(kWaitBarrier, 2, Way::whole, true).act(kWaitBarrier, 0, Way::attempt);
    });
  }
  const std::array<Cells, 6> all{Cells{},
                                 {{{4, kMe}, {4, kOther}, {4, kThird}}},
                                 {{{5, kOther}}},
                                 {{{5, kMe}, {5, kOther}, {5, kThird}}},
                                 {{{5, 0}, {5, kFormer}, {6, kThird}}},
                                 {{{~0U, ~0U}, {5, kOther}, {5, kOther}}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const State& state : {kMutexStates[0], State{"free-dead", 0, kAllDead}}) {
      write("cells-" + std::to_string(i) + "-" + state.name, state, all[i], [](Seed& seed) {
        seed.act(kWaitBarrier, 3, Way::advance).act(kWaitBarrier, 3, Way::advance, true).act(kWaitBarrier, 1);
        seed.act(kWaitBarrier, 0, Way::give_up).act(kWaitBarrier, 3, Way::advance, true);
        seed.act(kWaitBarrier, 0, Way::give_up, true);
      });
    }
  }
}

void write_participant_seeds() {
  constexpr std::uint8_t kSlots = 3;
  const auto write = [](const std::string& name, const std::array<std::uint32_t, kSlots>& generations,
                        std::uint64_t locked, auto&& script) {
    Seed seed(kSlots - 1);
    seed.head.dead = locked;
    std::array<layout::ParticipantSlot, kSlots> slots{};
    for (std::size_t i = 0; i < kSlots; ++i) {
      slots[i].generation = generations[i];
      slots[i].identity_generation = generations[i];
      slots[i].pid = static_cast<std::uint32_t>(1000 + i);
      seed.head.intrusions[i].value = token_of(static_cast<std::uint32_t>(i), generations[i]);
    }
    seed.add(slots);
    script(seed);
    seed.write("participants", name);
  };
  const auto script = [](Seed& seed) {
    seed.act(kJoin).act(kJoin, 0, Way::whole, true).act(kAskForBoth).act(kAskForBoth, 0, Way::whole, true);
    for (const std::uint8_t i : {0, 1, 2}) seed.act(kAskForValue, i);
    seed.act(kPretend, 1).act(kAskForValue, 1).act(kCrash, 0, Way::whole, true).act(kAskForBoth).act(kJoin, 0);
    seed.act(kLeave).act(kAskForWord, 0).act(kJoin, 0, Way::whole, true);
  };
  write("fresh", {0, 0, 0}, 0, script);
  write("one-alive", {7, 0, 0}, 1, script);
  write("all-alive", {7, 8, 9}, 7, script);
  write("dead", {7, 8, 9}, 0, script);
  write("reader-locks", {7, 8, 9}, 0x70007, script);
  write("generations-wrap", {0xfffff, 0xffffffff, 0x1fffff}, 0, script);
}

void write_segment_seeds() {
  const auto write = [](const std::string& name, auto&& change) {
    const managed::HeaderPlan plan{.size = 1, .participants = 2, .objects = 3};
    Seed seed;
    const std::uint64_t size = managed::bytes_before_objects(plan) + 256;  // no whole page: fewer bytes to change
    const Block segment(size);
    std::byte* const first = segment.bytes().data();
    auto& header = *reinterpret_cast<layout::SegmentHeader*>(first);
    header.fixed = managed::plan_header(plan);
    header.fixed.total_size = size;
    header.state = static_cast<std::uint32_t>(layout::SegmentState::ready);
    auto* const entries = reinterpret_cast<layout::DirectoryEntry*>(first + header.fixed.directory_offset);
    for (std::uint32_t i = 0; i < 2; ++i) {
      entries[i] = {.state = 1,
                    .kind = static_cast<std::uint16_t>(2 + i),
                    .version = 1,
                    .offset = header.fixed.data_offset + std::uint64_t{64} * i,
                    .size = 64,
                    .params = {},
                    .crc32c = 0,
                    .name_length = 1,
                    .name = {}};
      entries[i].name[0] = static_cast<char>('a' + i);
    }
    seed.act(kList).act(kFind, 0).act(kMake, 0x41).act(kMake, 0x80).act(kMake, 0xc1).act(kRetire, 0x40);
    seed.act(kFind, 0x40).act(kMake, 0x45).act(kMake, 0x80, Way::whole, true).act(kList);
    for (Intrusion& intrusion : seed.head.intrusions) intrusion.value = 64;
    change(seed, header, entries);
    const auto write_to = [&](const char* target) {
      seed.bytes.clear();
      seed.add_bytes(segment.bytes().first(kUnreadBegin));
      seed.add_bytes(segment.bytes().subspan(kUnreadEnd));
      seed.write(target, name);
    };
    write_to("segment");
    managed::seal(header.fixed);
    for (std::uint32_t i = 0; i < plan.objects; ++i) {
      const auto bytes = std::as_bytes(std::span(&entries[i], 1));
      entries[i].crc32c = crc32c(bytes.subspan(60), crc32c(bytes.subspan(4, 52)));
    }
    write_to("checksums");
  };
  using Entries = layout::DirectoryEntry*;
  using Header = layout::SegmentHeader&;
  write("two-objects", [](Seed&, Header, Entries) {});
  write("empty", [](Seed&, Header, Entries entries) { entries[0] = entries[1] = {}; });
  write("retired", [](Seed&, Header, Entries entries) { entries[0].state = 2; });
  write("full", [](Seed&, Header header, Entries entries) {
    entries[2] = entries[1];
    entries[2].name[0] = 'c';
    entries[2].offset += 64;
    entries[2].size = header.fixed.total_size - entries[2].offset;
  });
  write("not-committed", [](Seed&, Header, Entries entries) { entries[1].state = 0; });
  write("damaged", [](Seed&, Header, Entries entries) { entries[1].size = ~std::uint64_t{0} - 63; });
  write("mutex-live", [](Seed& seed, Header, Entries) { seed.head.slot = 1; });
  write("mutex-own", [](Seed& seed, Header, Entries) { seed.head.slot = 2; });
  write("mutex-dead",
        [](Seed&, Header header, Entries) { std::memcpy(header.directory_mutex, &kOther, sizeof kOther); });
  write("mutex-flags",
        [](Seed&, Header header, Entries) { std::memcpy(header.directory_mutex, &kWaiters, sizeof kWaiters); });
  write("huge", [](Seed&, Header header, Entries) { header.fixed.total_size = ~std::uint64_t{0}; });
  write("overlap",
        [](Seed&, Header header, Entries) { header.fixed.directory_offset = header.fixed.participants_offset; });
}

void write_ring_seeds() {
  constexpr std::uint32_t kCapacity = 64;
  const auto write = [](const char* name, layout::RingSide producer, layout::RingSide consumer, auto&& script) {
    Seed seed(1);
    layout::RingBody body{};
    body.producer = producer;
    body.consumer = consumer;
    body.sent.gate = body.freed.gate = 1;
    seed.add(body);
    std::array<layout::RecordHeader, kCapacity / sizeof(layout::RecordHeader)> records{};
    records[0] = {.length = 4, .tag = 0};
    records[2] = {.length = 24, .tag = 0};
    records[6] = {.length = layout::kPadding, .tag = 0};
    seed.add(records);
    script(seed);
    seed.write("ring", name);
  };
  const auto send_and_receive = [](Seed& seed) {
    seed.act(kAppend, 8).act(kAppend, 20).act(kPublish).act(kPass).act(kPass).act(kFree).act(kPass);
    seed.act(kAppend, 0xff).act(kWaitForRoom, 2).act(kWaitForMessage, 2);
  };
  write("fresh", {}, {}, send_and_receive);
  write("two-messages", {48, kMe}, {0, kOther}, send_and_receive);
  write("padded", {64 + 16, kOther}, {48, kMe}, send_and_receive);
  write("full", {64, kMe}, {0, kMe}, send_and_receive);
  write("too-much", {72, kMe}, {0, kMe}, send_and_receive);
  write("misaligned", {4, kMe}, {2, kMe}, send_and_receive);
  write("roles", {0, kOther}, {0, kFormer}, [](Seed& seed) {
    seed.head.dead = kAllDead;
    seed.act(kTakeProducer, 0, Way::whole, true).act(kTakeConsumer).act(kLeaveProducer).act(kWaitForMessage, 3);
    seed.act(kLeaveConsumer).act(kTakeConsumer, 0, Way::whole, true).act(kWaitForRoom, 3, Way::advance);
  });
}

void write_queue_seeds() {
  using layout::EntryStage;
  constexpr std::uint32_t kCapacity = 128;
  const auto write = [](const char* name, layout::QueueProgress progress, std::array<EntryStage, 3> stages, Token owner,
                        std::uint32_t position) {
    Seed seed(1);
    seed.head.details[0] = 20;
    seed.head.dead = owner == kOther ? kAllDead : 0;
    layout::QueueBody body{};
    body.progress = progress;
    body.allocated = position + 96;
    body.sent.gate = body.freed.gate = 1;
    seed.add(body);
    for (std::uint32_t i = 0; i < kCapacity / 32; ++i) {
      const auto stage = static_cast<std::uint32_t>(i < stages.size() ? stages[i] : EntryStage::done);
      seed.add(layout::QueueEntry{.state = (position + 32 * i) | stage, .length = 16, .owner = owner, .spare = 0});
      seed.add(std::array<std::uint64_t, 2>{});
    }
    seed.act(kTake).act(kLeaseMessage, 1).act(kEndLease, 0).act(kReserve, 16).act(kCommit, 1).act(kLeaseMessage);
    seed.act(kReturnLease, 2).act(kWaitForNext, 2).act(kFreeFinished).act(kReserve, 40).act(kAbort, 3);
    seed.act(kWaitForSpace, 2).act(kTake, 1).act(kTake).act(kLeaseMessage).act(kReserve, 0xff);
    seed.write("queue", name);
  };
  const std::array kFresh{EntryStage::committed, EntryStage::committed, EntryStage::committed};
  const std::array kMixed{EntryStage::leased, EntryStage::reserved, EntryStage::committed};
  const std::array kOver{EntryStage::aborted, EntryStage::done, EntryStage::padding};
  write("committed", {}, kFresh, kMe, 0);
  write("mixed-mine", {.read = 32, .freed = 0, .returned = 1}, kMixed, kMe, 0);
  write("mixed-dead", {.read = 32, .freed = 0, .returned = 0}, kMixed, kOther, 0);
  write("over", {.read = 0, .freed = 0, .returned = 0}, kOver, kMe, 0);
  write("returned", {.read = 96, .freed = 0, .returned = 1}, kMixed, kNobody, 0);
  write("last-numbers", {.read = 0xffffff80, .freed = 0xffffff80, .returned = 0}, kFresh, kMe, 0xffffff80);
  write("impossible", {.read = 8, .freed = 200, .returned = 7}, kMixed, kMe, 0);
}

void write_topic_seeds() {
  constexpr std::uint32_t kCapacity = 128;
  const auto write = [](const char* name, layout::TopicHead head, std::uint32_t tail, std::uint32_t length) {
    Seed seed(1);
    seed.head.details[0] = 8;
    layout::TopicBody body{};
    body.head = head;
    body.tail = tail;
    body.news.gate = 1;
    seed.add(body);
    for (std::uint32_t i = 0; i < kCapacity / 16; ++i) {
      seed.add(layout::TopicRecord{.length = i == 3 ? length : 8, .sequence = i});
      seed.add(std::uint64_t{i});
    }
    seed.act(kSubscribe, 0).act(kReadMessage, 20).act(kReadMessage, 20).act(kPublishMessage, 8).act(kReadMessage, 20);
    seed.act(kPublishMessage, 24).act(kSubscribe, 1).act(kPublishMessage, 20).act(kReadMessage, 40);
    seed.act(kReadMessage, 3).act(kWaitForNews, 2).act(kPublishMessage).act(kReadMessage, 64);
    seed.write("topic", name);
  };
  write("some", {64, 48}, 16, 8);
  write("full", {128, 112}, 0, 8);
  write("begun", {128, 128}, 16, 8);
  write("padded", {160, 144}, 48, layout::kTopicPadding);
  write("last-numbers", {0, 0xfffffff0}, 0xffffff80, 8);
  write("too-long", {128, 112}, 0, 1000);
  write("impossible", {12, 7}, 200, 8);
}

void write_register_seeds() {
  constexpr std::uint32_t kSize = 8;
  const auto write = [](const char* name, std::uint32_t version, std::uint32_t length) {
    Seed seed(1);
    layout::RegisterBody body{};
    body.version = version;
    body.changed.gate = 1;
    seed.add(body);
    for (std::uint32_t slot = 0; slot < layout::kSlotCount; ++slot) {
      seed.add(layout::RegisterSlot{.version = version - 3 + slot, .length = length});
      seed.add(std::uint64_t{slot});
    }
    seed.act(kReadValue)
        .act(kWriteValue, 8)
        .act(kReadValue)
        .act(kWriteValue, 3)
        .act(kWaitForChange, 2)
        .act(kWriteValue)
        .act(kWriteValue, 7);
    seed.write("register", name);
  };
  write("fresh", 0, 0);
  write("written", 3, kSize);
  write("last-version", ~0U, kSize);
  write("too-long", 3, kSize + 1);
  write("much-too-long", 3, ~0U);
}

}  // namespace
}  // namespace shm::fuzz

int main(int count, char** arguments) {
  using namespace shm::fuzz;
  if (count != 2) return 1;
  folder = arguments[1];
  write_lock_seeds();
  write_permit_seeds();
  write_meeting_seeds();
  write_participant_seeds();
  write_segment_seeds();
  write_ring_seeds();
  write_queue_seeds();
  write_topic_seeds();
  write_register_seeds();
  return 0;
}
