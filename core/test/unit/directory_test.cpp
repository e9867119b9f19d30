// SPDX-License-Identifier: MIT
#include "managed_segment/directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "managed_segment/header.hpp"
#include "support/own_managed.hpp"

namespace shm::test {
namespace {

using layout::ObjectKind;
namespace mismatch = managed::mismatch;

class DirectoryTest : public OwnManaged {
 protected:
  void SetUp() override {
    OwnManaged::SetUp();
    Result<ManagedSegment> created = create({.size = 8192, .objects = 4});
    ASSERT_TRUE(created);
    segment_ = *std::move(created);
  }
  void TearDown() override {
    segment_ = ManagedSegment();
    OwnManaged::TearDown();
  }
  Result<ManagedObject> make(std::string_view name, std::uint64_t size = 64) {
    return segment_.find_or_make(name, {.kind = ObjectKind::bytes, .body_size = size});
  }
  [[nodiscard]] layout::DirectoryEntry& entry(std::uint32_t index) const {
    const std::uint64_t offset = header_of(segment_).fixed.directory_offset;
    return reinterpret_cast<layout::DirectoryEntry*>(segment_.bytes().data() + offset)[index];
  }

  ManagedSegment segment_;
};

TEST_F(DirectoryTest, makes_an_object_once_and_finds_it_then) {
  const ObjectSpec spec{
      .kind = ObjectKind::spsc_ring, .version = 3, .params = {1, 2, 3, 4, 5, 6, 7, 8}, .body_size = 100};
  EXPECT_EQ(segment_.find("ring").error().os_error, ENOENT);
  const auto made = segment_.find_or_make("ring", spec);
  ASSERT_TRUE(made) << made.error().operation;
  EXPECT_TRUE(made->made);
  EXPECT_EQ(made->body.size(), 100U);
  EXPECT_EQ(made->offset % 64, 0U);
  EXPECT_EQ(made->body.data(), segment_.bytes().data() + made->offset);
  EXPECT_TRUE(is_zero(made->body));
  const auto again = segment_.find_or_make("ring", spec);
  const auto found = segment_.find("ring");
  for (const auto& same : {again, found}) {
    ASSERT_TRUE(same);
    EXPECT_FALSE(same->made);
    EXPECT_EQ(same->body.data(), made->body.data());
    EXPECT_EQ(same->spec.kind, ObjectKind::spsc_ring);
    EXPECT_EQ(same->spec.version, 3);
    EXPECT_TRUE(std::ranges::equal(same->spec.params, spec.params));
  }
}

TEST_F(DirectoryTest, shows_an_object_only_once_it_is_initialised) {
  const auto made = segment_.find_or_make("a", kMutex, [&](std::span<std::byte> body) {
    EXPECT_TRUE(is_zero(body));
    EXPECT_EQ(open()->find("a").error().os_error, ENOENT);
    body[0] = std::byte{9};
  });
  ASSERT_TRUE(made);
  EXPECT_EQ(open()->find("a")->body[0], std::byte{9});
}

TEST_F(DirectoryTest, says_in_what_an_object_differs) {
  const ObjectSpec spec{.kind = ObjectKind::mutex, .version = 1, .params = {1}, .body_size = 64};
  ASSERT_TRUE(segment_.find_or_make("a", spec));
  const auto text = [&](const ObjectSpec& other) {
    const auto found = segment_.find_or_make("a", other);
    EXPECT_EQ(found.error().code, Errc::type_mismatch);
    return std::string_view(found.error().operation);
  };
  EXPECT_EQ(text({.kind = ObjectKind::event, .version = 1, .params = {1}, .body_size = 64}), mismatch::kKind);
  EXPECT_EQ(text({.kind = ObjectKind::mutex, .version = 2, .params = {1}, .body_size = 64}), mismatch::kVersion);
  EXPECT_EQ(text({.kind = ObjectKind::mutex, .version = 1, .params = {1, 2}, .body_size = 64}), mismatch::kParameters);
  EXPECT_EQ(text({.kind = ObjectKind::mutex, .version = 1, .params = {1}, .body_size = 65}), mismatch::kSize);
}

TEST_F(DirectoryTest, takes_names_of_1_to_63_bytes) {
  EXPECT_EQ(make("").error().code, Errc::invalid_argument);
  EXPECT_EQ(make(std::string(64, 'a')).error().code, Errc::invalid_argument);
  EXPECT_EQ(make(std::string_view("a\0b", 3)).error().code, Errc::invalid_argument);
  EXPECT_EQ(segment_.find("").error().code, Errc::invalid_argument);
  EXPECT_EQ(segment_.retire("").error().code, Errc::invalid_argument);
  EXPECT_TRUE(make(std::string(63, 'a')));
  EXPECT_TRUE(segment_.find(std::string(63, 'a')));
  EXPECT_FALSE(segment_.find(std::string(62, 'a')));
  EXPECT_TRUE(make("ein Name, größer als \xff\n"));
  EXPECT_EQ(make("b", 0).error().code, Errc::invalid_argument);
}

TEST_F(DirectoryTest, says_what_it_is_full_of) {
  const std::uint64_t all = segment_.capacity();
  EXPECT_EQ(make("huge", all + 1).error().code, Errc::full);
  EXPECT_EQ(make("endless", ~std::uint64_t{0}).error().code, Errc::full);
  const auto half = make("half", all / 2 + 1);
  ASSERT_TRUE(half);
  const auto other_half = make("other", all / 2);
  EXPECT_EQ(other_half.error().code, Errc::full);
  EXPECT_TRUE(std::string_view(other_half.error().operation).find("room") != std::string_view::npos);
  for (const char* name : {"1", "2", "3"}) EXPECT_TRUE(make(name));
  const auto fifth = make("4");
  EXPECT_EQ(fifth.error().code, Errc::full);
  EXPECT_TRUE(std::string_view(fifth.error().operation).find("objects") != std::string_view::npos);
  EXPECT_TRUE(make("3")) << "it is there already";
}

TEST_F(DirectoryTest, gives_each_object_bytes_of_its_own) {
  std::vector<ManagedObject> objects;
  for (const char* name : {"a", "b", "c", "d"}) objects.push_back(*make(name, 65));
  for (std::size_t i = 1; i < objects.size(); ++i) {
    EXPECT_GE(objects[i].offset, objects[i - 1].offset + objects[i - 1].body.size());
  }
}

TEST_F(DirectoryTest, frees_a_name_but_not_the_bytes) {
  const auto first = make("a");
  ASSERT_TRUE(first);
  EXPECT_TRUE(segment_.retire("a"));
  EXPECT_EQ(segment_.find("a").error().os_error, ENOENT);
  EXPECT_EQ(segment_.retire("a").error().os_error, ENOENT);
  const auto second = make("a", 128);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->made);
  EXPECT_NE(second->offset, first->offset);
}

TEST_F(DirectoryTest, lists_what_is_inside) {
  ASSERT_TRUE(make("a", 100));
  ASSERT_TRUE(segment_.find_or_make("b", kMutex));
  ASSERT_TRUE(make("c"));
  ASSERT_TRUE(segment_.retire("c"));
  std::vector<std::string> seen;
  ASSERT_TRUE(segment_.for_each_object([&](const ListedObject& object) {
    seen.push_back(std::string(object.name) + " " + std::to_string(static_cast<int>(object.spec.kind)) + " " +
                   std::to_string(object.spec.body_size));
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"a 1 100", "b 2 64"}));
}

TEST_F(DirectoryTest, does_not_wait_for_ever_for_who_lives) {
  Result<ManagedSegment> other = open();
  ASSERT_TRUE(other);
  auto& word = *reinterpret_cast<std::uint32_t*>(header_of(segment_).directory_mutex);
  word = segment_.participant().token();
  EXPECT_EQ(make("a").error().code, Errc::deadlock);
  EXPECT_EQ(other->find_or_make("a", kMutex).error().code, Errc::timeout);
  word = token_of(900, 5);
  EXPECT_TRUE(make("a")) << "a token of nobody";
  EXPECT_EQ(word, kNobody);
}

TEST_F(DirectoryTest, leaves_out_damaged_entries_and_hands_out_nothing_more) {
  ASSERT_TRUE(make("a"));
  ASSERT_TRUE(make("b"));
  const auto damage = [&](auto spoil) {
    const layout::DirectoryEntry before = entry(0);
    spoil(entry(0));
    EXPECT_EQ(segment_.find("a").error().code, Errc::corrupt);
    EXPECT_TRUE(segment_.find("b"));
    EXPECT_EQ(make("c").error().code, Errc::corrupt);
    EXPECT_EQ(segment_.retire("a").error().code, Errc::corrupt);
    int count = 0;
    EXPECT_TRUE(segment_.for_each_object([&](const ListedObject&) { ++count; }));
    EXPECT_EQ(count, 1);
    entry(0) = before;
  };
  damage([](layout::DirectoryEntry& e) { e.crc32c ^= 1; });
  damage([](layout::DirectoryEntry& e) { e.offset += 64; });
  damage([](layout::DirectoryEntry& e) { e.name_length = 64; });
  damage([](layout::DirectoryEntry& e) { e.name[0] = 'x'; });
  damage([](layout::DirectoryEntry& e) { e.state = 7; });
  EXPECT_TRUE(segment_.find("a"));
}

TEST_F(DirectoryTest, of_random_bytes_never_leads_outside_of_the_segment) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same every time
  for (const char* name : {"a", "b", "c", "d"}) ASSERT_TRUE(make(name));
  const auto inside = [&](const Result<ManagedObject>& object) {
    if (!object) return;
    ASSERT_GE(object->offset, header_of(segment_).fixed.data_offset);
    ASSERT_LE(object->offset + object->body.size(), segment_.bytes().size());
  };
  for (int i = 0; i < 20'000; ++i) {
    auto* const bytes = reinterpret_cast<unsigned char*>(&entry(0));
    bytes[random() % (4 * sizeof(layout::DirectoryEntry))] = static_cast<unsigned char>(random());
    inside(segment_.find("a"));
    inside(make(i % 2 == 0 ? "b" : "e"));
    (void)segment_.for_each_object([](const ListedObject&) {});
    if (i % 16 == 0) std::memset(bytes, static_cast<int>(random() % 3), random() % 512);
  }
}

}  // namespace
}  // namespace shm::test
