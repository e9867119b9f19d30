// SPDX-License-Identifier: MIT
#include "soak/worker.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <shm/managed_segment.hpp>
#include <vector>

#include "os/wait.hpp"
#include "sync/mutex_protocol.hpp"

namespace shm::soak {
namespace {

/// A participant whose judgement is impaired.
class FaultyMachine : public sync::Machine {
 public:
  FaultyMachine(const Participant& me, Fault fault) noexcept : Machine(me), fault_(fault) {}
  [[nodiscard]] bool is_dead(Token token) noexcept {
    if (fault_ == Fault::blind) return false;
    return ++count_ % 4 == 0 || Machine::is_dead(token);
  }

 private:
  Fault fault_;
  std::uint32_t count_ = 0;
};

/// Two counters that are equal whenever nobody is between them.
struct Pair {
  std::uint64_t first;
  std::uint64_t second;
};

constexpr std::uint32_t kValueSize = 256;  ///< bytes

class Worker {
 public:
  Worker(const SegmentName& name, Ledger& ledger, int number, std::uint64_t seed, Fault fault)
      : name_(name), ledger_(ledger), number_(number), random_(seed), fault_(fault) {
    reopen();
  }

  void do_something() {
    const auto job = static_cast<Job>(random_() % kJobs);
    switch (job) {
      case Job::mutex:
        under_mutex();
        break;
      case Job::write:
        write();
        break;
      case Job::read:
        read();
        break;
      case Job::lease:
        lease();
        break;
      case Job::permit:
        permit();
        break;
      case Job::event:
        event(Reset::manual, "event");
        break;
      case Job::pulse:
        event(Reset::automatic, "pulse");
        break;
      case Job::condition:
        condition();
        break;
      case Job::barrier:
        barrier();
        break;
      case Job::object:
        object();
        break;
      case Job::ring:
        random_() % 2 == 0 ? send() : receive();
        break;
      case Job::queue:
        random_() % 2 == 0 ? send_to_queue() : receive_from_queue();
        break;
      case Job::topic:
        random_() % 2 == 0 ? publish() : listen();
        break;
      case Job::value:
        random_() % 2 == 0 ? write_value() : read_value();
        break;
      case Job::reopen:
        if (random_() % 16 == 0) reopen();
        break;
    }
    ledger_.done[static_cast<int>(job)].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] Deadline soon() { return Deadline::in_milliseconds(static_cast<double>(random_() % 4)); }

  template <class Value>
  Value must(Result<Value>&& result, const char* what) {
    if (!result) fail(ledger_, what, static_cast<std::int32_t>(result.error().code));
    if constexpr (!std::is_void_v<Value>) return *std::move(result);
  }

  void linger() {
    for (std::uint64_t i = random_() % 256; i > 0; --i) os::pause();
  }

  Pair& pair(const char* name) {
    const auto object = must(segment_.find_or_make(name, {.body_size = sizeof(Pair)}), "no place for two counters");
    return *reinterpret_cast<Pair*>(object.body.data());
  }

  void advance(Pair& data, bool is_told, const char* what) {
    if (is_told) {
      ledger_.told.fetch_add(1, std::memory_order_relaxed);
      data.second = data.first;
    }
    if (data.first != data.second) fail(ledger_, what, ::getpid());
    volatile std::uint64_t& first = data.first;
    volatile std::uint64_t& second = data.second;
    first = first + 1;
    linger();
    second = second + 1;
  }

  void reopen() {
    listener_.reset();
    segment_ = {};
    segment_ = must(ManagedSegment::open(name_), "the segment can't be opened");
  }

  Outcome lock(Mutex& mutex) {
    if (fault_ == Fault::none) return must(mutex.lock(), "a lock fails");
    FaultyMachine machine(segment_.participant(), fault_);
    sync::MutexLock<FaultyMachine> operation(mutex.body());
    for (;;) {
      const Step step = operation.advance(machine, Effort::suspect);
      if (step.is_done()) return step.outcome;
      if (!step.is_wait()) fail(ledger_, "a faulty lock fails", ::getpid());
      (void)os::wait_word(*step.word, step.value, 1'000'000);
    }
  }

  void under_mutex() {
    Mutex mutex = must(segment_.mutex("mutex"), "no mutex");
    const Outcome outcome = lock(mutex);
    enter(ledger_, ledger_.in_mutex, "two have the mutex");
    advance(pair("mutex data"), outcome == Outcome::owner_died, "nobody said that the owner of the mutex died");
    if (outcome == Outcome::owner_died) must(mutex.make_consistent(), "an owner of the mutex is robbed");
    leave(ledger_.in_mutex);
    must(mutex.unlock(), "an owner of the mutex is robbed");
  }

