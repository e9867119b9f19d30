// SPDX-License-Identifier: MIT
#include "waits.hpp"

#include <cstdlib>
#include <new>

namespace shm::binding {
namespace {

Error error_of(const Step& step) noexcept {
  return {step.error, 0, step.error == Errc::corrupt ? "a word has a value that nobody writes" : "wait"};
}

double code_of(const Step& step) noexcept {
  if (!step.is_done()) return Waits::kPending;
  return static_cast<double>(step.outcome) + 4.0 * static_cast<double>(step.detail);
}

/// What JavaScript gets for an attempt.
napi_value answer(const Call& call, const Step& step) noexcept {
  return step.kind == Step::Kind::failed ? call.fail(error_of(step)) : call.number(code_of(step));
}

}  // namespace

Waits* Waits::create(napi_env env) noexcept {
  void* memory = std::malloc(sizeof(Waits));
  return memory == nullptr ? nullptr : new (memory) Waits(env);
}

double Waits::listen(napi_value function) noexcept {
  auto* listeners = static_cast<napi_ref*>(std::realloc(listeners_, (listener_count_ + 1) * sizeof(napi_ref)));
  if (listeners == nullptr) return 0;
  listeners_ = listeners;
  if (napi_create_reference(env_, function, 1, &listeners_[listener_count_]) != napi_ok) return 0;
  return static_cast<double>(++listener_count_ << kIdBits);
}

napi_value Waits::start(const Call& call, const Operation& operation, Deadline deadline, std::uint64_t id) noexcept {
  if (!make_function()) return call.fail(unsupported("napi_create_threadsafe_function"));
  const bool is_young = is_youth_worth_it() && !deadline.is_past();
  Operation started = operation;
  Step step;
  {
    const Turn turn(*this);
    step = started.advance(Effort::glance);
    if (step.is_wait() && !is_young) step = started.advance(Effort::announce);
  }
  if (!step.is_wait()) return answer(call, step);
  const Result<void> submitted =
      is_young ? waiter_.submit_young(id, started, step, deadline) : waiter_.submit(id, started, step, deadline);
  if (!submitted) {
    const Turn turn(*this);
    (void)started.give_up();
    return call.fail(submitted.error());
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env_, function_);
  return call.number(is_young ? kYoung : kPending);
}

/// Where what is waited for takes longer, as a rule, most waits are not polled for: as in spinning, operation.cpp.
bool Waits::is_youth_worth_it() noexcept {
  constexpr std::uint32_t kMostInVain = 8;
  constexpr std::uint32_t kSeldom = 64;
  return young_in_vain_ < kMostInVain || ++young_in_vain_ % kSeldom == 0;
}

bool Waits::poll() noexcept {
  if (pending_ == 0) return false;
  const Waiter::Polled polled = waiter_.poll();
  if (polled.has_settled) {
    young_in_vain_ = 0;
  } else if (polled.has_grown) {
    ++young_in_vain_;
  }
  if (polled.has_settled) deliver();
  return polled.has_young;
}

void Waits::cancel(std::uint64_t id) noexcept {
  if (pending_ > 0) waiter_.cancel(id);
}

napi_value Waits::begin(const Call& call, const Operation& operation, Deadline deadline) noexcept {
  abandon();
  waiting_.emplace(operation, deadline);
  return attempt(call);
}

napi_value Waits::go_on(const Call& call) noexcept {
  if (!waiting_) return call.fail({Errc::closed, 0, "wait"});
  waiting_->sleep();
  return attempt(call);
}

void Waits::drop_within(std::span<const std::byte> memory) noexcept {
  abandon();
  if (pending_ > 0) waiter_.drop_within(memory);
}

void Waits::stop() noexcept {
  abandon();
  has_stopped_ = true;
  waiter_.stop();
  let_go();
}

bool Waits::make_function() noexcept {
  if (function_ != nullptr) return true;
  napi_value name = nullptr;
  if (napi_create_string_utf8(env_, "shm.wait", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(
          env_, nullptr, nullptr, name, 0, 1, this,
          [](napi_env /*env*/, void* waits, void* /*context*/) { static_cast<Waits*>(waits)->let_go(); }, this, deliver,
          &function_) != napi_ok) {
    return false;
  }
  ++holders_;
  napi_unref_threadsafe_function(env_, function_);  // an environment that waits for nothing may end
  return true;
}

napi_value Waits::attempt(const Call& call) noexcept {
  Step step;
  {
    const Turn turn(*this);
    step = waiting_->attempt();
  }
  if (!step.is_wait()) waiting_.reset();
  return answer(call, step);
}

/// The runtime has ended JavaScript in the middle of a wait: vm with a timeout, or the end of the environment.
void Waits::abandon() noexcept {
  if (!waiting_) return;
  const Turn turn(*this);
  waiting_->abort();
  (void)waiting_->attempt();
  waiting_.reset();
}

void Waits::let_go() noexcept {
  if (--holders_ > 0) return;
  std::free(listeners_);
  this->~Waits();
  std::free(this);
}

// On the waiter's thread.
void Waits::on_news(void* waits) noexcept {
  auto* self = static_cast<Waits*>(waits);
  if (self->is_closing_) return;
  self->is_closing_ = napi_call_threadsafe_function(self->function_, nullptr, napi_tsfn_nonblocking) == napi_closing;
}

void Waits::deliver(napi_env env, napi_value /*unused*/, void* waits, void* /*nothing*/) noexcept {
  if (env != nullptr) static_cast<Waits*>(waits)->deliver();  // else it has ended, and perhaps this object with it
}

void Waits::deliver() noexcept {
  while (!has_stopped_) {
    const std::optional<Waiter::Settled> settled = waiter_.take_settled();
    if (!settled) return;
    if (--pending_ == 0) napi_unref_threadsafe_function(env_, function_);
    tell(*settled);
  }
}

void Waits::tell(const Waiter::Settled& settled) noexcept {
  const std::uint64_t listener = (settled.id >> kIdBits) - 1;
  napi_handle_scope scope = nullptr;
  if (listener >= listener_count_ || napi_open_handle_scope(env_, &scope) != napi_ok) return;
  napi_value function = nullptr;
  napi_value undefined = nullptr;
  napi_value arguments[3] = {};
  const Step& step = settled.step;
  napi_get_reference_value(env_, listeners_[listener], &function);
  napi_get_undefined(env_, &undefined);
  napi_create_double(env_, static_cast<double>(settled.id), &arguments[0]);
  napi_create_double(env_, code_of(step), &arguments[1]);
  napi_create_uint32(env_, static_cast<std::uint32_t>(step.error), &arguments[2]);
  // Fails where JavaScript is being ended, which is no reason to do anything: the listener itself never throws.
  (void)napi_call_function(env_, undefined, function, 3, arguments, nullptr);
  napi_close_handle_scope(env_, scope);
}

}  // namespace shm::binding
