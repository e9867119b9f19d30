// SPDX-License-Identifier: MIT
// How the results of shm/sync are compared and shown.
#pragma once

#include <optional>
#include <ostream>
#include <shm/result.hpp>
#include <shm/sync/step.hpp>

namespace shm {

inline bool operator==(const Result<Outcome>& result, Outcome outcome) { return result && *result == outcome; }

template <class T>
bool operator==(const Result<T>& result, Errc error) {
  return !result && result.error().code == error;
}

inline std::ostream& operator<<(std::ostream& out, Outcome outcome) {
  constexpr const char* kNames[] = {"acquired", "owner_died", "timed_out"};
  return out << kNames[static_cast<int>(outcome)];
}

inline std::ostream& operator<<(std::ostream& out, Errc error) { return out << "Errc " << static_cast<int>(error); }

inline std::ostream& operator<<(std::ostream& out, const Result<Outcome>& result) {
  return result ? out << *result : out << result.error().code << ' ' << result.error().operation;
}

inline std::ostream& operator<<(std::ostream& out, const Result<void>& result) {
  return result ? out << "done" : out << result.error().code << ' ' << result.error().operation;
}

namespace test {

inline std::optional<Outcome> outcome_of(const Step& step) {
  if (step.kind != Step::Kind::done) return {};
  return step.outcome;
}

}  // namespace test
}  // namespace shm
