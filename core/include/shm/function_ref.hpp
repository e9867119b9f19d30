// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace shm {

template <class Signature>
class FunctionRef;

/// A callable that somebody else owns, as C++26's std::function_ref: for parameters, which it must not outlive.
/// Trivially copyable, owns nothing.
template <class R, class... Arguments>
class FunctionRef<R(Arguments...)> {
 public:
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
                                              std::is_object_v<std::remove_reference_t<F>> &&
                                              std::is_invocable_r_v<R, F&, Arguments...>>>
  FunctionRef(F&& callable) noexcept  // NOLINT(google-explicit-constructor): as std::function_ref
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Arguments... arguments) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Arguments>(arguments)...);
        }) {}

  R operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  R (*call_)(void*, Arguments...);
};

}  // namespace shm
