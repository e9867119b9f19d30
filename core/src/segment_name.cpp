// SPDX-License-Identifier: MIT
#include <cstring>
#include <shm/segment_name.hpp>

namespace shm {

Result<SegmentName> SegmentName::parse(std::string_view name) noexcept {
  if (name.starts_with('/')) name.remove_prefix(1);
  if (name.empty()) return invalid_argument("a name with at least one byte after the slash");
  if (name.size() > kMaxBytes) return invalid_argument("a name of at most 254 bytes after the slash");
  if (name.find('/') != std::string_view::npos) return invalid_argument("a name with no slash but the first");
  if (name.find('\0') != std::string_view::npos) return invalid_argument("a name without NUL bytes");
  if (name == "." || name == "..") return invalid_argument("a name other than '/.' and '/..'");

  SegmentName result;
  result.text_[0] = '/';
  std::memcpy(result.text_ + 1, name.data(), name.size());
  result.length_ = name.size() + 1;
  return result;
}

}  // namespace shm
