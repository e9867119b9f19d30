// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <shm/layout/directory_entry.hpp>
#include <shm/layout/segment_header.hpp>
#include <shm/managed_segment.hpp>
#include <span>
#include <string_view>

namespace shm::managed {

namespace mismatch {
inline constexpr char kKind[] = "the object of this name is of another kind";
inline constexpr char kVersion[] = "the object of this name is of another version";
inline constexpr char kParameters[] = "the object of this name has other parameters";
inline constexpr char kSize[] = "the object of this name has another size";
}  // namespace mismatch

/// The named objects of a mapped segment.
///
/// Thread safety: any number of threads and processes, each with a Directory of its own.
/// Invariants: everything read from the segment is copied once, and the copy is checked. An entry that is committed
/// changes no more, but for its state to retired. Space and entries are handed out once; what a killed maker has not
/// committed was never handed out.
class Directory {
 public:
  /// segment  mapped; at least as long as the header says
  /// header   a private copy that was checked
  Directory(std::span<std::byte> segment, const layout::ImmutableBlock& header) noexcept
      : segment_(segment), header_(header) {}

  [[nodiscard]] Result<ManagedObject> find(std::string_view name) const noexcept;
  Result<ManagedObject> find_or_make(std::string_view name, const ObjectSpec& spec, const Participant& me,
                                     FunctionRef<void(std::span<std::byte>)> initialise) const noexcept;
  [[nodiscard]] Result<void> retire(std::string_view name) const noexcept;
  void for_each(FunctionRef<void(const ListedObject&)> visit) const noexcept;

 private:
  struct Found;

  [[nodiscard]] layout::DirectoryEntry& entry(std::uint32_t index) const noexcept;
  [[nodiscard]] std::optional<layout::DirectoryEntry> copy_of(std::uint32_t index) const noexcept;
  [[nodiscard]] bool is_valid(const layout::DirectoryEntry& copy) const noexcept;
  [[nodiscard]] Found search(std::string_view name) const noexcept;
  [[nodiscard]] ManagedObject object_of(const layout::DirectoryEntry& copy) const noexcept;
  [[nodiscard]] Result<ManagedObject> make(std::string_view name, const ObjectSpec& spec, const Found& room,
                                           FunctionRef<void(std::span<std::byte>)> initialise) const noexcept;

  std::span<std::byte> segment_;
  const layout::ImmutableBlock& header_;
};

}  // namespace shm::managed
