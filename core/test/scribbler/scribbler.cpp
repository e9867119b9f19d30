// SPDX-License-Identifier: MIT
// One thread uses everything that is in shared memory, with deadlines of a few milliseconds, while another one writes
// words into it that hurt. Nothing may crash, and nothing may last for ever.
//   shm_scribbler <seconds> [<seed>]
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <random>
#include <shm/managed_segment.hpp>
#include <string>
#include <thread>
#include <vector>

#include "fuzz/input.hpp"

namespace shm::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kSlots = 5;
constexpr std::uint32_t kPermits = 5;
constexpr std::uint32_t kParties = 3;
constexpr std::uint32_t kMost = 4;

std::atomic<bool> is_over = false;
std::atomic<bool> has_ended = false;
std::atomic<const char*> current = "nothing";
std::atomic<std::uint64_t> done = 0;

/// A description of its own, as every attach has.
int reopen(int file) {
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  return ::open(path.c_str(), O_RDWR | O_CLOEXEC);
}

/// Participants and bodies in blocks of exact size.
struct Bodies {
  Block slots{kSlots * sizeof(layout::ParticipantSlot)};
  Block mutex{sizeof(layout::MutexBody)};
  Block rw_lock{RwLock::body_size(kSlots)};
  Block semaphore{sizeof(layout::SemaphoreBody)};
  Block leases{LeasedSemaphore::body_size(kPermits)};
  Block manual{sizeof(layout::EventBody)};
  Block automatic{sizeof(layout::EventBody)};
  Block condition{sizeof(layout::ConditionBody)};
  Block barrier{Barrier::body_size(kParties)};

  [[nodiscard]] std::span<layout::ParticipantSlot> table() const {
    return slots.array<layout::ParticipantSlot>(0, kSlots);
  }
  [[nodiscard]] std::vector<std::span<std::byte>> all() const {
    return {slots.bytes(),  mutex.bytes(),     rw_lock.bytes(),   semaphore.bytes(), leases.bytes(),
            manual.bytes(), automatic.bytes(), condition.bytes(), barrier.bytes()};
  }
};

/// The objects over the bodies.
struct Objects {
  Objects(const Bodies& bodies, const Participant& me)
      : mutex(me, bodies.mutex.as<layout::MutexBody>()),
        rw_lock(me, bodies.rw_lock.as<layout::RwLockBody>(),
                bodies.rw_lock.array<layout::ReaderCell>(layout::kRwLockReaders, kSlots)),
        semaphore(me, bodies.semaphore.as<layout::SemaphoreBody>(), kMost),
        leases(me, bodies.leases.as<layout::LeasedSemaphoreBody>(),
               bodies.leases.array<std::uint32_t>(layout::kLeaseHolders, kPermits)),
        manual(me, bodies.manual.as<layout::EventBody>(), Reset::manual),
        automatic(me, bodies.automatic.as<layout::EventBody>(), Reset::automatic),
        condition(me, bodies.condition.as<layout::ConditionBody>()),
        barrier(me, bodies.barrier.as<layout::BarrierBody>(),
                bodies.barrier.array<layout::BarrierCell>(layout::kBarrierCells, kParties)) {}

  Mutex mutex;
  RwLock rw_lock;
  Semaphore semaphore;
  LeasedSemaphore leases;
  Event manual;
  Event automatic;
  Condition condition;
  Barrier barrier;
};

class Scribbler {
 public:
  Scribbler(std::vector<std::span<std::byte>> blocks, std::vector<std::uint32_t> words, std::uint32_t seed)
      : blocks_(std::move(blocks)), words_(std::move(words)), random_(seed) {
    for (const std::span<std::byte> block : blocks_) good_.emplace_back(block.begin(), block.end());
  }

  void run() {
    for (std::uint32_t round = 0; !is_over; ++round) {
      // From time to time it is as it should be, so that operations get further than their first check.
      if (round % 64 == 0) restore();
      const std::size_t block = random_() % blocks_.size();
      for (std::uint32_t count = random_() % 32; count > 0; --count) {
        store(block, random_() % words_in(block), words_[random_() % words_.size()]);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(random_() % 8 == 0 ? random_() % 4000 : random_() % 100));
    }
    restore();
  }

 private:
  [[nodiscard]] std::size_t words_in(std::size_t block) const { return blocks_[block].size() / sizeof(std::uint32_t); }

  void store(std::size_t block, std::size_t index, std::uint32_t value) const {
    auto* const words = reinterpret_cast<std::uint32_t*>(blocks_[block].data());
    std::atomic_ref(words[index]).store(value, std::memory_order_relaxed);
  }

