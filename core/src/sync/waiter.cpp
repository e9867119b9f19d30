// SPDX-License-Identifier: MIT
#include <shm/sync/waiter.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "../os/os.hpp"
#include "../os/thread.hpp"
#include "../os/wait.hpp"

namespace shm {

struct Waiter::Parts {
  os::ProcessLock lock;
  os::Thread thread;

  static Parts& of(Waiter& waiter) noexcept { return *std::launder(reinterpret_cast<Parts*>(waiter.parts_)); }
};

struct Waiter::Node {
  Id id;
  Operation operation;
  Step step;  ///< of the last attempt
  Deadline deadline;
  std::uint64_t young_until = 0;  ///< nanoseconds of os::monotonic_now(); 0: it is not young
  bool is_new = true;             ///< the thread has not looked at it yet
  bool is_unwanted = false;
  bool has_given_up = false;
  Node* next = nullptr;

  [[nodiscard]] bool has_changed() const noexcept {
    // As relaxed as the kernel's look before it sleeps: the attempt that follows synchronizes.
    std::atomic_ref word(const_cast<std::uint32_t&>(*step.word));  // NOLINT(*-const-cast): atomic_ref has no const form
    return word.load(std::memory_order_relaxed) != step.value;
  }
  /// Left to poll().
  [[nodiscard]] bool is_young() const noexcept { return young_until != 0; }
  [[nodiscard]] bool is_over() const noexcept { return !has_given_up && (is_unwanted || deadline.is_past()); }
};

namespace {

/// The words to sleep on, each once: many operations wait for the same one.
class Words {
 public:
  void add(const std::uint32_t* word, std::uint32_t value) noexcept {
    if (count_ > os::kMostWords) return;
    for (std::size_t i = 0; i < count_; ++i) {
      if (words_[i].word == word && words_[i].value == value) return;
    }
    words_[count_++] = {.word = word, .value = value};
  }
  [[nodiscard]] std::span<const os::WaitedWord> all() const noexcept { return {words_, count_}; }

