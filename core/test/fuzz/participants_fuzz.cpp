// SPDX-License-Identifier: MIT
// The table of participants with any bytes: joining, asking who is dead, leaving; with the kernel's real locks.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <shm/layout/segment_header.hpp>
#include <shm/participant.hpp>
#include <string>

#include "fuzz/acts.hpp"
#include "fuzz/input.hpp"
#include "os/liveness.hpp"

namespace shm::fuzz {
namespace {

/// The file whose bytes are locked, with one description for each actor and one for everybody else.
class LockFile {
 public:
  LockFile() noexcept : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    for (int& description : descriptions_) {
      const std::string path = "/proc/self/fd/" + std::to_string(file_);
      description = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      check(description >= 0, "no descriptor");
    }
  }
  [[nodiscard]] int of_actor(std::size_t index) const noexcept { return descriptions_[index]; }
  [[nodiscard]] int of_others() const noexcept { return descriptions_[2]; }

  static void unlock_all(int description, std::uint32_t slots) noexcept {
    for (std::uint32_t i = 0; i < slots; ++i) (void)os::unlock_byte(description, layout::kSlotLocks + i);
  }

 private:
  int file_;
  std::array<int, 3> descriptions_{};
};

class Subject {
 public:
  Subject(Input& input, const LockFile& locks) noexcept
      : head_(input.head()),
        count_(cells_of(head_.count)),
        block_(input, count_ * sizeof(layout::ParticipantSlot)),
        slots_(block_.array<layout::ParticipantSlot>(0, count_)),
        locks_(locks) {
    for (std::uint32_t i = 0; i < count_; ++i) {
      if ((head_.dead >> i & 1) == 0) continue;
      const auto kind = (head_.dead >> (i + 16) & 1) == 0 ? os::ByteLock::exclusive : os::ByteLock::shared;
      (void)os::try_lock_byte(locks_.of_others(), layout::kSlotLocks + i, kind);
    }
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject() {
    for (Participant& actor : actors_) actor.abandon();
    LockFile::unlock_all(locks_.of_others(), count_);
    for (std::size_t i = 0; i < actors_.size(); ++i) LockFile::unlock_all(locks_.of_actor(i), count_);
  }

  void act(Act act) noexcept {
    const std::size_t index = act.is_second() ? 1 : 0;
    Participant& actor = actors_[index];
    switch (act.operation()) {
      case kJoin:
        join(index);
        break;
      case kLeave:
        actor.leave();
        check(actor.token() == kNobody, "who has left, and is somebody");
        break;
      case kCrash:
        actor.abandon();
        LockFile::unlock_all(locks_.of_actor(index), count_);
        break;
      case kAskForWord:
        (void)actor.is_dead(word(act.detail));
        break;
      case kAskForValue:
        (void)actor.is_dead(intrusion(act).value);
        break;
      case kAskForBoth:
        for (const Participant& asked : actors_) {
          const bool is_dead = actor.is_dead(asked.token());
          if (&asked == &actor && actor.token() != kNobody) check(!is_dead, "who takes himself for dead");
        }
        break;
      case kOverwrite:
        word(intrusion(act).word) = intrusion(act).value;
        break;
      case kPretend:
        pretend(slots_[act.detail % count_]);
        break;
      default:
        break;
    }
  }

 private:
  [[nodiscard]] std::uint32_t& word(std::size_t index) const noexcept {
    const auto words = block_.array<std::uint32_t>(0, block_.bytes().size() / sizeof(std::uint32_t));
    return words[index % words.size()];
  }
  [[nodiscard]] const Intrusion& intrusion(Act act) const noexcept {
    return head_.intrusions[act.detail % std::size(head_.intrusions)];
  }

  void join(std::size_t index) noexcept {
    actors_[index].leave();
    Result<Participant> joined = Participant::join(slots_, locks_.of_actor(index));
    if (!joined) {
      check(joined.error().code == Errc::no_slot, joined.error().operation);
      return;
    }
    check(joined->slot() < count_ && joined->slot_count() == count_, "a slot that is not there");
    check(joined->token() == token_of(joined->slot(), slots_[joined->slot()].generation), "a token of another slot");
    check((joined->token() & kGenerationMask) != 0 && joined->token() <= kTokenMask, "a token of nobody");
    actors_[index] = *std::move(joined);
  }

  /// Identities of this machine are in no input.
  static void pretend(layout::ParticipantSlot& slot) noexcept {
    static const ProcessId kSelf = ProcessId::self();
    slot.pid = kSelf.pid;
    slot.pid_namespace = kSelf.pid_namespace;
    slot.start_time = kSelf.start_time;
    slot.identity_generation = slot.generation;
  }

  Head head_;
  std::uint32_t count_;
  Block block_;
  std::span<layout::ParticipantSlot> slots_;
  const LockFile& locks_;
  std::array<Participant, 2> actors_;
};

}  // namespace
}  // namespace shm::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shm::fuzz;
  static const LockFile kLocks;
  Input input(data, size);
  if (!input) return 0;
  Subject subject(input, kLocks);
  for (std::size_t i = 0; i < kMostActs; ++i) subject.act({input.head().acts[i], input.head().details[i]});
  return 0;
}
