// A pair in two environment variables of CircleCI: of a project, or of a context. It shows no value: of a project's
// variable "xxxx" and the last four characters, and when it was made; of a context's when it was last written. That is
// the mark, and the four characters tell whose write it was. What read and write do, and what a crash leaves, is in
// closed_pair.hpp; a look is a GET of the list, page by page, and a write to one variable a POST to the project's list,
// which replaces a variable of that name, or a PUT of the context's one.
// Source: circleci.com/docs/api/v2, "Project", "Context". That the POST replaces is not said there.
#include <algorithm>
#include <array>
#include <utility>

#include "providers/http/encode.hpp"
#include "secrets_adapters/closed_pair.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/token_server.hpp"

namespace secrets_adapters {
namespace {

using nlohmann::json;
using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;

constexpr int most_pages = 200;

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(),
                                                  [&](char c, char f) { return f == '-' ? c == '-' : hex(c); });
}

// "gh/my org/app" → "gh/my%20org/app"
std::string encoded_slug(std::string_view slug) {
  std::string path;
  while (true) {
    const std::size_t slash = slug.find('/');
    path += http::percent_encode(slug.substr(0, slash));
    if (slash == std::string_view::npos) return path;
    path += '/';
    slug.remove_prefix(slash + 1);
  }
}

bool is_slug(std::string_view text, int parts) {
  for (; parts > 1; --parts) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || text.substr(0, slash) == "..") return false;
    text.remove_prefix(slash + 1);
  }
  return !text.empty() && text != ".." && text.find('/') == std::string_view::npos;
}

class CircleVariables final : public ClosedStore {
 public:
  CircleVariables(const LocationSpec& spec, const Surroundings& surroundings)
      : spec_(spec), server_(spec, surroundings, "CircleCI", "https://circleci.com") {
    server_.set_header("Accept", "application/json");
  }

  [[nodiscard]] std::string place() const override {
    return name(Half::id) + " and " + name(Half::secret) + " in CircleCI " + owner();
  }
  [[nodiscard]] std::string name(Half half) const override {
    return spec_.settings.at(half == Half::id ? "id" : "value");
  }

  [[nodiscard]] Answer<Nothing> sign_in() override { return server_.sign_in("Circle-Token"); }
  [[nodiscard]] Answer<ShownPair> look() override;
  // A list that can be read shows all.
  [[nodiscard]] Answer<Nothing> visible() override { return Done<Nothing>{}; }
  [[nodiscard]] Answer<Nothing> writable() override { return Done<Nothing>{}; }
  [[nodiscard]] Answer<Nothing> put(Half half, const Secret& value) override;

 private:
  [[nodiscard]] bool of_project() const { return spec_.settings.contains("project"); }
  [[nodiscard]] std::string owner() const;
  [[nodiscard]] Answer<std::string> variables();
  [[nodiscard]] Answer<std::string> context_by_name();
  [[nodiscard]] Answer<std::vector<json>> list(const std::string& path, const std::string& query,
                                               const std::string& what);

  LocationSpec spec_;
  TokenServer server_;
  std::string variables_;  // the path of their list, once it is known
};

std::string CircleVariables::owner() const {
  if (of_project()) return "project " + spec_.settings.at("project");
  if (spec_.settings.contains("context")) return "context " + spec_.settings.at("context");
  return "context " + std::string(text_of(spec_, "context_name")) + " of " + std::string(text_of(spec_, "owner"));
}

// All items of a list, whatever their number.
Answer<std::vector<json>> CircleVariables::list(const std::string& path, const std::string& query,
                                                const std::string& what) {
  std::vector<json> all;
  std::string next;
  for (int page = 0; page < most_pages; ++page) {
    const std::string token = next.empty() ? "" : (query.empty() ? "?" : "&") + ("page-token=" + next);
    const auto got = server_.get(path + query + token, what);
    if (const Refused* no = rotation::refused(got)) return hidden(*no);
    if (done(got) == nullptr) return rotation::pass_on<std::vector<json>>(got);
    const json reply = json_of(*done(got));
    const json items = member(reply, "items");
    if (!items.is_array()) return server_.strange(what);
    all.insert(all.end(), items.begin(), items.end());
    next = http::percent_encode(text_in(reply, "next_page_token"));
    if (next.empty()) return Done<std::vector<json>>{std::move(all)};
  }
  return server_.strange(what);
}

Answer<std::string> CircleVariables::context_by_name() {
  const std::string owner(text_of(spec_, "owner"));
  const std::string query = (is_uuid(owner) ? "?owner-id=" : "?owner-slug=") + http::percent_encode(owner);
  const auto contexts = list("/api/v2/context", query, "looking for the context");
  if (done(contexts) == nullptr) return rotation::pass_on<std::string>(contexts);
  const auto refuse = [&](const char* what) {
    return Refused{.why = Refusal::denied,
                   .code = {},
                   .message = owner + what,
                   .request_id = {},
                   .remedy = "check context_name and owner, and the scopes of the token"};
  };
  std::string found;
  for (const json& one : *done(contexts)) {
    if (text_in(one, "name") != text_of(spec_, "context_name")) continue;
    if (!found.empty()) return refuse(" has several contexts of this name; name the one by its id (context: UUID)");
    found = text_in(one, "id");
  }
  if (!is_uuid(found)) return refuse(" has no such context, or it may not be seen with this token");
  return Done<std::string>{std::move(found)};
}

