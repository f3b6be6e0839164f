// A pair in two secrets of GitHub: of a repository, of one of its environments, or of an organisation; for Actions,
// Dependabot or Codespaces. GitHub shows no value of a secret; its mark is `updated_at`, in whole seconds. What read
// and write do, and what a crash leaves, is in closed_pair.hpp; a write to one secret is here:
//   GET …/public-key (once per write), and PUT …/NAME with the value sealed for that key. A 422 means that the key has
//   been replaced since: it is fetched once more. Of an organisation's secret GET …/NAME and …/repositories come first,
//   for a PUT without the same visibility and repositories would change them; a change to these by somebody else
//   between the two requests would be undone.
// Source: docs.github.com, REST API (2022-11-28), "Actions secrets" and its siblings, "Rate limits".
#include <algorithm>
#include <array>
#include <utility>

#include "providers/http/encode.hpp"
#include "secrets_adapters/closed_pair.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/sealed_box.hpp"
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
using rotation::Unknown;

constexpr std::array apps{std::string_view("actions"), std::string_view("dependabot"), std::string_view("codespaces")};
// A repository comes with some 6 KB of its addresses, and a reply may have 1 MiB.
constexpr std::size_t repositories_at_once = 50;
constexpr std::size_t most_pages = 200;

std::string app_of(const LocationSpec& spec) {
  const std::string_view app = text_of(spec, "app");
  return app.empty() ? "actions" : std::string(app);
}

std::string secrets_of(const LocationSpec& spec) {
  const std::string organisation(text_of(spec, "organisation"));
  if (!organisation.empty()) return "/orgs/" + organisation + "/" + app_of(spec) + "/secrets";
  const std::string repository = "/repos/" + std::string(text_of(spec, "repository"));
  const std::string_view environment = text_of(spec, "environment");
  if (environment.empty()) return repository + "/" + app_of(spec) + "/secrets";
  return repository + "/environments/" + http::percent_encode(environment) + "/secrets";
}

std::string owner_of(const LocationSpec& spec) {
  const std::string organisation(text_of(spec, "organisation"));
  if (!organisation.empty()) return "organisation " + organisation;
  const std::string repository(text_of(spec, "repository"));
  const std::string environment(text_of(spec, "environment"));
  return environment.empty() ? repository : "environment " + environment + " of " + repository;
}

struct PublicKey {
  std::string id;
  std::string key;
};

class GithubSecrets final : public ClosedStore {
 public:
  GithubSecrets(const LocationSpec& spec, const Surroundings& surroundings)
      : spec_(spec), secrets_(secrets_of(spec)), server_(spec, surroundings, "GitHub", "https://api.github.com") {
    server_.set_header("Accept", "application/vnd.github+json");
    server_.set_header("X-GitHub-Api-Version", "2022-11-28");
  }

  [[nodiscard]] std::string place() const override {
    return name(Half::id) + " and " + name(Half::secret) + " in the " + app_of(spec_) + " secrets of " +
           owner_of(spec_);
  }
  [[nodiscard]] std::string name(Half half) const override {
    return spec_.settings.at(half == Half::id ? "id" : "value");
  }

  [[nodiscard]] Answer<Nothing> sign_in() override {
    key_.reset();
    return server_.sign_in("Authorization", "Bearer ");
  }
  [[nodiscard]] Answer<ShownPair> look() override;
  [[nodiscard]] Answer<Nothing> visible() override;
  [[nodiscard]] Answer<Nothing> writable() override;
  [[nodiscard]] Answer<Nothing> put(Half half, const Secret& value) override;

 private:
  [[nodiscard]] std::string path_of(Half half) const { return secrets_ + "/" + name(half); }
  [[nodiscard]] Answer<std::optional<Shown>> look_at(Half half);
  [[nodiscard]] Answer<std::string> audience(Half half);
  [[nodiscard]] Answer<std::string> repositories(Half half);
  [[nodiscard]] Answer<PublicKey> public_key();
  [[nodiscard]] Answer<http::Response> put_sealed(Half half, const Secret& value, const std::string& rest);

  LocationSpec spec_;
  std::string secrets_;
  TokenServer server_;
  std::optional<PublicKey> key_;
};