  void write() {
    RwLock lock = must(segment_.rw_lock("rw lock"), "no rw-lock");
    const Outcome outcome = must(lock.lock(), "a write lock fails");
    enter(ledger_, ledger_.writing, "two write");
    for (Occupant& reader : ledger_.reading) expect_empty(ledger_, reader, "somebody reads while another one writes");
    advance(pair("rw data"), outcome == Outcome::owner_died, "nobody told a writer that one has died");
    if (outcome == Outcome::owner_died) must(lock.make_consistent(), "a writer is robbed");
    leave(ledger_.writing);
    if (random_() % 4 != 0) return must(lock.unlock(), "a writer is robbed");
    must(lock.downgrade(), "a writer is robbed");
    must(lock.unlock_shared(), "a reader is robbed");
  }

  void read() {
    RwLock lock = must(segment_.rw_lock("rw lock"), "no rw-lock");
    const Outcome outcome = must(lock.lock_shared(), "a read lock fails");
    enter(ledger_, ledger_.reading[number_], "two read in one place");
    expect_empty(ledger_, ledger_.writing, "somebody writes while another one reads");
    const Pair& data = pair("rw data");
    const volatile std::uint64_t& first_word = data.first;
    const volatile std::uint64_t& second_word = data.second;
    const std::uint64_t first = first_word;
    linger();
    const std::uint64_t second = second_word;
    if (outcome != Outcome::owner_died && first != second) {
      fail(ledger_, "nobody told a reader that a writer has died", ::getpid());
    }
    leave(ledger_.reading[number_]);
    must(lock.unlock_shared(), "a reader is robbed");
  }

  void lease() {
    LeasedSemaphore semaphore = must(segment_.leased_semaphore("lease", kPermits), "no leased semaphore");
    const Lease lease = must(semaphore.acquire(), "an acquire fails");
    enter(ledger_, ledger_.holding[lease.permit], "two have the same permit");
    linger();
    leave(ledger_.holding[lease.permit]);
    must(semaphore.release(lease.permit), "the holder of a permit is robbed");
  }

  void permit() {
    Semaphore semaphore = must(segment_.semaphore("permit", kPermits, kPermits), "no semaphore");
    if (must(semaphore.acquire(soon()), "an acquire fails") == Outcome::timed_out) {
      // Its holders may all have been killed: then nobody else gives them back.
      (void)semaphore.release(1);
      return;
    }
    linger();
    const Result<void> released = semaphore.release(1);
    if (!released && released.error().code != Errc::full) fail(ledger_, "a permit can't be given back", ::getpid());
  }

  void event(Reset reset, const char* name) {
    Event event = must(segment_.event(name, reset), "no event");
    switch (random_() % 3) {
      case 0:
        return event.set();
      case 1:
        return event.reset();
      default:
        (void)must(event.wait(soon()), "a wait for an event fails");
    }
  }

  void condition() {
    Mutex mutex = must(segment_.mutex("goods mutex"), "no mutex");
    Condition changed = must(segment_.condition("goods"), "no condition");
    if (must(mutex.lock(), "a lock fails") == Outcome::owner_died) must(mutex.make_consistent(), "robbed");
    std::uint64_t& goods = pair("goods data").first;
    if (random_() % 2 == 0) {
      ++goods;
      changed.notify_one();
    } else {
      if (goods == 0) (void)must(changed.wait(mutex, soon()), "a wait for a condition fails");
      if (goods > 0) --goods;
    }
    if (!mutex.is_held()) fail(ledger_, "a condition did not get its mutex back", ::getpid());
    must(mutex.unlock(), "an owner of the condition's mutex is robbed");
  }

  void barrier() {
    Barrier barrier = must(segment_.barrier("barrier", 2), "no barrier");
    (void)must(barrier.wait(soon()), "a wait at a barrier fails");
  }

  void object() {
    char name[16];
    const auto number = static_cast<std::uint8_t>(1 + random_() % 20);
    (void)std::snprintf(name, sizeof name, "object %u", number);
    const ObjectSpec spec{.body_size = 64};
    const auto fill = [number](std::span<std::byte> body) { std::memset(body.data(), number, body.size()); };
    const ManagedObject object = must(segment_.find_or_make(name, spec, fill), "an object can't be made");
    for (const std::byte byte : object.body) {
      if (byte != std::byte{number}) fail(ledger_, "an object is seen half made", ::getpid());
    }
  }

  /// Whether this one is it now; else somebody alive is.
  template <class Role>
  bool has_role(const Result<Role>& role) {
    if (!role && role.error().code != Errc::role_taken) fail(ledger_, "a role can't be taken", ::getpid());
    return role.has_value();
  }

