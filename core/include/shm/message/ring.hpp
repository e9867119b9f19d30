// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/deadline.hpp>
#include <shm/function_ref.hpp>
#include <shm/layout/ring_body.hpp>
#include <shm/participant.hpp>
#include <shm/result.hpp>
#include <shm/sync/operation.hpp>
#include <span>

namespace shm {

class RingProducer;
class RingConsumer;

/// Messages of any length from one producer to one consumer, in order, each once. Each role is of one participant at a
/// time; who dies in it is followed by whoever takes it next, and goes on where that one stopped.
///
/// Handle to bytes in shared memory; copies are the same ring.
/// Thread safety: that of the participant; producer and consumer are independent of each other.
/// source   docs/algorithms.md#ring
class Ring {
 public:
  /// shape    bytes: a power of two of them, 4 KiB to 1 GiB
  Ring(const Participant& participant, layout::RingBody& body, std::span<std::byte> bytes) noexcept
      : participant_(&participant), body_(&body), bytes_(bytes) {}

  static constexpr std::uint64_t body_size(std::uint32_t capacity) noexcept {
    return layout::kRingBytes + std::uint64_t{capacity};
  }

  /// errors   role_taken: somebody alive is it, also the caller
  /// crash    the next one that asks gets the role
  [[nodiscard]] Result<RingProducer> producer() noexcept;
  [[nodiscard]] Result<RingConsumer> consumer() noexcept;

  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(bytes_.size()); }
  /// returns  bytes
  [[nodiscard]] std::uint32_t longest_message() const noexcept { return layout::longest_message(capacity()); }
  [[nodiscard]] Token producer_token() const noexcept;  ///< of who is it, dead or alive; kNobody
  [[nodiscard]] Token consumer_token() const noexcept;

  /// Until there is a message. Failed with peer_died, once for each death: the producer has died, and there is none.
  [[nodiscard]] Operation message_operation() const noexcept;
  /// Until `room` bytes are free, 8 to capacity(). Failed with peer_died, once: the consumer has died.
  [[nodiscard]] Operation room_operation(std::uint32_t room) const noexcept;

  /// For those who move the positions themselves.
  Result<void> take_producer() noexcept;
  Result<void> take_consumer() noexcept;
  void leave_producer() noexcept;
  void leave_consumer() noexcept;
  void notify_sent() noexcept;
  void notify_freed() noexcept;

  [[nodiscard]] const Participant& participant() const noexcept { return *participant_; }
  [[nodiscard]] layout::RingBody& body() const noexcept { return *body_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  const Participant* participant_;
  layout::RingBody* body_;
  std::span<std::byte> bytes_;
};

/// Sends. Errors of all: corrupt: the consumer has written what can't be; too_long: more than longest_message().
/// Thread safety: one thread at a time.
class RingProducer {
 public:
  RingProducer(RingProducer&& other) noexcept;
  RingProducer& operator=(RingProducer&& other) noexcept;
  RingProducer(const RingProducer&) = delete;
  RingProducer& operator=(const RingProducer&) = delete;
  ~RingProducer();  ///< leave()

  /// returns  acquired: sent; timed_out: full
  /// crash    death before its one store: nothing was sent; after it: all of it
  Result<Outcome> try_send(std::span<const std::byte> message) noexcept;
  /// errors   peer_died, once: the ring is full, and the consumer has died
  Result<Outcome> send(std::span<const std::byte> message, Deadline deadline = Deadline::never()) noexcept;

  /// The bytes in which a message can be written, the caller's until commit() or the next call; nothing if full.
  Result<std::optional<std::span<std::byte>>> try_claim(std::uint32_t length) noexcept;
  /// Sends what was claimed, or its first `length` bytes.
  void commit(std::uint32_t length) noexcept;

  /// Says that nothing follows; the consumer hears Errc::ended, once.
  Result<Outcome> end(Deadline deadline = Deadline::never()) noexcept;
  void leave() noexcept;

 private:
  friend class Ring;
  explicit RingProducer(const Ring& ring) noexcept;
  Result<Outcome> try_append(std::span<const std::byte> message, layout::RecordTag tag) noexcept;
  Result<Outcome> append(std::span<const std::byte> message, layout::RecordTag tag, Deadline deadline) noexcept;
  Result<Outcome> wait_for_room(std::uint32_t length, Deadline deadline) noexcept;

  std::optional<Ring> ring_;
  alignas(8) std::byte state_[40] = {};
};

/// Receives. Errors of all: corrupt: the producer has written what can't be; ended: nothing follows, said once.
/// Thread safety: one thread at a time.
class RingConsumer {
 public:
  using Reader = FunctionRef<void(std::span<const std::byte>)>;

  RingConsumer(RingConsumer&& other) noexcept;
  RingConsumer& operator=(RingConsumer&& other) noexcept;
  RingConsumer(const RingConsumer&) = delete;
  RingConsumer& operator=(const RingConsumer&) = delete;
  ~RingConsumer();  ///< leave()

  /// Shows the bytes of the next message where they are; `read` must not throw. The producer may be hostile: copy
  /// first, then look. returns  acquired; timed_out: there is none crash    death before its one store: the next
  /// consumer gets the message; after it: it has been received
  Result<Outcome> try_receive(Reader read) noexcept;
  /// errors   peer_died, once: the producer has died, and there is none
  Result<Outcome> receive(Reader read, Deadline deadline = Deadline::never()) noexcept;
  /// Reads what is there, at most so many messages, and frees them together.
  /// returns  how many
  Result<std::uint32_t> drain(Reader read, std::uint32_t most) noexcept;
  void leave() noexcept;

 private:
  friend class Ring;
  explicit RingConsumer(const Ring& ring) noexcept;

  std::optional<Ring> ring_;
  alignas(8) std::byte state_[40] = {};
};

}  // namespace shm
