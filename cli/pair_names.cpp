#include "cli/pair_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>

namespace cli {
namespace {

struct Words {
  std::string_view id, secret;
};

constexpr std::array pairs{Words{"access key id", "secret access key"},
                           Words{"access key id", "access key secret"},
                           Words{"access key id", "secret key"},
                           Words{"access key id", "access secret"},
                           Words{"access key id", "secret"},
                           Words{"access key", "secret key"},
                           Words{"access key", "secret access key"},
                           Words{"access key", "access key secret"},
                           Words{"access key", "secret"},
                           Words{"key id", "key secret"},
                           Words{"key id", "secret key"},
                           Words{"key id", "secret"},
                           Words{"key id", "key"},
                           Words{"id", "secret"},
                           Words{"id", "key"}};

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

std::string joined(std::string_view words, std::string_view mark) {
  std::string text;
  for (const char c : words) c == ' ' ? text.append(mark) : text.append(1, c);
  return text;
}

std::string capitals(std::string_view words) {
  std::string text = joined(words, "_");
  std::ranges::transform(text, text.begin(), upper);
  return text;
}

std::string camel(std::string_view words, bool first_too) {
  std::string text;
  bool raise = first_too;
  for (const char c : words) {
    if (c != ' ') text += raise ? upper(c) : c;
    raise = c == ' ';
  }
  return text;
}

using Form = std::string (*)(std::string_view);
constexpr std::array<Form, 6> forms{[](std::string_view words) { return joined(words, "_"); },
                                    [](std::string_view words) { return capitals(words); },
                                    [](std::string_view words) { return joined(words, "-"); },
                                    [](std::string_view words) { return camel(words, true); },
                                    [](std::string_view words) { return camel(words, false); },
                                    [](std::string_view words) { return joined(words, ""); }};

}  // namespace

std::vector<std::string> secret_names(std::string_view id_name) {
  std::vector<std::string> names;
  for (const Words& pair : pairs) {
    for (const Form form : forms) {
      const std::string id = form(pair.id);
      const std::size_t at = id_name.rfind(id);
      if (at == std::string_view::npos) continue;
      std::string name(id_name);
      name.replace(at, id.size(), form(pair.secret));
      if (name != id_name && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace cli