  /// Messages that say which one they are, in every word.
  void send() {
    Ring ring = must(segment_.ring("ring", layout::kLeastRing), "no ring");
    Result<RingProducer> producer = ring.producer();
    if (!has_role(producer)) return;
    enter(ledger_, ledger_.producing, "two produce");
    for (std::uint64_t count = 1 + random_() % 16; count > 0; --count) {
      const std::uint64_t number = ledger_.attempted.fetch_add(1) + 1;
      const std::vector<std::uint64_t> message(1 + random_() % (random_() % 16 == 0 ? 250 : 20), number);
      const Result<Outcome> sent = producer->send(std::as_bytes(std::span(message)), soon());
      if (!sent && sent.error().code != Errc::peer_died) fail(ledger_, "a send fails", ::getpid());
      if (!sent || *sent == Outcome::timed_out) break;
      ledger_.sent[number % kRemembered] = number;
    }
    leave(ledger_.producing);
  }

  void receive() {
    Ring ring = must(segment_.ring("ring", layout::kLeastRing), "no ring");
    Result<RingConsumer> consumer = ring.consumer();
    if (!has_role(consumer)) return;
    enter(ledger_, ledger_.consuming, "two consume");
    for (std::uint64_t count = 1 + random_() % 32; count > 0; --count) {
      const Result<Outcome> received =
          consumer->receive([this](std::span<const std::byte> bytes) { check_message(bytes); }, soon());
      if (!received && received.error().code != Errc::peer_died) fail(ledger_, "a receive fails", ::getpid());
      if (!received || *received == Outcome::timed_out) break;
      ledger_.is_between_messages = 1;
      ledger_.messages.fetch_add(1, std::memory_order_relaxed);
    }
    leave(ledger_.consuming);
  }

  void check_message(std::span<const std::byte> bytes) {
    std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
    if (words.empty() || bytes.size() % sizeof(std::uint64_t) != 0) fail(ledger_, "a message has another length", 0);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    const std::uint64_t number = words[0];
    for (const std::uint64_t word : words) {
      if (word != number) fail(ledger_, "a message is torn", ::getpid());
    }
    const std::uint64_t last = ledger_.received;
    if (number > ledger_.attempted) fail(ledger_, "a message is invented", ::getpid());
    // The last one comes again if who was shown it has died before it could say that it has it.
    if (number < last || (number == last && ledger_.is_between_messages != 0)) {
      fail(ledger_, "a message is doubled", ::getpid());
    }
    for (std::uint64_t between = last + 1; between < number; ++between) {
      if (ledger_.sent[between % kRemembered] == between) fail(ledger_, "a message is lost", ::getpid());
    }
    ledger_.is_between_messages = 0;
    ledger_.received = number;
  }

  void send_to_queue() {
    Queue queue = must(segment_.queue("queue", layout::kLeastRing), "no queue");
    for (std::uint64_t count = 1 + random_() % 16; count > 0; --count) {
      const std::uint64_t number = ledger_.queued.fetch_add(1) + 1;
      // So long ago that it was received, or is nowhere any more.
      const std::uint64_t before = number < kRemembered ? 0 : number - kRemembered;
      const bool was_sent = before > 0 && ledger_.queue_sent[before % kRemembered] == before;
      if (was_sent && ledger_.queue_received[before % kRemembered] / 2 < before) {
        fail(ledger_, "a message of the queue is lost", ::getpid());
      }
      const std::vector<std::uint64_t> message(1 + random_() % (random_() % 16 == 0 ? 250 : 20), number);
      if (must(queue.send(std::as_bytes(std::span(message)), soon()), "a send fails") == Outcome::timed_out) break;
      ledger_.queue_sent[number % kRemembered] = number;
    }
  }

  void receive_from_queue() {
    Queue queue = must(segment_.queue("queue", layout::kLeastRing), "no queue");
    for (std::uint64_t count = 1 + random_() % 32; count > 0; --count) {
      std::uint64_t number = 0;
      if (random_() % 2 == 0) {
        const auto read = [&](std::span<const std::byte> bytes) { number = check_queued(bytes, false); };
        if (must(queue.receive(read, soon()), "a receive fails") == Outcome::timed_out) break;
      } else {
        const auto lease = must(queue.lease(soon()), "a lease fails");
        if (!lease) break;
        number = check_queued(lease->bytes, lease->is_redelivered);
        linger();
        if (random_() % 8 == 0) {
          must(queue.give_back(*lease), "a holder of a message is robbed");
          continue;
        }
        must(queue.done(*lease), "a holder of a message is robbed");
      }
      ledger_.queue_received[number % kRemembered] = 2 * number + 1;
      ledger_.messages.fetch_add(1, std::memory_order_relaxed);
    }
  }