 private:
  os::WaitedWord words_[os::kMostWords + 1];  // one more than can be slept on says that there are too many
  std::size_t count_ = 0;
};

}  // namespace

void Waiter::List::append(Node* node) noexcept {
  node->next = nullptr;
  *end = node;
  end = &node->next;
}

Waiter::Node* Waiter::List::take(Node** link) noexcept {
  Node* node = *link;
  *link = node->next;
  if (*link == nullptr) end = link;
  return node;
}

Waiter::Waiter(Bell bell, void* context) noexcept : bell_(bell), context_(context), parts_{} {
  static_assert(sizeof(Parts) <= sizeof parts_ && alignof(Parts) <= 16);
  new (parts_) Parts;
}

Waiter::~Waiter() {
  stop();
  while (take_settled()) {
  }
  Parts::of(*this).~Parts();
}

Waiter::Turn::Turn(Waiter& waiter) noexcept : waiter_(waiter) { Parts::of(waiter_).lock.lock(); }
Waiter::Turn::~Turn() { Parts::of(waiter_).lock.unlock(); }

Result<void> Waiter::submit(Id id, const Operation& operation, const Step& step, Deadline deadline) noexcept {
  return submit(id, operation, step, deadline, 0);
}

Result<void> Waiter::submit_young(Id id, const Operation& operation, const Step& step, Deadline deadline) noexcept {
  return submit(id, operation, step, deadline, os::monotonic_now() + kYouth);
}

Result<void> Waiter::submit(Id id, const Operation& operation, const Step& step, Deadline deadline,
                            std::uint64_t young_until) noexcept {
  const Turn turn(*this);
  if (is_stopping_) return Error{Errc::closed, 0, "submit"};
  void* memory = std::malloc(sizeof(Node));
  if (memory == nullptr) return Error{Errc::system, ENOMEM, "malloc"};
  os::Thread& thread = Parts::of(*this).thread;
  if (!thread.is_started() && !thread.start([](void* self) noexcept { static_cast<Waiter*>(self)->run(); }, this)) {
    std::free(memory);
    return Error{Errc::system, EAGAIN, "pthread_create"};
  }
  if (pending_.first == nullptr) slices_ = {};
  pending_.append(new (memory) Node{
      .id = id, .operation = operation, .step = step, .deadline = deadline, .young_until = young_until});
  if (young_until == 0) ring();
  return {};
}

Waiter::Polled Waiter::poll() noexcept {
  const Turn turn(*this);
  const std::uint64_t now = os::monotonic_now();
  Polled polled;
  for (Node** link = &pending_.first; *link != nullptr;) {
    Node& node = **link;
    if (!node.is_young()) {
      link = &node.next;
      continue;
    }
    node.step = node.operation.advance(Effort::glance);
    if (!node.step.is_wait()) {
      settle(link);
      polled.has_settled = true;
      continue;
    }
    if (now < node.young_until) {
      polled.has_young = true;
    } else {
      node.young_until = 0;
      polled.has_grown = true;
    }
    link = &node.next;
  }
  if (polled.has_grown) ring();
  return polled;
}

void Waiter::cancel(Id id) noexcept {
  const Turn turn(*this);
  for (Node* node = pending_.first; node != nullptr; node = node->next) {
    if (node->id != id) continue;
    node->is_unwanted = true;
    node->young_until = 0;
  }
  ring();
}

void Waiter::drop_within(std::span<const std::byte> memory) noexcept {
  const Turn turn(*this);
  for (Node** link = &pending_.first; *link != nullptr;) {
    const auto* word = reinterpret_cast<const std::byte*>((*link)->step.word);
    if (word >= memory.data() && word < memory.data() + memory.size()) {
      drop(link);
    } else {
      link = &(*link)->next;
    }
  }
  ring();
}

std::optional<Waiter::Settled> Waiter::take_settled() noexcept {
  const Turn turn(*this);
  if (settled_.first == nullptr) return std::nullopt;
  Node* node = settled_.take(&settled_.first);
  const Settled settled{.id = node->id, .step = node->step};
  node->~Node();
  std::free(node);
  return settled;
}

void Waiter::stop() noexcept {
  {
    const Turn turn(*this);
    is_stopping_ = true;
    ring();
  }
  Parts::of(*this).thread.join();
  const Turn turn(*this);
  while (pending_.first != nullptr) drop(&pending_.first);
}

std::uint64_t Waiter::rounds() const noexcept { return rounds_.load(std::memory_order_relaxed); }

void Waiter::run() noexcept {
  for (;;) {
    rounds_.fetch_add(1, std::memory_order_relaxed);
    Words words;
    std::uint64_t length = 0;
    std::uint32_t before = 0;
    bool has_news = false;
    {
      const Turn turn(*this);
      if (is_stopping_) return;
      before = word_;
      length = look_at_all();
      has_news = std::exchange(has_news_, false);
      for (const Node* node = pending_.first; node != nullptr; node = node->next) {
        if (!node->is_young()) words.add(node->step.word, node->step.value);
      }
    }
    if (has_news) bell_(context_);
    (void)os::wait_any(word_, before, words.all(), length);
  }
}

/// returns  nanoseconds until it has to be done again, if nothing changes
std::uint64_t Waiter::look_at_all() noexcept {
  const std::uint64_t now = os::monotonic_now();
  // One end of a slice for all of them: they are looked at together, a few times a second, however many they are.
  const bool is_late = now >= slice_end_;
  for (Node** link = &pending_.first; *link != nullptr;) {
    if (!(*link)->is_young() && look_at(**link, is_late)) {
      settle(link);
    } else {
      link = &(*link)->next;
    }
  }
  if (pending_.first == nullptr) return ~std::uint64_t{0};
  if (is_late) slice_end_ = now + slices_.next();
  std::uint64_t length = slice_end_ - now;
  for (const Node* node = pending_.first; node != nullptr; node = node->next) {
    if (!node->has_given_up && !node->is_young()) length = std::min(length, node->deadline.remaining());
  }
  return length;
}

/// returns  whether it has ended
bool Waiter::look_at(Node& node, bool is_late) noexcept {
  const bool is_over = node.is_over();
  const bool looks_for_the_dead = is_late || std::exchange(node.is_new, false);
  // The same value as before the sleep is what it would go on sleeping for: another one's word has changed.
  if (!is_over && !looks_for_the_dead && !node.has_changed()) return false;
  node.step = node.operation.advance(looks_for_the_dead ? Effort::suspect : Effort::announce);
  if (node.step.is_wait() && is_over) {
    node.has_given_up = true;
    node.step = node.operation.give_up();
  }
  return !node.step.is_wait();
}

void Waiter::drop(Node** link) noexcept {
  Node& node = **link;
  if (!node.has_given_up) (void)node.operation.give_up();
  node.step = Step::failed(Errc::closed);
  settle(link);
}

void Waiter::settle(Node** link) noexcept {
  if (settled_.first == nullptr) has_news_ = true;
  settled_.append(pending_.take(link));
}

void Waiter::ring() noexcept {
  std::atomic_ref(word_).fetch_add(1, std::memory_order_relaxed);
  os::ring(word_);
}

}  // namespace shm
