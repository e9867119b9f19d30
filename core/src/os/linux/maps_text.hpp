// SPDX-License-Identifier: MIT
// The text of /proc/PID/maps (proc_pid_maps(5)):
//   7fde823c9000-7fde823ca000 rw-s 00000000 00:1b 36764530                   /dev/shm/frames (deleted)
//   address                   rights offset device inode                     path, its newlines as \012
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace shm::os {

struct MapsLine {
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t inode = 0;
  std::string_view path;  ///< part of the line; also "[heap]", "(deleted)" behind a path, or empty

  /// As st_dev has it.
  [[nodiscard]] std::uint64_t device() const noexcept;
  /// The kernel maps a System V segment as a file of its own, that is called by the key and has the id as inode.
  [[nodiscard]] bool is_system_v() const noexcept;
};

/// returns  nothing if this is no such line
std::optional<MapsLine> parse_maps_line(std::string_view line) noexcept;

/// Puts together lines from text that comes in pieces. Of longer lines there is the beginning.
class LineAssembler {
 public:
  static constexpr std::size_t kMostBytes = 256;  ///< the path begins before byte 96, and how it begins is enough

  /// Visits the lines that end in this piece, without their newline.
  template <class Visit>
  void add(std::string_view piece, Visit&& visit) noexcept {
    for (;;) {
      const std::size_t end = piece.find('\n');
      if (end == std::string_view::npos) return keep(piece);
      if (kept_ == 0) {
        visit(piece.substr(0, end).substr(0, kMostBytes));
      } else {
        keep(piece.substr(0, end));
        visit(std::string_view(begun_, kept_));
        kept_ = 0;
      }
      piece.remove_prefix(end + 1);
    }
  }

 private:
  void keep(std::string_view text) noexcept { kept_ += text.copy(begun_ + kept_, kMostBytes - kept_); }

  char begun_[kMostBytes];
  std::size_t kept_ = 0;
};

}  // namespace shm::os
