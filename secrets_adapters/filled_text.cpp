#include "secrets_adapters/filled_text.hpp"

#include <algorithm>

#include "providers/http/encode.hpp"
#include "secrets_adapters/structured_text.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void append_xml(http::Body& to, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '&': to.append("&amp;"); break;
      case '<': to.append("&lt;"); break;
      case '>': to.append("&gt;"); break;
      case '"': to.append("&quot;"); break;
      case '\'': to.append("&#39;"); break;
      default: to.append({&c, 1});
    }
  }
}

void append_escaped(http::Body& to, std::string_view value, Escape escape) {
  const bool printable = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || (escape == Escape::bare && !std::ranges::all_of(value, stands_bare))) {
    throw Unfit{.what = "a value with a character that can't stand there as itself"};
  }
  switch (escape) {
    case Escape::json: {
      http::Body quoted;
      append_json(quoted, value);
      to.append(quoted.view().substr(1, quoted.size() - 2));
      break;
    }
    case Escape::percent: {
      std::string encoded = http::percent_encode(value);
      to.append(encoded);
      rotation::wipe(encoded);
      break;
    }
    case Escape::xml: append_xml(to, value); break;
    case Escape::bare:
    case Escape::header: to.append(value); break;
  }
}

}  // namespace

bool is_place_name(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::optional<Template> parse_template(std::string_view text) {
  Template pieces(1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (text[at] != '{' || (next != '{' && !is_letter(next))) {
      pieces.back().text += text[at];
    } else if (next == '{') {
      pieces.back().text += text[at++];
    } else {
      const std::size_t end = text.find('}', at);
      if (end == std::string_view::npos || !is_place_name(text.substr(at + 1, end - at - 1))) return std::nullopt;
      pieces.push_back({.name = std::string(text.substr(at + 1, end - at - 1))});
      pieces.emplace_back();
      at = end;
    }
  }
  return pieces;
}

void fill_in(const Template& pieces, const Values& values, Escape escape, http::Body& to) {
  const auto append = [&](std::string_view value) { append_escaped(to, value, escape); };
  for (const Piece& piece : pieces) {
    if (piece.name.empty()) {
      to.append(piece.text);
    } else if (piece.name == "id" && values.id != nullptr) {
      append(values.id->text());
    } else if (piece.name == "secret" && values.secret != nullptr) {
      values.secret->expose(append);
    } else if (piece.name == "token" && values.token != nullptr) {
      values.token->expose(append);
    } else if (const auto taken = values.taken.find(piece.name); taken != values.taken.end()) {
      append(taken->second);
    } else {
      throw Unfit{.what = "nothing to put in the place of {" + piece.name + "}"};
    }
  }
}

}  // namespace secrets_adapters
