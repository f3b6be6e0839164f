#include "secrets_adapters/json_pointer.hpp"

#include <charconv>

#include "secrets_adapters/json_pair.hpp"

namespace secrets_adapters {
namespace {

// "0", "12", but not "01" nor "-".
std::optional<std::size_t> index_of(std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size() || (token.size() > 1 && token.front() == '0')) {
    return std::nullopt;
  }
  return index;
}

}  // namespace

std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    const char c = pointer[at];
    if (c == '/') {
      tokens.emplace_back();
    } else if (tokens.empty()) {
      return std::nullopt;
    } else if (c != '~') {
      tokens.back() += c;
    } else if (const std::string_view pair = pointer.substr(at, 2); pair == "~0" || pair == "~1") {
      tokens.back() += pair == "~0" ? '~' : '/';
      ++at;
    } else {
      return std::nullopt;
    }
  }
  if (tokens.empty()) return std::nullopt;
  return tokens;
}

std::string pointer_to(std::string_view pointer, std::string_view token) {
  std::string result(pointer);
  result += '/';
  for (const char c : token) {
    if (c == '~' || c == '/') {
      result.append(c == '~' ? "~0" : "~1");
    } else {
      result += c;
    }
  }
  return result;
}

std::string_view parent_of(std::string_view pointer) { return pointer.substr(0, pointer.rfind('/')); }

const JsonPlace* json_at(std::string_view text, const JsonPlace& root, std::string_view pointer) {
  const JsonPlace* place = &root;
  for (const std::string& token : pointer_tokens(pointer).value_or(std::vector<std::string>{})) {
    if (place->kind == JsonPlace::Kind::object) {
      place = json_member(text, *place, token, LetterCase::differs);
    } else {
      const auto index = place->kind == JsonPlace::Kind::array ? index_of(token) : std::nullopt;
      place = index && *index < place->items.size() ? &place->items[*index] : nullptr;
    }
    if (place == nullptr) return nullptr;
  }
  return place;
}

}  // namespace secrets_adapters
