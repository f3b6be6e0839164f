#include "secrets_adapters/json_pair.hpp"

#include <algorithm>
#include <utility>

namespace secrets_adapters {
namespace {

bool stands_in_string(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

class JsonPair final : public PairFormat {
 public:
  JsonPair(std::string id, std::string secret) : id_(std::move(id)), secret_(std::move(secret)) {}

  [[nodiscard]] std::string place() const override { return id_ + " and " + secret_; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    const JsonPlace root = json_in(text);
    if (root.kind != JsonPlace::Kind::object) throw Unfit{.line = 1, .what = "it is no JSON object"};
    return both_or_none(text, json_value(text, root, id_, LetterCase::differs),
                        json_value(text, root, secret_, LetterCase::differs));
  }

 private:
  std::string id_;
  std::string secret_;
};

}  // namespace

std::unique_ptr<const PairFormat> json_pair_format(std::string id, std::string secret) {
  return std::make_unique<JsonPair>(std::move(id), std::move(secret));
}

JsonPlace json_in(std::string_view text) {
  try {
    return parse_json(text);
  } catch (const JsonError& error) {
    throw Unfit{.line = error.line, .what = "not JSON: " + error.what};
  }
}

const JsonPlace* json_member(std::string_view text, const JsonPlace& object, std::string_view name,
                             LetterCase letter_case) {
  const JsonPlace* found = nullptr;
  for (const JsonMember& one : object.members) {
    const bool same = one.name == name;
    if (!same && (letter_case == LetterCase::differs || !same_but_for_case(one.name, name))) continue;
    if (!same) {
      throw Unfit{.line = line_of(text, one.at),
                  .what = std::string(name) + " in other letters, which only some readers take for it"};
    }
    if (found != nullptr) {
      throw Unfit{.line = line_of(text, one.at), .what = std::string(name) + " is there a second time"};
    }
    found = &one.value;
  }
  return found;
}

std::optional<ValueAt> json_value(std::string_view text, const JsonPlace& object, std::string_view name,
                                  LetterCase letter_case) {
  const JsonPlace* found = json_member(text, object, name, letter_case);
  if (found == nullptr) return std::nullopt;
  if (found->kind != JsonPlace::Kind::string) {
    throw Unfit{.line = line_of(text, found->range.begin), .what = std::string(name) + " is no string"};
  }
  if (found->escaped) {
    throw Unfit{.line = line_of(text, found->range.begin),
                .what = std::string(name) + " is written with an escape; write it as plain characters"};
  }
  if (found->range.begin == found->range.end) return std::nullopt;
  return ValueAt{found->range, stands_in_string};
}

}  // namespace secrets_adapters
