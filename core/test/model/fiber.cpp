// SPDX-License-Identifier: MIT
#include "model/fiber.hpp"

#include <cstdint>

#if defined(__x86_64__)

// The registers that a called function keeps, by the System V calling convention. swapcontext() would do, but spends
// more time in its two system calls for the signal mask than an execution takes.
extern "C" void shm_model_switch(void** save, void* stack_pointer);
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl shm_model_switch\n"
    ".type shm_model_switch, @function\n"
    "shm_model_switch:\n"
    "  pushq %rbp\n"
    "  pushq %rbx\n"
    "  pushq %r12\n"
    "  pushq %r13\n"
    "  pushq %r14\n"
    "  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n"
    "  popq %r14\n"
    "  popq %r13\n"
    "  popq %r12\n"
    "  popq %rbx\n"
    "  popq %rbp\n"
    "  retq\n"
    ".size shm_model_switch, .-shm_model_switch\n");

namespace shm::model {

void Fiber::start(Entry entry) {
  if (!stack_) stack_ = std::make_unique<std::byte[]>(kStackBytes);
  void** top =
      reinterpret_cast<void**>((reinterpret_cast<std::uintptr_t>(stack_.get()) + kStackBytes) & ~std::uintptr_t{15});
  // What the switch pops: six registers, then the address to return to. A function starts with its stack pointer 8 off
  // a multiple of 16, as after a call.
  constexpr std::size_t kRegisters = 6;
  top -= 2;
  *top = reinterpret_cast<void*>(entry);
  for (std::size_t i = 0; i < kRegisters; ++i) *--top = nullptr;
  stack_pointer_ = static_cast<void*>(top);
}

void Fiber::switch_from_to(Fiber& from, Fiber& to) { shm_model_switch(&from.stack_pointer_, to.stack_pointer_); }

}  // namespace shm::model

#else

namespace shm::model {

void Fiber::start(Entry entry) {
  if (!stack_) stack_ = std::make_unique<std::byte[]>(kStackBytes);
  ::getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  ::makecontext(&context_, entry, 0);
}

void Fiber::switch_from_to(Fiber& from, Fiber& to) { ::swapcontext(&from.context_, &to.context_); }

}  // namespace shm::model

#endif