Answer<std::string> CircleVariables::variables() {
  if (!variables_.empty()) return Done<std::string>{variables_};
  if (of_project()) {
    variables_ = "/api/v2/project/" + encoded_slug(text_of(spec_, "project")) + "/envvar";
    return Done<std::string>{variables_};
  }
  std::string context(text_of(spec_, "context"));
  if (context.empty()) {
    auto found = context_by_name();
    if (done(found) == nullptr) return found;
    context = *done(found);
  }
  variables_ = "/api/v2/context/" + context + "/environment-variable";
  return Done<std::string>{variables_};
}

// nullopt: it shows nothing that a write would move.
std::optional<Shown> shown_in_context(const json& variable) {
  const std::string written = text_in(variable, "updated_at");
  if (written.empty()) return std::nullopt;
  return Shown{.mark = written};
}

std::optional<Shown> shown_in_project(const json& variable) {
  constexpr std::string_view mask = "xxxx";
  const std::string value = text_in(variable, "value");
  if (!value.starts_with(mask)) return std::nullopt;
  std::string made = text_in(variable, "created-at");
  if (made.empty()) made = text_in(variable, "created_at");
  return Shown{.mark = value + (made.empty() ? "" : " " + made), .end = value.substr(mask.size())};
}

Answer<ShownPair> CircleVariables::look() {
  const std::string what = "looking at the variables";
  const auto path = variables();
  if (done(path) == nullptr) return rotation::pass_on<ShownPair>(path);
  const auto all = list(*done(path), "", what);
  if (done(all) == nullptr) return rotation::pass_on<ShownPair>(all);
  ShownPair pair;
  for (const json& one : *done(all)) {
    const std::string of = text_in(one, of_project() ? "name" : "variable");
    if (of != name(Half::id) && of != name(Half::secret)) continue;
    auto shown = of_project() ? shown_in_project(one) : shown_in_context(one);
    if (!shown) return server_.strange(what);
    (of == name(Half::id) ? pair.id : pair.secret) = std::move(shown);
  }
  return Done<ShownPair>{std::move(pair)};
}

Answer<Nothing> CircleVariables::put(Half half, const Secret& value) {
  const auto path = variables();
  if (done(path) == nullptr) return before_write(rotation::refused(path), rotation::unknown(path));
  http::Body body("{");
  if (of_project()) {
    body.append(R"("name":)");
    append_json(body, name(half));
    body.append(",");
  }
  body.append(R"("value":)");
  value.expose([&](std::string_view text) { append_json(body, text); });
  body.append("}");
  const std::string what = "writing " + name(half);
  const auto sent = of_project() ? server_.change(http::Method::post, *done(path), what, body)
                                 : server_.change(http::Method::put, *done(path) + "/" + name(half), what, body);
  if (done(sent) == nullptr) return rotation::pass_on<Nothing>(sent);
  return Done<Nothing>{};
}

// ---- settings ----------------------------------------------------------------------------------------------------

void check_circle(const LocationSpec& spec, Findings& findings) {
  const auto has = [&](const char* setting) { return spec.settings.contains(setting); };
  if (int{has("project")} + int{has("context")} + int{has("context_name")} != 1) {
    const bool none = !has("project") && !has("context") && !has("context_name");
    findings.push_back({"project", none, "circleci needs one of project, context and context_name"});
  }
  if (has("project") && !is_slug(text_of(spec, "project"), 3)) {
    findings.push_back({"project", false, "project must be a slug such as gh/ORG/REPOSITORY"});
  }
  if (has("context") && !is_uuid(text_of(spec, "context"))) {
    findings.push_back({"context", false, "context must be its id, a UUID; a name goes into context_name"});
  }
  if (has("owner") != has("context_name")) {
    findings.push_back({"owner", !has("owner"), "owner and context_name go together"});
  }
  if (has("owner") && !is_uuid(text_of(spec, "owner")) && !is_slug(text_of(spec, "owner"), 2)) {
    findings.push_back({"owner", false, "owner must be an organisation's id or its slug, such as gh/ORG"});
  }
  check_names(spec, is_variable_name, "the name of a variable", findings);
  check_server(spec, findings);
}

std::unique_ptr<rotation::Location> circle_pair(const LocationSpec& spec, const Surroundings& surroundings) {
  return std::make_unique<ClosedPair>(std::make_unique<CircleVariables>(spec, surroundings), surroundings.pause);
}

constexpr std::array settings{Setting{"project", false},
                              Setting{"context", false},
                              Setting{"context_name", false},
                              Setting{"owner", false},
                              Setting{"id"},
                              Setting{"value"},
                              address_setting,
                              ca_file_setting,
                              token_file_setting,
                              token_env_setting};

}  // namespace

const Kind circleci{"circleci",      settings,
                    check_circle,    circle_pair,
                    Reach::network,  "[{project}][context {context_name}][context {context}][ of {owner}]",
                    Compares::nobody};

}  // namespace secrets_adapters
