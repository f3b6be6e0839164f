// How the config describes a server's API: the requests of a write in their order, and those that read the place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/http/transport.hpp"
#include "secrets_adapters/filled_text.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

struct Field {
  std::string name;
  Template value;
};

struct HttpStep {
  http::Method method = http::Method::get;
  Template url;
  std::vector<Field> headers = {};
  std::vector<Field> form = {};
  std::optional<Template> body = {};
  std::string content_type = {};                                 // of the body or the form
  Escape escape = Escape::bare;                                  // of the body
  std::vector<int> ok = {};                                      // empty: 200 to 299
  std::vector<std::pair<std::string, std::string>> take = {};    // name, pointer
  std::vector<std::pair<std::string, std::string>> expect = {};  // pointer, text
};

struct HttpScript {
  std::vector<HttpStep> write;
  std::vector<HttpStep> read;   // the last one's reply shows the place
  std::string id, value, mark;  // pointers into that reply; `id` or `mark` is there
};

// With a finding for each setting that is wrong, unknown or missing; usable only without any.
[[nodiscard]] HttpScript script_of(const rotation::LocationSpec& spec, Findings& findings);

}  // namespace secrets_adapters