Answer<std::optional<Shown>> GithubSecrets::look_at(Half half) {
  const auto got = server_.get(path_of(half), "looking at " + name(half), {404});
  if (done(got) == nullptr) return rotation::pass_on<std::optional<Shown>>(got);
  if (done(got)->status == 404) return Done<std::optional<Shown>>{};
  const std::string mark = text_in(json_of(*done(got)), "updated_at");
  if (mark.empty()) return server_.strange("looking at " + name(half));
  return Done<std::optional<Shown>>{Shown{.mark = mark}};
}

Answer<ShownPair> GithubSecrets::look() {
  auto id = look_at(Half::id);
  if (done(id) == nullptr) return rotation::pass_on<ShownPair>(id);
  auto secret = look_at(Half::secret);
  if (done(secret) == nullptr) return rotation::pass_on<ShownPair>(secret);
  return Done<ShownPair>{{.id = *done(id), .secret = *done(secret)}};
}

Answer<Nothing> GithubSecrets::visible() {
  const auto key = public_key();
  if (const Refused* no = rotation::refused(key)) return hidden(*no);
  if (done(key) == nullptr) return rotation::pass_on<Nothing>(key);
  return Done<Nothing>{};
}

Answer<Nothing> GithubSecrets::writable() {
  if (text_of(spec_, "organisation").empty()) {
    const std::string repository(text_of(spec_, "repository"));
    const auto got = server_.get("/repos/" + repository, "looking at " + repository);
    if (done(got) == nullptr) return rotation::pass_on<Nothing>(got);
    if (member(json_of(*done(got)), "archived") == true) {
      return Refused{.why = Refusal::unsupported,
                     .code = {},
                     .message = repository + " is archived, so that its secrets can't be written",
                     .request_id = {}};
    }
  } else {
    for (const Half half : {Half::id, Half::secret}) {
      const auto seen_by = audience(half);
      if (done(seen_by) == nullptr) return rotation::pass_on<Nothing>(seen_by);
    }
  }
  return visible();
}

Answer<PublicKey> GithubSecrets::public_key() {
  const std::string what = "reading the public key";
  const auto got = server_.get(secrets_ + "/public-key", what);
  if (done(got) == nullptr) return rotation::pass_on<PublicKey>(got);
  const json reply = json_of(*done(got));
  PublicKey key{text_in(reply, "key_id"), text_in(reply, "key")};
  if (key.id.empty() || key.key.empty()) return server_.strange(what);
  return Done<PublicKey>{std::move(key)};
}

// Who may use an organisation's secret, as the end of a PUT's body says it again. Empty for others.
Answer<std::string> GithubSecrets::audience(Half half) {
  if (text_of(spec_, "organisation").empty()) return Done<std::string>{};
  const auto got = server_.get(path_of(half), "looking at who may use " + name(half));
  if (done(got) == nullptr) return rotation::pass_on<std::string>(got);
  const std::string visibility = text_in(json_of(*done(got)), "visibility");
  if (visibility == "all" || visibility == "private") {
    return Done<std::string>{R"(,"visibility":")" + visibility + '"'};
  }
  if (visibility != "selected") return server_.strange("looking at who may use " + name(half));
  const auto ids = repositories(half);
  if (done(ids) == nullptr) return ids;
  return Done<std::string>{R"(,"visibility":"selected","selected_repository_ids":[)" + *done(ids) + "]"};
}

// Their numbers, with commas.
Answer<std::string> GithubSecrets::repositories(Half half) {
  const std::string what = "reading the repositories that may use " + name(half);
  std::string ids;
  std::size_t count = 0;
  for (std::size_t page = 1; page <= most_pages; ++page) {
    const auto got = server_.get(path_of(half) + "/repositories?per_page=" + std::to_string(repositories_at_once) +
                                     "&page=" + std::to_string(page),
                                 what);
    if (done(got) == nullptr) return rotation::pass_on<std::string>(got);
    const json reply = json_of(*done(got));
    const json total = member(reply, "total_count");
    const json list = member(reply, "repositories");
    if (!total.is_number_unsigned() || !list.is_array()) return server_.strange(what);
    for (const json& one : list) {
      const json id = member(one, "id");
      if (!id.is_number_unsigned()) return server_.strange(what);
      ids.append(ids.empty() ? "" : ",").append(std::to_string(id.get<std::uint64_t>()));
      ++count;
    }
    if (count == total.get<std::uint64_t>()) return Done<std::string>{std::move(ids)};
    if (list.empty()) break;
  }
  return Unknown{"the list of repositories that may use " + name(half) + " changed while it was read"};
}

