// Texts with places to fill in: "access_key={id}". What is filled in is escaped as the text around it wants it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/http/message.hpp"
#include "rotation/names.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {

struct Piece {
  std::string text = {};
  std::string name = {};  // of the value that stands here in place of a text
};
using Template = std::vector<Piece>;

// "{name}" is a place: small letters, digits and "_". "{{" is the character itself; so is "{" before anything but a
// letter, so that JSON can be written as it is. nullopt for a "{" that begins no place.
[[nodiscard]] std::optional<Template> parse_template(std::string_view text);
[[nodiscard]] bool is_place_name(std::string_view text);

enum class Escape : std::uint8_t {
  json,     // within the quotes of a string
  percent,  // of a form, of a URL
  xml,      // character data, and attributes
  bare,     // only what means itself everywhere: letters, digits and / + = _ . -
  header,   // printable ASCII
};

// What can be filled in; null where there is no such thing.
struct Values {
  const rotation::AccessKeyId* id = nullptr;
  const rotation::Secret* secret = nullptr;
  const rotation::Secret* token = nullptr;
  std::map<std::string, std::string> taken = {};
};

// At the end of `to`. Throws Unfit for a value that can't stand there.
void fill_in(const Template& pieces, const Values& values, Escape escape, http::Body& to);

}  // namespace secrets_adapters
