// Where text values stand in a YAML file, byte for byte, so that one can be replaced and all else stays as it is.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "platform/ini.hpp"

namespace secrets_adapters {

struct YamlScalar {
  enum class Form : std::uint8_t { bare, quoted, block };
  Form form = Form::bare;
  // bare: the value; quoted: what stands between the quotes; block: from the first line's first word to the last line's
  // last character.
  platform::Range range;
  std::string indent;       // of a block's lines
  bool plain_head = false;  // a block that opens with ">" and nothing else, right above its first line
};

// The values of these names; one that is not there, or is empty (null), is missing in the result. A name is a path as
// Hiera digs it: the keys from the top on, joined by dots, so that a key with a dot in it has its own name too.
// Throws Unfit for a text that is no YAML or has several documents; and where a name stands there twice, leads to
// something that is no text, to a value with an anchor, an alias or a tag, into a mapping that merges another one
// (<<), or to a value that escapes or line breaks keep from being what is written there.
[[nodiscard]] std::map<std::string, YamlScalar> yaml_scalars(std::string_view text, std::span<const std::string> names);

}  // namespace secrets_adapters
