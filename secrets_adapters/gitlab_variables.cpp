#include "secrets_adapters/gitlab_variables.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "providers/http/encode.hpp"
#include "secrets_adapters/json_places.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;

// Replies with secrets are not copied: what is asked of them stands in their own buffer.
constexpr std::array attributes{"variable_type", "protected", "masked", "raw", "environment_scope", "description"};
constexpr int most_pages = 200;

std::string path_of(const LocationSpec& spec) {
  const std::string_view project = text_of(spec, "project");
  if (!project.empty()) return "/api/v4/projects/" + http::percent_encode(project) + "/variables";
  const std::string_view group = text_of(spec, "group");
  if (!group.empty()) return "/api/v4/groups/" + http::percent_encode(group) + "/variables";
  return "/api/v4/admin/ci/variables";
}

std::string words_of(const LocationSpec& spec) {
  const std::string_view project = text_of(spec, "project");
  if (!project.empty()) return "project " + std::string(project);
  const std::string_view group = text_of(spec, "group");
  return group.empty() ? "the whole instance" : "group " + std::string(group);
}

std::string filter(const std::string& scope) {
  return scope.empty() ? "" : "?filter%5Benvironment_scope%5D=" + http::percent_encode(scope);
}

const JsonPlace* find(const JsonPlace& object, std::string_view name) {
  const auto found = std::ranges::find(object.members, name, &JsonMember::name);
  return found == object.members.end() ? nullptr : &found->value;
}

bool is_true(std::string_view text, const JsonPlace* place) {
  return place != nullptr && text.substr(place->range.begin, 4) == "true";
}

std::string words_in(std::string_view text, const JsonPlace* place) {
  return place != nullptr && place->kind == JsonPlace::Kind::string ? read_json_string(text, *place) : std::string();
}

// With its quotes. Empty: not there, or null.
std::string_view raw(std::string_view text, const JsonPlace* place) {
  if (place == nullptr) return {};
  if (place->kind == JsonPlace::Kind::string) {
    return text.substr(place->range.begin - 1, place->range.end - place->range.begin + 2);
  }
  const std::string_view value = text.substr(place->range.begin, place->range.end - place->range.begin);
  return value == "null" ? std::string_view{} : value;
}

// nullopt: no variable as the server tells them.
std::optional<Variable> variable_in(std::string_view text) {
  try {
    const JsonPlace root = parse_json(text);
    const JsonPlace* value = find(root, "value");
    if (value == nullptr || raw(text, find(root, "key")).empty()) return std::nullopt;
    Variable found;
    found.hidden = is_true(text, find(root, "hidden")) || value->kind != JsonPlace::Kind::string;
    if (!found.hidden) found.value = Secret::taking(read_json_string(text, *value));
    found.scope = words_in(text, find(root, "environment_scope"));
    found.expands = !is_true(text, find(root, "raw"));
    for (const char* name : attributes) {
      const std::string_view kept = raw(text, find(root, name));
      if (!kept.empty()) found.attributes.append(",\"").append(name).append("\":").append(kept);
    }
    return found;
  } catch (const JsonError&) {
    return std::nullopt;
  }
}

}  // namespace

GitlabVariables::GitlabVariables(const LocationSpec& spec, const Surroundings& surroundings)
    : owner_(words_of(spec)),
      variables_(path_of(spec)),
      scope_(text_of(spec, "scope")),
      server_(spec, surroundings, "GitLab", "https://gitlab.com") {}

Answer<std::optional<Variable>> GitlabVariables::look(const std::string& key) {
  const std::string what = "reading " + key;
  const auto got = server_.get(variables_ + "/" + key + filter(scope_), what, {404, 409});
  if (done(got) == nullptr) return rotation::pass_on<std::optional<Variable>>(got);
  if (done(got)->status == 404) return Done<std::optional<Variable>>{};
  if (done(got)->status == 409) return several(key);
  auto found = variable_in(done(got)->body.view());
  if (!found) return server_.strange(what);
  return Done<std::optional<Variable>>{std::move(found)};
}

Refused GitlabVariables::several(const std::string& key) {
  const auto scopes = scopes_of(key);
  return {.why = Refusal::invalid,
          .code = {},
          .message = key + " is there for several environments" + (scopes ? " (" + *scopes + ")" : "") +
                     "; say which one is meant (scope: ENVIRONMENT)",
          .request_id = {}};
}

// For a message: "production, *". nullopt where they can't be had.
std::optional<std::string> GitlabVariables::scopes_of(const std::string& key) {
  std::string scopes;
  std::string page = "1";
  for (int pages = 0; !page.empty() && pages < most_pages; ++pages) {
    const auto got = server_.get(variables_ + "?per_page=100&page=" + http::percent_encode(page), "listing variables");
    if (done(got) == nullptr) return std::nullopt;
    const std::string_view text = done(got)->body.view();
    try {
      for (const JsonPlace& one : parse_json(text).items) {
        if (words_in(text, find(one, "key")) != key) continue;
        scopes.append(scopes.empty() ? "" : ", ").append(words_in(text, find(one, "environment_scope")));
      }
    } catch (const JsonError&) {
      return std::nullopt;
    }
    const std::string* next = done(got)->header("X-Next-Page");
    page = next == nullptr ? "" : *next;
  }
  return scopes.empty() ? std::nullopt : std::optional(scopes);
}

Answer<Nothing> GitlabVariables::visible() {
  const auto got = server_.get(variables_ + "?per_page=1", "listing variables");
  if (const Refused* no = rotation::refused(got)) return hidden(*no);
  if (done(got) == nullptr) return rotation::pass_on<Nothing>(got);
  return Done<Nothing>{};
}

Answer<Nothing> GitlabVariables::put(const std::string& key, const Variable& seen, const Secret& value) {
  http::Body body(R"({"value":)");
  value.expose([&](std::string_view text) { append_json(body, text); });
  body.append(seen.attributes);
  body.append("}");
  const auto sent =
      server_.change(http::Method::put, variables_ + "/" + key + filter(seen.scope), "writing " + key, body, {400});
  if (done(sent) == nullptr) return rotation::pass_on<Nothing>(sent);
  if (done(sent)->status != 400) return Done<Nothing>{};
  return Refused{.why = Refusal::invalid,
                 .code = {},
                 .message = "GitLab refuses the value of " + key +
                            " (status 400): where the variable is masked, its value must have 8 characters or more of "
                            "those that GitLab can mask",
                 .request_id = {}};
}

}  // namespace secrets_adapters
