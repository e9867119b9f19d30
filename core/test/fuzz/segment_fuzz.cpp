// SPDX-License-Identifier: MIT
// A whole segment of any bytes: its header, its tables, its directory. Built twice: `segment` without checksums, behind
// which no fuzzer gets, and `checksums` with them.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "crc32c.hpp"
#include "fuzz/acts.hpp"
#include "fuzz/input.hpp"
#include "managed_segment/directory.hpp"
#include "managed_segment/header.hpp"
#include "os/wait.hpp"

#ifdef SHM_FUZZ_WITHOUT_CHECKSUMS
// In place of the core's.
std::uint32_t shm::crc32c(std::span<const std::byte> /*bytes*/, std::uint32_t /*before*/) noexcept { return 0; }
#endif

namespace shm::fuzz {
namespace {

/// Whoever has the directory's mutex lets it go after so many sleeps of who waits for it.
struct Holder {
  std::uint32_t* word = nullptr;
  std::uint32_t sleeps = 0;
};
Holder holder;

/// The one who acts, and one more who is alive. Their table is not the segment's: that one is of the target
/// `participants`.
class Actors {
 public:
  Actors() noexcept : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    for (std::size_t i = 0; i < joined_.size(); ++i) {
      const std::string path = "/proc/self/fd/" + std::to_string(file_);
      Result<Participant> joined = Participant::join(table_, ::open(path.c_str(), O_RDWR | O_CLOEXEC));
      if (!joined) report(joined.error().operation);
      joined_[i] = *std::move(joined);
    }
  }
  [[nodiscard]] const Participant& me() const noexcept { return joined_[0]; }
  [[nodiscard]] Token other() const noexcept { return joined_[1].token(); }

 private:
  std::array<layout::ParticipantSlot, 4> table_{};
  std::array<Participant, 2> joined_;
  int file_;
};

constexpr std::array<std::string_view, 4> kNames{"a", "b", "mutex",
                                                 "a name as long as one may be .................................."};
static_assert(kNames[3].size() == layout::kLongestObjectName);

class Subject {
 public:
  Subject(std::span<std::byte> segment, const layout::ImmutableBlock& header, const Head& head) noexcept
      : segment_(segment), header_(header), head_(head), directory_(segment_, header_) {}

  void act(const Actors& actors, Act act, std::size_t index) noexcept {
    holder = {&mutex(), act.detail % 64U};
    intrude(index);
    switch (act.operation()) {
      case kList:
        directory_.for_each([&](const ListedObject& object) {
          check(!object.name.empty() && object.name.size() <= layout::kLongestObjectName, "a listed name");
          check_place(object.offset, object.spec.body_size);
        });
        break;
      case kFind:
        if (const auto found = directory_.find(name(act))) check_object(*found);
        break;
      case kMake: {
        const ObjectSpec spec = spec_of(act);
        const auto made = directory_.find_or_make(name(act), spec, actors.me(), [&](std::span<std::byte> body) {
          for (const std::byte byte : body) check(byte == std::byte{0}, "a new object that is not of zeros");
          intrude(index + kMostActs);
        });
        if (!made) break;
        check_object(*made);
        check(made->body.size() == spec.body_size && made->spec.kind == spec.kind, "another object than wanted");
        break;
      }
      case kRetire:
        (void)directory_.retire(name(act));
        break;
      default:
        break;
    }
  }

  /// The tables can be read to their ends.
  void touch_tables() noexcept {
    for (std::uint32_t i = 0; i < header_.participant_count; ++i) {
      touch(header_.participants_offset + i * sizeof(layout::ParticipantSlot), sizeof(layout::ParticipantSlot));
    }
  }

  [[nodiscard]] std::uint32_t& word(std::uint64_t offset) const noexcept {
    return *reinterpret_cast<std::uint32_t*>(segment_.data() + offset);
  }
  [[nodiscard]] std::uint32_t& mutex() const noexcept { return word(offsetof(layout::SegmentHeader, directory_mutex)); }

 private:
  [[nodiscard]] std::string_view name(Act act) const noexcept { return kNames[act.detail / 64U]; }

