#include "secrets_adapters/vault_reply.hpp"

#include <algorithm>
#include <charconv>

namespace secrets_adapters {
namespace {

std::string_view bytes_of(std::string_view text, const JsonPlace& place) {
  return text.substr(place.range.begin, place.range.end - place.range.begin);
}

}  // namespace

std::optional<JsonPlace> json_reply(std::string_view text) {
  try {
    return parse_json(text);
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

const JsonPlace* json_at(const JsonPlace* root, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (root == nullptr || root->kind != JsonPlace::Kind::object) return nullptr;
    const auto found = std::ranges::find(root->members, name, &JsonMember::name);
    root = found == root->members.end() ? nullptr : &found->value;
  }
  return root;
}

std::optional<std::uint64_t> whole_number(std::string_view text, const JsonPlace* place) {
  if (place == nullptr || place->kind != JsonPlace::Kind::other) return std::nullopt;
  const std::string_view digits = bytes_of(text, *place);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

bool is_true(std::string_view text, const JsonPlace* place) {
  return place != nullptr && place->kind == JsonPlace::Kind::other && bytes_of(text, *place) == "true";
}

std::optional<rotation::Secret> json_secret(std::string_view text, const JsonPlace* place) {
  if (place == nullptr || place->kind != JsonPlace::Kind::string) return std::nullopt;
  return rotation::Secret::taking(read_json_string(text, *place));
}

bool is_text(std::string_view text, const JsonPlace* place, std::string_view expected) {
  return place != nullptr && place->kind == JsonPlace::Kind::string && read_json_string(text, *place) == expected;
}

}  // namespace secrets_adapters