  void restore() {
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
      for (std::size_t i = 0; i < words_in(block); ++i) {
        std::uint32_t value = 0;
        std::memcpy(&value, good_[block].data() + i * sizeof value, sizeof value);
        store(block, i, value);
      }
    }
  }

  std::vector<std::span<std::byte>> blocks_;
  std::vector<std::vector<std::byte>> good_;
  std::vector<std::uint32_t> words_;
  std::minstd_rand random_;
};

/// The thread whose calls have to end.
class User {
 public:
  User(const Bodies& bodies, int locks, const Participant& me, ManagedSegment segment, std::uint32_t seed)
      : bodies_(bodies), locks_(locks), objects_(bodies, me), segment_(std::move(segment)), random_(seed) {}

  void run() {
    while (!is_over) {
      const Verb& verb = verbs_[random_() % verbs_.size()];
      current = verb.name;
      verb.call();
      ++done;
    }
    has_ended = true;
  }

 private:
  struct Verb {
    const char* name;
    std::function<void()> call;
  };

  Deadline soon() { return Deadline::in_milliseconds(static_cast<double>(random_() % 4)); }
  std::string name() { return std::string(1, static_cast<char>('a' + random_() % 12)); }

  void join_and_leave() {
    Result<Participant> joined = Participant::join(bodies_.table(), locks_);
    if (!joined) return;
    for (Token slot = 0; slot < kSlots; ++slot) (void)joined->is_dead(token_of(slot, random_() % 16));
  }

  static void touch(std::span<std::byte> body) {
    for (std::byte* const end : {body.data(), body.data() + body.size() - 1}) {
      (void)std::atomic_ref(*end).load(std::memory_order_relaxed);
    }
  }

  void find_or_make() {
    const auto made = segment_.find_or_make(name(), {.body_size = random_() % 600});
    if (made) touch(made->body);
  }

  void use_found() {
    auto mutex = segment_.mutex("m");
    if (mutex && mutex->lock(soon())) (void)mutex->unlock();
    auto lock = segment_.rw_lock("r");
    if (lock && lock->lock_shared(soon())) (void)lock->unlock_shared();
    auto leases = segment_.leased_semaphore("l", kPermits);
    if (leases) (void)leases->acquire(soon());
    auto barrier = segment_.barrier("p", kParties);
    if (barrier) (void)barrier->wait(soon());
  }

  void list() {
    (void)segment_.for_each_object(
        [this](const ListedObject& object) { touch(segment_.bytes().subspan(object.offset, object.spec.body_size)); });
    (void)segment_.for_each_participant([](const ListedParticipant&) {});
    (void)segment_.is_retired();
  }

  void open_again() {
    const Result<SegmentName> again = SegmentName::parse("/shm-test-scribbler-" + std::to_string(::getpid()));
    auto opened = ManagedSegment::open(*again);
    if (opened) (void)opened->find("m");
  }

  void operate() {
    std::array<Operation, 3> operations{objects_.mutex.lock_operation(), objects_.rw_lock.lock_operation(),
                                        objects_.condition.wait_operation(objects_.mutex)};
    for (int i = 0; i < 8; ++i) {
      for (Operation& operation : operations) (void)operation.advance(static_cast<Effort>(random_() % 4));
    }
    for (Operation& operation : operations) (void)wait_for(operation, soon());
  }

