#include "secrets_adapters/exec_protocol.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {
namespace {

constexpr std::size_t longest_mark = 256;

void add_member(http::Body& to, std::string_view name, std::string_view value) {
  to.append(",");
  append_json(to, name);
  to.append(":");
  append_json(to, value);
}

struct Told {
  std::optional<std::string> id, mark;
  std::optional<rotation::Secret> secret;
};

// A member that we don't know may be a misspelt one that matters.
Told told_by(std::string_view text) {
  const JsonPlace root = json_in(text);
  if (root.kind != JsonPlace::Kind::object) throw Unfit{.line = 1, .what = "it is no JSON object"};
  Told told;
  for (const JsonMember& one : root.members) {
    (void)json_member(text, root, one.name, LetterCase::differs);  // twice?
    if (one.value.kind != JsonPlace::Kind::string) throw Unfit{.what = "a member that is no string"};
    std::string value = read_json_string(text, one.value);
    if (one.name == "secret") {
      told.secret = rotation::Secret::taking(std::move(value));
    } else if (one.name == "id" || one.name == "mark") {
      (one.name == "id" ? told.id : told.mark) = std::move(value);
    } else {
      rotation::wipe(value);
      throw Unfit{.what = "a member other than id, secret and mark"};
    }
  }
  if (!told.mark) return told;
  const bool plain = std::ranges::all_of(*told.mark, [](char c) { return c >= ' ' && c <= '~'; });
  if (told.mark->empty() || told.mark->size() > longest_mark || !plain) throw Unfit{.what = "a mark that is none"};
  if (told.id || told.secret) throw Unfit{.what = "a mark beside what can be read"};
  return told;
}

}  // namespace

http::Body ask_to_read() { return http::Body(R"({"version":1,"op":"read"})"); }

http::Body ask_to_write(const rotation::Change& change, const rotation::Holding& now) {
  http::Body body(R"({"version":1)");
  add_member(body, "op", change.direction == rotation::Direction::back ? "restore" : "write");
  add_member(body, "id", change.id.text());
  change.secret.expose([&](std::string_view secret) { add_member(body, "secret", secret); });
  body.append(R"(,"expected":{)");
  append_json(body, now.id ? "id" : "mark");
  body.append(":");
  append_json(body, now.id ? now.id->text() : now.mark);
  body.append("}");
  add_member(body, "attempt", change.attempt.text());
  body.append("}\n");
  return body;
}

rotation::Holding holding_told(std::string_view text) {
  Told told = told_by(text);
  if (told.mark) return {.id = {}, .secret = {}, .custody = rotation::Custody::closed, .mark = *told.mark};
  if (!told.id) {
    if (told.secret) throw Unfit{.what = "a secret without its access key id"};
    return {};
  }
  static const rotation::Secret any("any");
  rotation::Holding holding{.id = rotation::AccessKeyId(*told.id), .secret = std::move(told.secret)};
  if (!is_access_key(*holding.id, holding.secret ? *holding.secret : any)) {
    throw Unfit{.what = "what stands in the id's or the secret's place is not one"};
  }
  return holding;
}

std::string mark_told(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  const Told told = told_by(text);
  if (told.id || told.secret) throw Unfit{.what = "a member other than mark"};
  return told.mark.value_or("");
}

}  // namespace secrets_adapters
