// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/deadline.hpp>
#include <shm/function_ref.hpp>
#include <shm/layout/queue_body.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

/// Messages from any number of producers to any number of consumers; each goes to one of them. Of one producer they
/// come in its order. Who is killed sending has sent it or has not; who is stopped in the middle holds up what comes
/// after it, until it goes on or dies.
///
/// Handle to bytes in shared memory; copies are the same queue.
/// Thread safety: that of the participant.
/// source   docs/algorithms.md#queue
class Queue {
 public:
  using Reader = FunctionRef<void(std::span<const std::byte>)>;

  /// What a producer has reserved, and others wait for: to be committed or aborted, soon.
  struct Claim {
    std::span<std::byte> bytes;
    std::uint32_t position = 0;
  };
  /// A message that is somebody else's if its holder dies before done().
  struct Lease {
    std::span<const std::byte> bytes;  ///< until done() or give_back()
    std::uint32_t position = 0;
    bool is_redelivered = false;  ///< somebody has had it before
  };

  /// shape    bytes: a power of two of them, 4 KiB to 1 GiB
  Queue(const Participant& participant, layout::QueueBody& body, std::span<std::byte> bytes) noexcept
      : participant_(&participant), body_(&body), bytes_(bytes) {}

  static constexpr std::uint64_t body_size(std::uint32_t capacity) noexcept {
    return layout::kQueueBytes + std::uint64_t{capacity};
  }

  /// returns  acquired: sent; timed_out: full, or somebody alive holds the producers up
  /// errors   too_long; corrupt
  Result<Outcome> try_send(std::span<const std::byte> message) noexcept;
  Result<Outcome> send(std::span<const std::byte> message, Deadline deadline = Deadline::never()) noexcept;
  /// Bytes in which a message can be written, in the order of the claims; nothing if full.
  Result<std::optional<Claim>> try_claim(std::uint32_t length) noexcept;
  /// errors   not_owner: it is no claim of this participant
  Result<void> commit(const Claim& claim) noexcept;
  Result<void> abort(const Claim& claim) noexcept;  ///< nobody receives it

  /// Shows the bytes of the next message where they are, under a lock that other consumers wait for: copy them. `read`
  /// must not throw, nor use the queue.
  /// returns  acquired; timed_out: there is none, or what is next is not written yet
  /// errors   corrupt
  Result<Outcome> try_receive(Reader read) noexcept;
  Result<Outcome> receive(Reader read, Deadline deadline = Deadline::never()) noexcept;

  /// A message that stays where it is until its lease ends, and holds up the room behind it.
  /// errors   corrupt
  Result<std::optional<Lease>> try_lease() noexcept;
  Result<std::optional<Lease>> lease(Deadline deadline = Deadline::never()) noexcept;
  /// errors   not_owner: it is no lease of this participant, or is over
  Result<void> done(const Lease& lease) noexcept;
  Result<void> give_back(const Lease& lease) noexcept;  ///< somebody receives it once more

  [[nodiscard]] layout::QueueBody& body() const noexcept { return *body_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(bytes_.size()); }
  [[nodiscard]] std::uint32_t longest_message() const noexcept { return layout::longest_in_queue(capacity()); }

  [[nodiscard]] Operation message_operation() const noexcept;
  [[nodiscard]] Operation room_operation(std::uint32_t length) const noexcept;

 private:
  const Participant* participant_;
  layout::QueueBody* body_;
  std::span<std::byte> bytes_;
};

}  // namespace shm