  const Bodies& bodies_;
  int locks_;
  Objects objects_;
  ManagedSegment segment_;
  std::minstd_rand random_;
  const std::vector<Verb> verbs_{
      {"Mutex::lock", [this] { (void)objects_.mutex.lock(soon()); }},
      {"Mutex::try_lock", [this] { (void)objects_.mutex.try_lock(); }},
      {"Mutex::unlock", [this] { (void)objects_.mutex.unlock(); }},
      {"Mutex::unlock_suspect", [this] { (void)objects_.mutex.unlock_suspect(); }},
      {"Mutex::make_consistent", [this] { (void)objects_.mutex.make_consistent(); }},
      {"RwLock::lock", [this] { (void)objects_.rw_lock.lock(soon()); }},
      {"RwLock::try_lock", [this] { (void)objects_.rw_lock.try_lock(); }},
      {"RwLock::unlock", [this] { (void)objects_.rw_lock.unlock(); }},
      {"RwLock::make_consistent", [this] { (void)objects_.rw_lock.make_consistent(); }},
      {"RwLock::lock_shared", [this] { (void)objects_.rw_lock.lock_shared(soon()); }},
      {"RwLock::try_lock_shared", [this] { (void)objects_.rw_lock.try_lock_shared(); }},
      {"RwLock::unlock_shared", [this] { (void)objects_.rw_lock.unlock_shared(); }},
      {"RwLock::downgrade", [this] { (void)objects_.rw_lock.downgrade(); }},
      {"Semaphore::acquire", [this] { (void)objects_.semaphore.acquire(soon()); }},
      {"Semaphore::release", [this] { (void)objects_.semaphore.release(random_() % 3); }},
      {"LeasedSemaphore::acquire", [this] { (void)objects_.leases.acquire(soon()); }},
      {"LeasedSemaphore::release", [this] { (void)objects_.leases.release(random_() % 8); }},
      {"LeasedSemaphore::value", [this] { (void)objects_.leases.value(); }},
      {"Event::wait", [this] { (void)objects_.manual.wait(soon()); }},
      {"Event::set", [this] { objects_.manual.set(); }},
      {"Event::reset", [this] { objects_.manual.reset(); }},
      {"Event::wait, automatic", [this] { (void)objects_.automatic.wait(soon()); }},
      {"Event::set, automatic", [this] { objects_.automatic.set(); }},
      {"Condition::wait", [this] { (void)objects_.condition.wait(objects_.mutex, soon()); }},
      {"Condition::notify", [this] { objects_.condition.notify(random_() % 3); }},
      {"Barrier::wait", [this] { (void)objects_.barrier.wait(soon()); }},
      {"Operation::advance", [this] { operate(); }},
      {"Participant::join", [this] { join_and_leave(); }},
      {"ManagedSegment::find", [this] { (void)segment_.find(name()); }},
      {"ManagedSegment::find_or_make", [this] { find_or_make(); }},
      {"ManagedSegment::retire", [this] { (void)segment_.retire(name()); }},
      {"ManagedSegment::mutex and so on", [this] { use_found(); }},
      {"ManagedSegment::for_each", [this] { list(); }},
      {"ManagedSegment::open", [this] { open_again(); }},
  };
};

/// Ends the use at that time. If the counter stands still for too long, it says in which call.
void watch(Clock::time_point end) {
  constexpr auto kHangs = std::chrono::seconds(60);
  std::uint64_t seen = 0;
  auto moved = Clock::now();
  while (!has_ended) {
    is_over = Clock::now() >= end;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (done != seen) moved = Clock::now();
    seen = done;
    if (Clock::now() - moved > kHangs) report(current);
  }
}

int run(int seconds, std::uint32_t seed) {
  const Result<SegmentName> name = SegmentName::parse("/shm-test-scribbler-" + std::to_string(::getpid()));
  const ManagedOptions options{.size = 20'000, .participants = kSlots, .objects = 16, .lifetime = Lifetime::persistent};
  Result<ManagedSegment> segment = ManagedSegment::create(*name, options);
  check(static_cast<bool>(segment), "no segment");
  (void)segment->mutex("m");
  (void)segment->rw_lock("r");
  (void)segment->semaphore("s", kMost, 1);
  (void)segment->leased_semaphore("l", kPermits);
  (void)segment->event("e", Reset::manual);
  (void)segment->barrier("p", kParties);
  // Mapped apart: what scribbles shall not die with the segment.
  const std::size_t size = segment->bytes().size();
  void* const view = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, segment->descriptor(), 0);
  check(view != MAP_FAILED, "no second mapping");

  const Bodies bodies;
  const int file = ::memfd_create("scribbler", MFD_CLOEXEC);
  Result<Participant> me = Participant::join(bodies.table(), reopen(file));
  Result<Participant> other = Participant::join(bodies.table(), reopen(file));
  check(me && other, "no participants");

  std::vector<std::uint32_t> words{0,        1,        2,     3, ~0U, ~0U - 1, kMost, kMost + 1, kPermits - 1,
                                   kPermits, kParties, kSlots};
  for (const std::uint32_t bit : {31, 30, 20, 12}) words.push_back(1U << bit);
  for (const Token token : {me->token(), other->token(), segment->participant().token(), token_of(3, 9)}) {
    for (const std::uint32_t flags : {0U, layout::kWaiters, layout::kSuspect}) words.push_back(token | flags);
  }
  std::vector<std::span<std::byte>> blocks = bodies.all();
  blocks.emplace_back(static_cast<std::byte*>(view), size);
  Scribbler scribbler(blocks, words, seed);
  {
    User user(bodies, reopen(file), *me, *std::move(segment), seed + 1);
    std::thread scribbling([&] { scribbler.run(); });
    std::thread using_it([&] { user.run(); });
    watch(Clock::now() + std::chrono::seconds(seconds));
    using_it.join();
    scribbling.join();
  }
  (void)ManagedSegment::unlink(*name);
  std::printf("%llu calls\n", static_cast<unsigned long long>(done));
  return 0;
}

}  // namespace
}  // namespace shm::fuzz

int main(int count, char** arguments) {
  const int seconds = count > 1 ? std::atoi(arguments[1]) : 10;
  return shm::fuzz::run(seconds, count > 2 ? static_cast<std::uint32_t>(std::atoi(arguments[2])) : 1U);
}
