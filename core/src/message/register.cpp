// SPDX-License-Identifier: MIT
#include <shm/message/register.hpp>

#include "../sync/operation_maker.hpp"
#include "../sync/result_of.hpp"
#include "register_protocol.hpp"

namespace shm {

using message::RegisterWait;
using sync::Machine, sync::Site;

namespace {

/// More often is not by chance, but a hostile writer's doing.
constexpr int kMostReads = 1000;

}  // namespace

Result<Outcome> Register::write(std::span<const std::byte> value, Deadline deadline) noexcept {
  if (value.size() > size_) return Error{Errc::too_long, 0, "write"};
  const Result<Outcome> locked = writer().lock(deadline);
  if (!locked || *locked == Outcome::timed_out) return locked;
  if (const auto written = write_locked(value); !written) return written.error();
  return Outcome::acquired;
}

Result<Outcome> Register::try_write(std::span<const std::byte> value) noexcept {
  if (value.size() > size_) return Error{Errc::too_long, 0, "write"};
  const Result<Outcome> locked = writer().try_lock();
  if (!locked || *locked == Outcome::timed_out) return locked;
  if (const auto written = write_locked(value); !written) return written.error();
  return Outcome::acquired;
}

Result<void> Register::write_locked(std::span<const std::byte> value) noexcept {
  Machine machine(*participant_);
  message::write_register(machine, {body_, slots_, size_}, value);
  return sync::held_or(sync::unlock(machine, body_->writer, sync::Leaves::consistent), "write");
}

Result<Register::Version> Register::read(std::span<std::byte> into) const noexcept {
  if (into.size() < size_) return invalid_argument("into: room for the longest value");
  Machine machine(*participant_);
  for (int attempt = 0; attempt < kMostReads; ++attempt) {
    message::RegisterValue value;
    if (message::read_register(machine, {body_, slots_, size_}, into.data(), value)) {
      return Version{value.version, value.length};
    }
  }
  return Error{Errc::timeout, 0, "read"};
}

std::uint32_t Register::version() const noexcept {
  return Machine(*participant_).load<Site::register_look>(body_->version);
}

Result<Outcome> Register::changed(std::uint32_t version, Deadline deadline) const noexcept {
  return sync::result_of(wait_for(changed_operation(version), deadline), "changed");
}

Operation Register::changed_operation(std::uint32_t version) const noexcept {
  return sync::OperationMaker::make(Machine(*participant_), RegisterWait<Machine>({body_, slots_, size_}, version));
}

}  // namespace shm
