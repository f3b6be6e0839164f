// Where the values of a JSON text stand, so that a writer can change one string and leave every other byte as it is.
// Nothing is copied but the names of members, so that a secret stays in the buffer that its owner wipes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "platform/ini.hpp"

namespace secrets_adapters {

struct JsonMember;

struct JsonPlace {
  enum class Kind { object, array, string, other };
  Kind kind = Kind::other;
  platform::Range range;  // of a string: between its quotes
  bool escaped = false;   // a string that is not written as it reads
  std::vector<JsonMember> members;
  std::vector<JsonPlace> items;
};

struct JsonMember {
  std::string name;  // as it reads
  std::size_t at = 0;
  JsonPlace value;
};

struct JsonError {
  std::size_t line = 0;  // from 1
  std::string what;      // never with a word of the text itself
};

inline constexpr int deepest_json = 64;

// RFC 8259, strictly: UTF-8, no comments, nothing behind the value; a leading BOM is skipped. Members of one name are
// all there, in their order. Throws JsonError, also for a text with more than `deepest_json` levels.
[[nodiscard]] JsonPlace parse_json(std::string_view text);
// A string of that text as it reads. The caller wipes it if it is secret.
[[nodiscard]] std::string read_json_string(std::string_view text, const JsonPlace& place);

}  // namespace secrets_adapters
