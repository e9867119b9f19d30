// SPDX-License-Identifier: MIT
#include "model/explorer.hpp"

#include <cstdio>
#include <cstdlib>

namespace shm::model {

Explorer Explorer::instance_;

template <class... Arguments>
void Explorer::note(const char* format, Arguments... arguments) {
  if (!is_traced_) return;
  std::array<char, 200> line{};
  const int prefix = std::snprintf(line.data(), line.size(), "  %d: ", current_);
  (void)std::snprintf(line.data() + prefix, line.size() - index(prefix), format, arguments...);
  trace_.append(line.data()).append("\n");
}

Report Explorer::explore(const Play& play, const Settings& settings) {
  play_ = &play;
  settings_ = settings;
  report_ = {};
  choices_ = {};
  locations_.fill(-1);
  location_count_ = 0;
  is_traced_ = false;
  trace_.clear();
  do {
    execute();
    ++report_.executions;
    if (!choices_.is_repeatable()) {
      report_.failure = "a thread's body depends on more than its machine";
      return report_;
    }
    if (failure_ == nullptr) continue;
    is_traced_ = true;
    execute();
    report_.failure = std::string(failure_ == nullptr ? "fails only sometimes" : failure_) + "\n" + trace_;
    return report_;
  } while (choices_.advance() && report_.executions < settings_.most_executions);
  return report_;
}

void Explorer::execute() {
  choices_.rewind();
  memory_.reset();
  play_->begin(world_.data());
  for (int thread = 0; thread < kMaxThreads; ++thread) {
    memory_.begin(kFirstGeneration + thread, 0);
    Thread& started = threads_[index(thread)];
    started.state = thread < play_->threads ? State::runs : State::ended;
    started.is_expired = false;
    started.expired_slices = 0;
    if (thread < play_->threads) started.fiber.start(&Explorer::run_current);
  }
  preemptions_left_ = settings_.bound;
  deaths_left_ = settings_.victim < 0 ? 0 : 1;
  steps_ = 0;
  failure_ = nullptr;
  current_ = choices_.choose(play_->threads);
  has_just_begun_ = true;
  Fiber::switch_from_to(main_, threads_[index(current_)].fiber);
  if (failure_ == nullptr) play_->check(world_.data());
}

void Explorer::run_current() {
  instance_.join();
  instance_.play_->run(instance_.world_.data(), instance_.current_);
  instance_.threads_[index(instance_.current_)].state = State::ended;
  instance_.go_on_elsewhere();
  instance_.stop();  // an ended thread is never chosen
}

// What Participant::join() does with the generation, without the fence that it makes later: so a token must carry the
// generation along by itself.
void Explorer::join() { memory_.store(current_, kFirstGeneration + current_, 1, std::memory_order_release); }

void Explorer::fail(const char* what) {
  if (failure_ == nullptr) failure_ = what;
  if (current_ >= 0) stop();
}

void Explorer::stop() {
  if (current_ >= 0) {
    const int last = current_;
    current_ = -1;
    Fiber::switch_from_to(threads_[index(last)].fiber, main_);
  }
  std::abort();
}

int Explorer::location_of(const std::uint32_t& word) {
  const auto offset = reinterpret_cast<std::uintptr_t>(&word) - reinterpret_cast<std::uintptr_t>(world_.data());
  if (offset >= kWorldBytes) fail("a word outside of the world");
  std::int8_t& location = locations_[offset / 4];
  if (location < 0) {
    if (location_count_ == kFirstGeneration) fail("more words than the explorer has room for");
    location = static_cast<std::int8_t>(location_count_++);
  }
  if (!memory_.has(location)) memory_.begin(location, word);
  if (memory_.is_full(location)) fail("live-lock: no end of stores");
  return location;
}

int Explorer::reach(const std::uint32_t& word) {
  point();
  return location_of(word);
}

void Explorer::point() {
  if (++steps_ > kMostSteps) fail("live-lock: no end of operations");
  if (!has_just_begun_ && preemptions_left_ > 0) {
    std::array<int, kMaxThreads> able{current_};
    int count = 1;
    for (int thread = 0; thread < play_->threads; ++thread) {
      if (thread != current_ && threads_[index(thread)].state == State::runs) able[index(count++)] = thread;
    }
    const int chosen = choices_.choose(count);
    if (chosen != 0) {
      --preemptions_left_;
      switch_to(able[index(chosen)]);
    }
  }
  has_just_begun_ = false;
  perhaps_die();
}

void Explorer::perhaps_die() {
  if (current_ == settings_.victim && deaths_left_ > 0 && choices_.choose(2) == 1) die();
}

void Explorer::switch_to(int thread) {
  const int last = current_;
  current_ = thread;
  has_just_begun_ = true;
  Fiber::switch_from_to(threads_[index(last)].fiber, threads_[index(thread)].fiber);
}

void Explorer::go_on_elsewhere() {
  std::array<int, kMaxThreads> able{};
  std::array<int, kMaxThreads> asleep{};
  int able_count = 0;
  int asleep_count = 0;
  for (int thread = 0; thread < play_->threads; ++thread) {
    if (threads_[index(thread)].state == State::runs) able[index(able_count++)] = thread;
    if (threads_[index(thread)].state == State::sleeps) asleep[index(asleep_count++)] = thread;
  }
  if (able_count > 0) return switch_to(able[index(choices_.choose(able_count))]);
  if (asleep_count == 0) stop();
  if (!settings_.has_slices) fail("somebody sleeps for ever");
  // In turn: whose slice has been over less often than another's is sooner up again.
  int fewest = threads_[index(asleep[0])].expired_slices;
  for (int i = 0; i < asleep_count; ++i) fewest = std::min(fewest, threads_[index(asleep[index(i)])].expired_slices);
  for (int i = 0; i < asleep_count; ++i) {
    if (threads_[index(asleep[index(i)])].expired_slices == fewest) able[index(able_count++)] = asleep[index(i)];
  }
  const int expired = able[index(choices_.choose(able_count))];
  threads_[index(expired)].state = State::runs;
  threads_[index(expired)].is_expired = true;
  ++threads_[index(expired)].expired_slices;
  if (expired != current_) switch_to(expired);
}

void Explorer::die() {
  --deaths_left_;
  note("dies");
  threads_[index(current_)].state = State::dead;
  go_on_elsewhere();
  stop();  // a dead thread is never chosen
}

std::uint32_t Explorer::load(const std::uint32_t& word, std::memory_order order, const char* site) {
  const int location = reach(word);
  const std::uint32_t value = settings_.is_weak ? memory_.load(current_, location, order, choices_)
                                                : memory_.read_last(current_, location, order);
  note("load  %s [%d] -> %x%s", site, location, value, value == memory_.last(location) ? "" : " (late)");
  return value;
}

void Explorer::store(const std::uint32_t& word, std::uint32_t value, std::memory_order order, const char* site) {
  const int location = reach(word);
  memory_.store(current_, location, value, order);
  note("store %s [%d] = %x", site, location, value);
}

bool Explorer::cas(const std::uint32_t& word, std::uint32_t& expected, std::uint32_t desired, std::memory_order order,
                   const char* site) {
  const int location = reach(word);
  const std::uint32_t last = memory_.last(location);
  if (last != expected) {
    expected = memory_.read_last(current_, location, std::memory_order_relaxed);
    note("cas   %s [%d] is %x: fails", site, location, last);
    return false;
  }
  memory_.read_last(current_, location, order);
  write_next(location, last, desired, order, site);
  return true;
}

void Explorer::write_next(int location, std::uint32_t old, std::uint32_t value, std::memory_order order,
                          const char* site) {
  memory_.write_next(current_, location, value, order);
  note("rmw   %s [%d] %x -> %x", site, location, old, value);
}

void Explorer::fence(std::memory_order order, const char* site) {
  // Any other fence concerns nobody but its thread.
  if (order == std::memory_order_seq_cst) point();
  memory_.fence(current_, order);
  note("fence %s", site);
}

bool Explorer::sleep(const std::uint32_t& word, std::uint32_t value) {
  const int location = reach(word);
  const std::uint32_t last = memory_.last(current_, location);
  if (last != value) {
    note("sleep [%d] while %x: it is %x", location, value, last);
    return false;
  }
  note("sleep [%d] while %x", location, value);
  Thread& self = threads_[index(current_)];
  self.state = State::sleeps;
  self.sleeps_at = location;
  self.is_expired = false;
  go_on_elsewhere();
  has_just_begun_ = true;
  note(self.is_expired ? "slice is over" : "woken");
  return self.is_expired;
}

void Explorer::wake(const std::uint32_t& word, std::uint32_t count) {
  const int location = reach(word);
  const auto offset =
      static_cast<int>(reinterpret_cast<std::uintptr_t>(&word) - reinterpret_cast<std::uintptr_t>(world_.data()));
  note("wake  [%d] %u", location, count);
  if (offset == settings_.wakes_dropped) return;
  for (std::uint32_t left = count; left > 0; --left) {
    std::array<int, kMaxThreads> asleep{};
    int asleep_count = 0;
    for (int thread = 0; thread < play_->threads; ++thread) {
      const Thread& other = threads_[index(thread)];
      if (other.state == State::sleeps && other.sleeps_at == location) asleep[index(asleep_count++)] = thread;
    }
    if (asleep_count == 0) return;
    const bool is_everybody = left >= static_cast<std::uint32_t>(asleep_count);
    const int woken = asleep[index(is_everybody ? 0 : choices_.choose(asleep_count))];
    threads_[index(woken)].state = State::runs;
    memory_.see_as(woken, current_, location);
    if (index(offset) / 4 < report_.wakes.size()) report_.wakes[index(offset) / 4] = true;
  }
}

bool Explorer::is_dead(std::uint32_t token) {
  point();
  const int thread = static_cast<int>(token >> 20) - 1;
  if (thread == current_) return false;
  if (thread < 0 || thread >= play_->threads) return true;
  // The generation as the caller sees it: an old one belongs to a tenant that has gone.
  const int generation = kFirstGeneration + thread;
  const bool is_current = memory_.load(current_, generation, std::memory_order_acquire, choices_) == (token & 0xFFFFF);
  const bool is_gone = threads_[index(thread)].state == State::dead;
  if (is_current && is_gone) memory_.join(current_, thread);
  note("%d is %s", thread, !is_current ? "of an older generation" : is_gone ? "dead" : "alive");
  return !is_current || is_gone;
}

void Explorer::pause() { point(); }

std::uint32_t Explorer::final_value(const std::uint32_t& word) { return memory_.last(location_of(word)); }

std::uint32_t Explorer::get(Plain& plain) {
  perhaps_die();
  if (plain.writer_ >= 0 && !memory_.is_ordered(current_, plain.writer_, plain.written_)) fail("race: load and store");
  plain.read_[index(current_)] = memory_.access(current_);
  return plain.value_;
}

void Explorer::set(Plain& plain, std::uint32_t value) {
  perhaps_die();
  if (plain.writer_ >= 0 && !memory_.is_ordered(current_, plain.writer_, plain.written_)) fail("race: two stores");
  for (int reader = 0; reader < kMaxThreads; ++reader) {
    if (!memory_.is_ordered(current_, reader, plain.read_[index(reader)])) fail("race: store and load");
  }
  plain.writer_ = current_;
  plain.written_ = memory_.access(current_);
  plain.value_ = value;
}

}  // namespace shm::model
