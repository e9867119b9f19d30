// SPDX-License-Identifier: MIT
#include <cstring>
#include <shm/segment_name.hpp>

namespace shm {

Result<SegmentName> SegmentName::parse(std::string_view name) noexcept {
  if (name.starts_with('/')) name.remove_prefix(1);
  if (name.empty()) return invalid_argument("a name has at least one byte after the slash");
  if (name.size() > kMaxBytes) return invalid_argument("a name has at most 254 bytes after the slash");
  if (name.find('/') != std::string_view::npos) return invalid_argument("a name has no slash but the first");
  if (name.find('\0') != std::string_view::npos) return invalid_argument("a name has no NUL byte");
  if (name == "." || name == "..") return invalid_argument("a name is neither '/.' nor '/..'");

  SegmentName result;
  result.text_[0] = '/';
  std::memcpy(result.text_ + 1, name.data(), name.size());
  result.length_ = name.size() + 1;
  return result;
}

}  // namespace shm
