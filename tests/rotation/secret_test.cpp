#include "rotation/secret.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>

namespace {

// One block of memory to look at just before it goes back to the allocator: what a secret leaves behind.
const void* watched = nullptr;
std::size_t watched_size = 0;
bool watched_freed = false;
bool watched_was_wiped = false;

void look_at(const void* block) {
  if (block == nullptr || block != watched) return;
  watched_freed = true;
  watched_was_wiped = true;
  for (std::size_t i = 0; i < watched_size; ++i) {
    if (static_cast<const volatile char*>(block)[i] != 0) watched_was_wiped = false;
  }
  watched = nullptr;
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc{};
}
void operator delete(void* block) noexcept {
  look_at(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  look_at(block);
  std::free(block);
}

namespace rotation {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Comparable = requires(const T& value) {
  value == value;
};

// Invariant 14 begins here: what cannot be copied, printed or converted cannot leak by accident.
static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(std::is_nothrow_move_assignable_v<Secret>);
static_assert(!Printable<Secret>);
static_assert(Printable<std::string>);
static_assert(!Comparable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<std::string_view, Secret>);

constexpr std::string_view text = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

std::string shown(const Secret& secret) {
  return secret.expose([](std::string_view bytes) { return std::string(bytes); });
}

void watch(const Secret& secret) {
  secret.expose([](std::string_view bytes) {
    watched = bytes.data();
    watched_size = bytes.size();
  });
  watched_freed = watched_was_wiped = false;
}

TEST(Secret, is_read_through_the_callback_alone) {
  const Secret secret{text};
  EXPECT_FALSE(secret.empty());
  EXPECT_EQ(secret.expose([](std::string_view bytes) { return bytes.size(); }), text.size());
  EXPECT_EQ(shown(secret), text);
}

TEST(Secret, moves_leaving_nothing_behind) {
  Secret first{text};
  Secret second{std::move(first)};
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the state after a move is what is tested
  EXPECT_EQ(shown(second), text);
  Secret third;
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(shown(third), text);
}

TEST(Secret, wipes_its_bytes_before_the_memory_is_freed) {
  {
    const Secret secret{text};
    watch(secret);
  }
  EXPECT_TRUE(watched_freed);
  EXPECT_TRUE(watched_was_wiped);
}

TEST(Secret, wipes_what_a_move_assignment_replaces) {
  Secret secret{text};
  watch(secret);
  secret = Secret{"another"};
  EXPECT_TRUE(watched_freed);
  EXPECT_TRUE(watched_was_wiped);
  EXPECT_EQ(shown(secret), "another");
}

TEST(Secret, survives_assignment_to_itself) {
  Secret secret{text};
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(shown(secret), text);
}

TEST(Secret, taking_a_text_wipes_the_original) {
  std::string original{text};
  const char* buffer = original.data();
  const Secret secret = Secret::taking(std::move(original));
  EXPECT_EQ(shown(secret), text);
  EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move): promised empty
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_EQ(static_cast<const volatile char*>(buffer)[i], 0);
}

TEST(Secret, wipe_overwrites_the_whole_buffer_of_a_text) {
  std::string original{text};
  original.resize(8);  // the rest still stands in the buffer
  const char* buffer = original.data();
  wipe(original);
  EXPECT_TRUE(original.empty());
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_EQ(static_cast<const volatile char*>(buffer)[i], 0);
}

TEST(Secret, clones_and_compares_by_content) {
  const Secret secret{text};
  EXPECT_TRUE(secret.clone().same_as(secret));
  EXPECT_FALSE(secret.same_as(Secret{"wJalr"}));
  EXPECT_FALSE(secret.same_as(Secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ"}));
  EXPECT_TRUE(Secret{}.same_as(Secret{}));
}

TEST(Secret, holds_any_bytes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(shown(Secret{"a\0b"sv}), std::string("a\0b", 3));
}

}  // namespace
}  // namespace rotation
