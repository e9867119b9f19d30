// SPDX-License-Identifier: MIT
#include "maps_text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace shm::os {
namespace {

/// Takes a number and the `end` that has to follow it off the text.
template <class Number>
bool take_number(std::string_view& text, Number& number, int base, char end) noexcept {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || rest == text.data() + text.size() || *rest != end) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  return true;
}

bool skip_field(std::string_view& text) noexcept {
  const std::size_t end = text.find(' ');
  if (end == std::string_view::npos) return false;
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

// Not by makedev(), which is no function of musl.
std::uint64_t MapsLine::device() const noexcept {
  const std::uint64_t major = device_major;
  const std::uint64_t minor = device_minor;
  return (major & 0xfffff000U) << 32U | (major & 0xfffU) << 8U | (minor & 0xffffff00U) << 12U | (minor & 0xffU);
}

// Which device it is depends on the size of the pages; it is none of a driver. The whole path must match, as files may
// be called nearly so.
bool MapsLine::is_system_v() const noexcept {
  constexpr std::string_view kBegin = "/SYSV";
  constexpr std::string_view kEnd = " (deleted)";
  std::string_view key = path;
  if (device_major != 0 || !key.starts_with(kBegin) || !key.ends_with(kEnd)) return false;
  key.remove_prefix(kBegin.size());
  key.remove_suffix(kEnd.size());
  return key.size() == 8 && key.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<MapsLine> parse_maps_line(std::string_view line) noexcept {
  MapsLine result;
  for (int field = 0; field < 3; ++field) {
    if (!skip_field(line)) return {};
  }
  if (!take_number(line, result.device_major, 16, ':') || !take_number(line, result.device_minor, 16, ' ')) return {};
  if (!take_number(line, result.inode, 10, ' ')) return {};
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  result.path = line;
  return result;
}

}  // namespace shm::os