  [[nodiscard]] ObjectSpec spec_of(Act act) const noexcept {
    const Intrusion& with = head_.intrusions[act.detail % std::size(head_.intrusions)];
    ObjectSpec spec{.kind = static_cast<layout::ObjectKind>(1 + act.detail % layout::kLastObjectKind)};
    spec.params[0] = act.detail % 4U;
    spec.body_size = act.is_second() ? ~std::uint64_t{0} - with.value : with.value % 1024;
    return spec;
  }

  /// Anything that has been copied and checked before may be something else now.
  void intrude(std::size_t moment) noexcept {
    for (const Intrusion& intrusion : head_.intrusions) {
      if (intrusion.access != moment + 1) continue;
      // The tables first, because the rest of the header is not looked at again.
      const std::uint64_t begin = moment % 2 == 0 ? offsetof(layout::SegmentHeader, state) : header_.directory_offset;
      const std::uint64_t words = (segment_.size() - begin) / sizeof(std::uint32_t);
      if (words > 0) word(begin + intrusion.word % words * sizeof(std::uint32_t)) = intrusion.value;
    }
  }

  /// Reads both ends, for the address sanitizer to see.
  void touch(std::uint64_t offset, std::uint64_t size) const noexcept {
    const volatile std::byte* const first = segment_.data() + offset;
    (void)first[0];
    (void)first[size - 1];
  }
  void check_place(std::uint64_t offset, std::uint64_t size) noexcept {
    check(offset % layout::kCacheLine == 0 && offset >= header_.data_offset && offset <= segment_.size() && size >= 1 &&
              size <= segment_.size() - offset,
          "an object that is not in the segment");
    touch(offset, size);
  }
  void check_object(const ManagedObject& object) noexcept {
    check(object.body.data() == segment_.data() + object.offset, "an object whose body is elsewhere");
    check_place(object.offset, object.body.size());
    check(object.spec.body_size == object.body.size(), "an object of another size");
  }

  std::span<std::byte> segment_;
  layout::ImmutableBlock header_;  ///< the private copy
  const Head& head_;
  managed::Directory directory_;
};

}  // namespace
}  // namespace shm::fuzz

// In place of os::wait_word(): an input takes no time.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the linker's name
extern "C" shm::os::Wake __wrap__ZN3shm2os9wait_wordERKjjm(const std::uint32_t& /*word*/, std::uint32_t /*value*/,
                                                           std::uint64_t /*nanoseconds*/) {
  auto& [word, sleeps] = shm::fuzz::holder;
  if (word != nullptr && sleeps-- == 0) *word = 0;
  return shm::os::Wake::expired;
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shm;
  using namespace shm::fuzz;
  static const Actors kActors;
  Input input(data, size);
  if (!input) return 0;
  const std::size_t object_size = input.left() + (input.left() > kUnreadBegin ? kUnreadEnd - kUnreadBegin : 0);
  const Head head = input.head();
  std::vector<std::byte> bytes(object_size);
  input.take(std::span(bytes).first(std::min(object_size, kUnreadBegin)));
  if (object_size > kUnreadEnd) input.take(std::span(bytes).subspan(kUnreadEnd));
  // As a process does: it reads the block, checks it, and maps what the block says.
  layout::ImmutableBlock header{};
  if (object_size > 0) std::memcpy(&header, bytes.data(), std::min(sizeof header, object_size));
#ifdef SHM_FUZZ_WITHOUT_CHECKSUMS
  header.crc32c = 0;
#endif
  if (!managed::check_header(header, object_size)) return 0;
  check(header.total_size <= object_size && header.total_size >= sizeof(layout::SegmentHeader), "a segment too long");
  const Block segment(header.total_size);
  std::memcpy(segment.bytes().data(), bytes.data(), header.total_size);
  Subject subject(segment.bytes(), header, head);
#ifdef SHM_FUZZ_WITHOUT_CHECKSUMS
  for (std::uint32_t i = 0; i < header.directory_capacity; ++i) {
    subject.word(header.directory_offset + i * sizeof(layout::DirectoryEntry) +
                 offsetof(layout::DirectoryEntry, crc32c)) = 0;
  }
#endif
  // Tokens of this process are in no input.
  if (head.slot == 1) subject.mutex() = kActors.other();
  if (head.slot == 2) subject.mutex() = kActors.me().token();
  subject.touch_tables();
  for (std::size_t i = 0; i < kMostActs; ++i) subject.act(kActors, {head.acts[i], head.details[i]}, i);
  holder = {};
  return 0;
}
