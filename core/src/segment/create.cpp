// SPDX-License-Identifier: MIT
#include <shm/layout/compat_header.hpp>

#include "../ledger.hpp"
#include "maker.hpp"

namespace shm {
namespace {

// From here on, finding out first that a name is taken costs less than the pages allocated in vain.
constexpr std::uint64_t kWorthALook = std::uint64_t{1} << 20;

Result<void> give_size(const os::File& file, std::uint64_t size, const SegmentOptions& options) noexcept {
  if (!options.reserve) return os::resize(file, size);
  if (const auto there = os::check_memory(size); !there) return there;
  // Huge pages are allocated through a mapping, before ordinary ones take their place.
  return options.huge_pages == HugePages::never ? os::reserve(file, size) : os::resize(file, size);
}

Result<void> give_huge_pages(const os::File& file, Segment& segment, const SegmentOptions& options) noexcept {
  if (options.huge_pages == HugePages::never || !options.reserve) return {};
  const bool are_huge = SegmentMaker::allocate_huge_pages(segment);
  if (const auto reserved = os::reserve(file, header_size(options.layout) + options.size); !reserved) return reserved;
  if (options.huge_pages == HugePages::require && !are_huge) return unsupported("huge pages on this file system");
  return {};
}

/// Sized, with its mode and header, and mapped.
Result<Segment> build(const os::File& file, Kind kind, const SegmentOptions& options) noexcept {
  const std::uint64_t size = header_size(options.layout) + options.size;
  if (const auto sized = give_size(file, size, options); !sized) return sized.error();
  if (options.exact_mode) {
    if (const auto set = os::set_mode(file, options.mode); !set) return set.error();
  }
  if (options.layout == Layout::compat) {
    // Not through the mapping: a page that was touched there makes unmapping wait for the other processors.
    const layout::CompatHeader header{options.size};
    if (const auto put = os::write(file, std::as_bytes(std::span(&header, 1)), 0); !put) return put.error();
  }
  const Result<os::FileStatus> status = os::status(file);
  if (!status) return status.error();
  Result<Segment> segment = SegmentMaker::map(file, kind, {*status, options.layout}, options);
  if (!segment) return segment;
  if (const auto given = give_huge_pages(file, *segment, options); !given) return given.error();
  SegmentMaker::set_created(*segment);
  return SegmentMaker::finish(*std::move(segment), options);
}

/// What create() and the like do: they make a segment to write to, whatever the options say for opening one.
SegmentOptions for_creation(SegmentOptions options, Layout layout) noexcept {
  options.access = Access::read_write;
  options.layout = layout;
  options.lifetime = Lifetime::persistent;
  return options;
}

Result<Segment> create_file(const char* path, const SegmentOptions& options) noexcept {
  if (const auto valid = check_creation(options); !valid) return valid.error();
  Result<os::Draft> draft = os::make_draft(path, options.mode);
  if (!draft) return draft.error();
  Result<Segment> segment = build(draft->file(), Kind::file, for_creation(options, Layout::raw));
  if (!segment) return segment.error();
  if (const auto published = draft->publish(path); !published) return published.error();
  SegmentMaker::keep(*segment, draft->take_file());
  return segment;
}

Result<Segment> make_anonymous(const SegmentOptions& options, bool of_huge_pages) noexcept {
  Result<os::File> file = os::make_anonymous(options.mode, of_huge_pages);
  if (!file) return file.error();
  SegmentOptions now = for_creation(options, Layout::raw);
  now.exact_mode = true;                                 // a memfd has every bit, and the umask takes none of them
  if (of_huge_pages) now.huge_pages = HugePages::never;  // it consists of nothing else
  Result<Segment> segment = build(*file, Kind::anonymous, now);
  if (!segment) return segment.error();
  if (const auto sealed = os::seal_size(*file); !sealed) return sealed.error();
  SegmentMaker::keep(*segment, *std::move(file));
  return segment;
}

/// Calls one of two functions, open() and create(), until one has succeeded. Each failure means that another process
/// has removed or made the object in between; that often in a row is not by chance.
template <class Open, class Create>
Result<Segment> one_of(const Open& open, const Create& create) noexcept {
  constexpr int kAttempts = 100;
  constexpr int kInHaste = 10;
  for (int attempt = 1;; ++attempt) {
    Result<Segment> opened = open();
    if (opened || !os::is_not_found(opened.error())) return opened;
    Result<Segment> created = create();
    if (created || !os::is_already_exists(created.error()) || attempt == kAttempts) return created;
    if (attempt > kInHaste) os::sleep_a_millisecond();
  }
}

}  // namespace

Result<Segment> Segment::create(const SegmentName& name, const SegmentOptions& options) noexcept {
  if (const auto valid = check_creation(options); !valid) return valid.error();
  const std::uint64_t size = header_size(options.layout) + options.size;
  if (size >= kWorthALook && os::status(name)) return os::already_exists("linkat");

  // A name that is taken is the answer also where there is no room for another object.
  const auto refuse = [&name](const Error& error) { return os::status(name) ? os::already_exists("linkat") : error; };
  Result<os::Draft> draft = os::make_draft(options.mode);
  if (!draft) return refuse(draft.error());
  Result<Segment> segment = build(draft->file(), Kind::posix, for_creation(options, options.layout));
  if (!segment) return refuse(segment.error());
  if (const auto published = draft->publish(name); !published) return published.error();
  ledger::created(name, size);
  if (options.keep_descriptor) SegmentMaker::keep(*segment, draft->take_file());
  return segment;
}

Result<Segment> Segment::open_or_create(const SegmentName& name, const SegmentOptions& options) noexcept {
  if (const auto valid = check_creation(options); !valid) return valid.error();
  return one_of([&] { return open(name, options); }, [&] { return create(name, options); });
}

Result<Segment> Segment::open_or_create(SystemVKey key, const SegmentOptions& options) noexcept {
  if (const auto valid = check_creation(options); !valid) return valid.error();
  return one_of([&] { return open(key, options); }, [&] { return create(key, options); });
}

Result<Segment> Segment::open_file(const char* path, const SegmentOptions& options) noexcept {
  const auto open = [&] { return open_existing_file(path, options); };
  if (options.size == 0 || options.access != Access::read_write) return open();
  if (const auto valid = check_creation(options); !valid) return valid.error();
  return one_of(open, [&] { return create_file(path, options); });
}

Result<Segment> Segment::anonymous(const SegmentOptions& options) noexcept {
  if (const auto valid = check_creation(options); !valid) return valid.error();
  if (options.huge_pages != HugePages::never && options.size % kHugePage == 0) {
    Result<Segment> huge = make_anonymous(options, true);  // of those that the administrator has set aside
    if (huge) return huge;
  }
  return make_anonymous(options, false);
}

}  // namespace shm
