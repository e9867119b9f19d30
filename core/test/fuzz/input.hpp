// SPDX-License-Identifier: MIT
// What the fuzzer's bytes mean: a head of fixed size that says what is done, then the bytes of the shared memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>

namespace shm::fuzz {

/// Ends the process; the fuzzer then keeps the input.
[[noreturn]] inline void report(const char* what) noexcept {
  (void)std::fprintf(stderr, "finding: %s\n", what);
  std::abort();
}
inline void check(bool holds, const char* what) noexcept {
  if (!holds) report(what);
}

/// A store of another process into the memory under our hands.
struct Intrusion {
  static constexpr std::uint16_t kTheOneAccessed = 0xffff;

  std::uint16_t access = 0;  ///< before which of our accesses it comes
  std::uint16_t word = 0;    ///< index, modulo the number of words
  std::uint32_t value = 0;
};

constexpr std::size_t kMostActs = 16;

//  0           16            32     40               88      89     90      91        96
//  | acts[16]  | details[16] | dead | intrusions[6]  | count | slot | flags | spare[5] | bytes ...
struct Head {
  std::uint8_t acts[kMostActs];     ///< Act
  std::uint8_t details[kMostActs];  ///< of each act: how many slices it may last, which permit, how many ...
  std::uint64_t dead;               ///< bit n: whether the n-th token that is asked for is dead, modulo 64
  Intrusion intrusions[6];
  std::uint8_t count;  ///< of cells, permits, parties
  std::uint8_t slot;   ///< of the first actor
  std::uint8_t flags;  ///< kStorm ...
  std::uint8_t spare[5];
};
static_assert(sizeof(Head) == 96, "seeds in the corpus have this form");

constexpr std::uint8_t kStorm = 1;  ///< before every access its word is overwritten, by the intrusions' values in turn
constexpr std::uint8_t kCounting = 2;   ///< and what is written there is never the same
constexpr std::uint8_t kUnlimited = 4;  ///< limits are as high as they can be, instead of Head::count

/// One step of the script.
struct Act {
  enum class Way : std::uint8_t { whole, attempt, advance, give_up };

  std::uint8_t code;  ///< bit 7: by the second actor; bits 5 and 6: Way; bits 0 to 4: which operation
  std::uint8_t detail;

  [[nodiscard]] bool is_second() const noexcept { return (code & 0x80) != 0; }
  [[nodiscard]] Way way() const noexcept { return static_cast<Way>(code >> 5 & 3); }
  [[nodiscard]] std::uint8_t operation() const noexcept { return code & 0x1f; }

  static constexpr std::uint8_t code_of(std::uint8_t operation, Way way = Way::whole, bool is_second = false) noexcept {
    return static_cast<std::uint8_t>((is_second ? 0x80 : 0) | static_cast<std::uint8_t>(way) << 5 | operation);
  }
};

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) noexcept : rest_(data, size) {
    if (size < sizeof(Head)) return;
    std::memcpy(&head_, data, sizeof head_);
    rest_ = rest_.subspan(sizeof head_);
    is_complete_ = true;
  }

  explicit operator bool() const noexcept { return is_complete_; }
  [[nodiscard]] const Head& head() const noexcept { return head_; }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

  /// The next bytes; behind the end there are zeros.
  void take(std::span<std::byte> into) noexcept {
    const std::size_t count = std::min(into.size(), rest_.size());
    if (count > 0) std::memcpy(into.data(), rest_.data(), count);
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(count), into.end(), std::byte{0});
    rest_ = rest_.subspan(count);
  }

 private:
  std::span<const std::uint8_t> rest_;
  Head head_{};
  bool is_complete_ = false;
};

/// Shared memory of exactly the given size, on a cache line, so that one byte too far is seen by the address sanitizer.
class Block {
 public:
  static constexpr std::size_t kAlignment = 64;

  Block(Input& input, std::size_t size) noexcept : Block(size) { input.take(bytes()); }
  explicit Block(std::size_t size) noexcept : size_(size) {
    void* memory = nullptr;
    // Unlike aligned_alloc() it takes any size.
    if (::posix_memalign(&memory, kAlignment, size) != 0) std::abort();
    bytes_ = static_cast<std::byte*>(memory);
    std::memset(memory, 0, size);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { std::free(bytes_); }

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {bytes_, size_}; }
  template <class T>
  [[nodiscard]] T& as(std::size_t offset = 0) const noexcept {
    return *std::launder(reinterpret_cast<T*>(bytes_ + offset));
  }
  template <class T>
  [[nodiscard]] std::span<T> array(std::size_t offset, std::size_t count) const noexcept {
    return {std::launder(reinterpret_cast<T*>(bytes_ + offset)), count};
  }

 private:
  std::byte* bytes_;
  std::size_t size_;
};

}  // namespace shm::fuzz