  std::uint64_t check_queued(std::span<const std::byte> bytes, bool is_redelivered) {
    std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
    if (words.empty() || bytes.size() % sizeof(std::uint64_t) != 0) fail(ledger_, "a message has another length", 0);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    const std::uint64_t number = words[0];
    for (const std::uint64_t word : words) {
      if (word != number) fail(ledger_, "a message of the queue is torn", ::getpid());
    }
    if (number > ledger_.queued) fail(ledger_, "a message of the queue is invented", ::getpid());
    const std::uint64_t last = ledger_.queue_received[number % kRemembered].exchange(2 * number);
    if (last > 2 * number) fail(ledger_, "a message of the queue is doubled", ::getpid());
    if (is_redelivered) ledger_.redelivered.fetch_add(1, std::memory_order_relaxed);
    return number;
  }

  /// What it says is numbered with the lock of the publishers, so that the numbers are in the order of the messages.
  void publish() {
    Topic topic = must(segment_.topic("topic", layout::kLeastRing), "no topic");
    for (std::uint64_t count = 1 + random_() % 16; count > 0; --count) {
      must(topic.writer().lock(), "the lock of the publishers fails");
      const std::uint64_t number = ledger_.published.fetch_add(1) + 1;
      const std::vector<std::uint64_t> message(1 + random_() % (random_() % 16 == 0 ? 120 : 20), number);
      must(topic.publish_locked(std::as_bytes(std::span(message))), "a publisher is robbed");
    }
  }

  /// A number is left out for each publisher that was killed: between two messages there are at least as many numbers
  /// as messages were lost.
  void listen() {
    Topic topic = must(segment_.topic("topic", layout::kLeastRing), "no topic");
    if (!listener_) {
      listener_ =
          must(topic.subscribe(random_() % 2 == 0 ? Topic::From::latest : Topic::From::earliest), "no listener");
      last_heard_ = 0;
    }
    for (std::uint64_t count = 1 + random_() % 32; count > 0; --count) {
      std::array<std::uint64_t, layout::kLeastRing / sizeof(std::uint64_t)> words{};
      const auto message = must(listener_->receive(std::as_writable_bytes(std::span(words)), soon()), "a read fails");
      if (!message) break;
      const std::uint64_t number = words[0];
      for (const std::uint64_t word : std::span(words).first(message->bytes.size() / sizeof(std::uint64_t))) {
        if (word != number) fail(ledger_, "a message of the topic is torn", ::getpid());
      }
      if (number > ledger_.published) fail(ledger_, "a message of the topic is invented", ::getpid());
      if (number <= last_heard_) fail(ledger_, "a message of the topic is doubled", ::getpid());
      if (last_heard_ != 0 && number - last_heard_ <= message->lost) {
        fail(ledger_, "more messages of the topic are said to be lost than there were", ::getpid());
      }
      last_heard_ = number;
      ledger_.heard.fetch_add(1, std::memory_order_relaxed);
      ledger_.missed.fetch_add(message->lost, std::memory_order_relaxed);
      ledger_.messages.fetch_add(1, std::memory_order_relaxed);
    }
  }

  /// Values that say which one they are, in every word.
  void write_value() {
    Register value = must(segment_.value_register("value", kValueSize), "no register");
    Mutex writer = value.writer();
    must(writer.lock(), "the lock of the writers fails");
    const std::uint64_t number = ledger_.values.fetch_add(1) + 1;
    const std::vector<std::uint64_t> words(1 + random_() % (kValueSize / sizeof(std::uint64_t)), number);
    must(value.write_locked(std::as_bytes(std::span(words))), "a writer of a value is robbed");
    std::uint64_t largest = ledger_.written;
    while (largest < number && !ledger_.written.compare_exchange_weak(largest, number)) {
    }
  }

  void read_value() {
    const Register value = must(segment_.value_register("value", kValueSize), "no register");
    const std::uint64_t before = ledger_.written;
    std::array<std::uint64_t, kValueSize / sizeof(std::uint64_t)> words{};
    const Register::Version version = must(value.read(std::as_writable_bytes(std::span(words))), "a read fails");
    if (version.number == 0) {
      if (before != 0) fail(ledger_, "a value is lost", ::getpid());
      return;
    }
    for (const std::uint64_t word : std::span(words).first(version.length / sizeof(std::uint64_t))) {
      if (word != words[0]) fail(ledger_, "a value is torn", ::getpid());
    }
    if (words[0] < before || words[0] > ledger_.values) fail(ledger_, "a value is another one's", ::getpid());
  }

  SegmentName name_;
  Ledger& ledger_;
  int number_;
  std::mt19937_64 random_;
  Fault fault_;
  ManagedSegment segment_;
  std::optional<TopicSubscriber> listener_;
  std::uint64_t last_heard_ = 0;
};

}  // namespace

void work(const SegmentName& name, Ledger& ledger, int number, std::uint64_t seed, Fault fault) noexcept {
  Worker worker(name, ledger, number, seed, fault);
  for (;;) worker.do_something();
}

}  // namespace shm::soak