Answer<http::Response> GithubSecrets::put_sealed(Half half, const Secret& value, const std::string& rest) {
  const auto sealed = sealed_for(key_->key, value);
  if (!sealed) {
    return Refused{.why = Refusal::invalid,
                   .code = {},
                   .message = "nothing can be sealed for GitHub's public key; nothing was sent",
                   .request_id = {}};
  }
  http::Body body(R"({"encrypted_value":)");
  append_json(body, *sealed);
  body.append(R"(,"key_id":)");
  append_json(body, key_->id);
  body.append(rest + "}");
  return server_.change(http::Method::put, path_of(half), "writing " + name(half), body, {422});
}

Answer<Nothing> GithubSecrets::put(Half half, const Secret& value) {
  const auto rest = audience(half);
  if (done(rest) == nullptr) return before_write(rotation::refused(rest), rotation::unknown(rest));
  for (bool first = true;; first = false) {
    if (!key_) {
      const auto key = public_key();
      if (done(key) == nullptr) return before_write(rotation::refused(key), rotation::unknown(key));
      key_ = *done(key);
    }
    const auto sent = put_sealed(half, value, *done(rest));
    if (done(sent) == nullptr) return rotation::pass_on<Nothing>(sent);
    const int status = done(sent)->status;
    if (status == 201) return Unknown{name(half) + " had been deleted meanwhile, and is there anew with this write"};
    if (status != 422) return Done<Nothing>{};
    key_.reset();
    if (!first) {
      return Refused{.why = Refusal::invalid,
                     .code = {},
                     .message = "GitHub refuses " + name(half) + " as malformed (422), also under a fresh public key",
                     .request_id = {}};
    }
  }
}

// ---- settings ----------------------------------------------------------------------------------------------------

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_secret_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; };
  return std::all_of(name.begin(), name.end(), fits) && !is_digit(name.front()) && !name.starts_with("GITHUB_");
}

bool is_plain(std::string_view text) {
  const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits) && text != "." && text != "..";
}

bool is_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_plain(text.substr(0, slash)) && is_plain(text.substr(slash + 1));
}

void check_github(const LocationSpec& spec, Findings& findings) {
  const std::string_view repository = text_of(spec, "repository");
  const std::string_view organisation = text_of(spec, "organisation");
  if (repository.empty() == organisation.empty()) {
    findings.push_back({"repository", repository.empty(), "github-actions needs repository or organisation, not both"});
  }
  if (!repository.empty() && !is_repository(repository)) {
    findings.push_back({"repository", false, "repository must be OWNER/NAME"});
  }
  if (!organisation.empty() && !is_plain(organisation)) {
    findings.push_back({"organisation", false, "organisation must be the name of one"});
  }
  const bool environment = !text_of(spec, "environment").empty();
  if (environment && repository.empty()) {
    findings.push_back({"environment", false, "an environment is one of a repository"});
  }
  if (std::ranges::find(apps, app_of(spec)) == apps.end()) {
    findings.push_back({"app", false, "app must be actions, dependabot or codespaces"});
  } else if (environment && app_of(spec) != "actions") {
    findings.push_back({"app", false, "an environment has secrets for actions alone"});
  }
  check_names(spec, is_secret_name,
              "the name of a secret: A-Z, 0-9 and _, no digit at its front, and not GITHUB_ either", findings);
  check_server(spec, findings);
}

std::unique_ptr<rotation::Location> github_pair(const LocationSpec& spec, const Surroundings& surroundings) {
  return std::make_unique<ClosedPair>(std::make_unique<GithubSecrets>(spec, surroundings), surroundings.pause);
}

constexpr std::array settings{Setting{"repository", false},
                              Setting{"organisation", false},
                              Setting{"environment", false},
                              Setting{"app", false},
                              Setting{"id"},
                              Setting{"value"},
                              address_setting,
                              ca_file_setting,
                              token_file_setting,
                              token_env_setting};

}  // namespace

const Kind github_actions{"github-actions", settings,
                          check_github,     github_pair,
                          Reach::network,   "[{repository}][organisation {organisation}][, environment {environment}]",
                          Compares::nobody};

}  // namespace secrets_adapters
