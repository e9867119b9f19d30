// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <shm/sync/waiter.hpp>
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
  Slices slices;
  std::uint64_t slice_end = 0;  ///< 0: before the first sleep
  bool is_unwanted = false;
  bool has_given_up = false;
  Node* next = nullptr;

  [[nodiscard]] bool has_changed() const noexcept {
    // As relaxed as the kernel's look before it sleeps: the attempt that follows synchronizes.
    std::atomic_ref word(const_cast<std::uint32_t&>(*step.word));  // NOLINT(*-const-cast): atomic_ref has no const form
    return word.load(std::memory_order_relaxed) != step.value;
  }
  [[nodiscard]] std::uint64_t sleeps_until(std::uint64_t now) const noexcept {
    const std::uint64_t left = has_given_up ? ~std::uint64_t{0} : deadline.remaining();
    return slice_end - now < left ? slice_end : now + left;
  }
};

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
  const Turn turn(*this);
  if (is_stopping_) return Error{Errc::closed, 0, "submit"};
  os::Thread& thread = Parts::of(*this).thread;
  if (!thread.is_started() &&
      !thread.start([](void* self) noexcept { static_cast<Waiter*>(self)->run(); }, this)) {
    return Error{Errc::system, EAGAIN, "pthread_create"};
  }
  void* memory = std::malloc(sizeof(Node));
  if (memory == nullptr) return Error{Errc::system, ENOMEM, "malloc"};
  pending_ = new (memory) Node{.id = id, .operation = operation, .step = step, .deadline = deadline, .next = pending_};
  ring();
  return {};
}

void Waiter::cancel(Id id) noexcept {
  const Turn turn(*this);
  for (Node* node = pending_; node != nullptr; node = node->next) {
    if (node->id == id) node->is_unwanted = true;
  }
  ring();
}

void Waiter::drop_within(std::span<const std::byte> memory) noexcept {
  const Turn turn(*this);
  for (Node** link = &pending_; *link != nullptr;) {
    Node* node = *link;
    const auto* word = reinterpret_cast<const std::byte*>(node->step.word);
    if (word >= memory.data() && word < memory.data() + memory.size()) {
      *link = node->next;
      drop(node);
    } else {
      link = &node->next;
    }
  }
  ring();
}

std::optional<Waiter::Settled> Waiter::take_settled() noexcept {
  const Turn turn(*this);
  Node* node = settled_;
  if (node == nullptr) return std::nullopt;
  settled_ = node->next;
  if (settled_ == nullptr) last_settled_ = &settled_;
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
  while (pending_ != nullptr) drop(std::exchange(pending_, pending_->next));
}

void Waiter::run() noexcept {
  for (;;) {
    os::WaitedWord words[os::kMostWords + 1];  // one more than can be waited for says that there are too many
    std::size_t count = 0;
    std::uint64_t until = ~std::uint64_t{0};
    std::uint32_t before = 0;
    bool has_news = false;
    const std::uint64_t now = os::monotonic_now();
    {
      const Turn turn(*this);
      if (is_stopping_) return;
      before = word_;
      const bool had_news = settled_ != nullptr;
      look_at_all();
      has_news = !had_news && settled_ != nullptr;
      for (const Node* node = pending_; node != nullptr; node = node->next) {
        if (count <= os::kMostWords) words[count++] = {.word = node->step.word, .value = node->step.value};
        until = std::min(until, node->sleeps_until(now));
      }
    }
    if (has_news) bell_(context_);
    const std::uint64_t length = until > now ? until - now : 0;
    (void)os::wait_any(word_, before, std::span(words).first(count), length);
  }
}

void Waiter::look_at_all() noexcept {
  const std::uint64_t now = os::monotonic_now();
  for (Node** link = &pending_; *link != nullptr;) {
    Node* node = *link;
    if (look_at(*node, now)) {
      *link = node->next;
      settle(node);
    } else {
      link = &node->next;
    }
  }
}

/// returns  whether it has ended
bool Waiter::look_at(Node& node, std::uint64_t now) noexcept {
  const bool is_over = !node.has_given_up && (node.is_unwanted || node.deadline.is_past());
  const bool is_late = now >= node.slice_end;  // also the first time
  // The same value as before the sleep is what it would go on sleeping for: another one's word has changed.
  if (!is_over && !is_late && !node.has_changed()) return false;
  node.step = node.operation.advance(is_late ? Effort::suspect : Effort::announce);
  if (node.step.is_wait() && is_over) {
    node.has_given_up = true;
    node.step = node.operation.give_up();
  }
  if (!node.step.is_wait()) return true;
  node.slice_end = now + node.slices.next();
  return false;
}

void Waiter::drop(Node* node) noexcept {
  if (!node->has_given_up) (void)node->operation.give_up();
  node->step = Step::failed(Errc::closed);
  settle(node);
}

void Waiter::settle(Node* node) noexcept {
  node->next = nullptr;
  *std::exchange(last_settled_, &node->next) = node;
}

void Waiter::ring() noexcept {
  std::atomic_ref(word_).fetch_add(1, std::memory_order_relaxed);
  os::ring(word_);
}

}  // namespace shm
