// A pair in two CI/CD variables of GitLab: of a project, of a group, or of the whole instance. Their values can be
// read. Read: GET …/variables/KEY, with filter[environment_scope] where a scope is set. Neither there: an empty place;
// one alone, one that is hidden, or two of different scopes: Refused. Write: looks, and goes on only if each value is
// the expected or already the new one; PUT of the secret, another look, PUT of the id, and a last look. A PUT sends
// every attribute as the look just before gave it, and names the scope that it read. GitLab knows no compare-and-set: a
// value that another writes between a look and the PUT after it is lost. A crash or a lost reply after the first PUT
// leaves the new secret beside the old id, which nobody can use; a write again finds the secret done and goes on with
// the id. What a lost reply leaves open is settled by a look.
#include <algorithm>
#include <array>

#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/gitlab_variables.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Change;
using rotation::Done;
using rotation::done;
using rotation::Holding;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::unknown;
using rotation::Written;

struct Seen {
  Variable id;
  Variable secret;
};
// nullopt: neither is there.
using Look = Answer<std::optional<Seen>>;
using Stop = std::optional<Answer<Written>>;

class GitlabPair final : public rotation::Location {
 public:
  GitlabPair(const LocationSpec& spec, const Surroundings& surroundings)
      : id_(spec.settings.at("id")),
        secret_(spec.settings.at("value")),
        store_(std::make_unique<GitlabVariables>(spec, surroundings)) {}

  [[nodiscard]] Answer<Holding> read() override;
  [[nodiscard]] Answer<Nothing> ready() const override;
  [[nodiscard]] Answer<Written> write(const Change& change) override;

 private:
  [[nodiscard]] std::string said(const std::string& what) const {
    return id_ + " and " + secret_ + " in GitLab variables of " + store_->owner() + ": " + what;
  }
  [[nodiscard]] Refused refuse(Refused no) const {
    no.message = said(no.message);
    return no;
  }
  [[nodiscard]] Refused refuse(Refusal why, const std::string& what) const {
    return {.why = why, .code = {}, .message = said(what), .request_id = {}};
  }
  [[nodiscard]] Look look() const;
  [[nodiscard]] Look looked() const;
  [[nodiscard]] std::optional<Refused> unfit(const Seen& seen) const;
  [[nodiscard]] Stop put(const std::string& key, const Variable& seen, const Secret& value);
  [[nodiscard]] Stop put_id(const Seen& before, const Change& change, const Secret& id);
  [[nodiscard]] Answer<Written> read_back(const Seen& before, const Change& change, const Secret& id) const;

  std::string id_;
  std::string secret_;
  std::unique_ptr<GitlabVariables> store_;
};

// ---- looking -----------------------------------------------------------------------------------------------------

Look GitlabPair::look() const {
  auto id = store_->look(id_);
  if (done(id) == nullptr) return rotation::pass_on<std::optional<Seen>>(id);
  auto secret = store_->look(secret_);
  if (done(secret) == nullptr) return rotation::pass_on<std::optional<Seen>>(secret);
  const auto holds = [](const std::optional<Variable>& one) { return one && (one->hidden || !one->value.empty()); };
  if (!holds(*done(id)) && !holds(*done(secret))) return Done<std::optional<Seen>>{};
  if (holds(*done(id)) && holds(*done(secret))) {
    return Done<std::optional<Seen>>{Seen{std::move(**done(id)), std::move(**done(secret))}};
  }
  const bool has_id = holds(*done(id));
  return Refused{.why = Refusal::invalid,
                 .code = {},
                 .message = (has_id ? id_ : secret_) + " is there without " + (has_id ? secret_ : id_),
                 .request_id = {}};
}

// Signed in, in words of this place, and nothing but what can be rotated.
Look GitlabPair::looked() const {
  const auto signed_in = store_->sign_in();
  Look seen = done(signed_in) != nullptr ? look() : rotation::pass_on<std::optional<Seen>>(signed_in);
  if (done(seen) != nullptr && !*done(seen)) {
    const auto visible = store_->visible();
    if (done(visible) == nullptr) seen = rotation::pass_on<std::optional<Seen>>(visible);
  }
  if (const Refused* no = refused(seen)) return refuse(*no);
  if (const Unknown* lost = unknown(seen)) return Unknown{said(lost->why)};
  if (!*done(seen)) return seen;
  if (auto no = unfit(**done(seen))) return *no;
  return seen;
}

std::optional<Refused> GitlabPair::unfit(const Seen& seen) const {
  if (seen.id.hidden || seen.secret.hidden) {
    return refuse(Refusal::unsupported,
                  (seen.id.hidden ? id_ : secret_) +
                      " is hidden: nobody could tell what it holds, nor whether a write reached it. Make it anew as "
                      "masked and not hidden, or remove this location");
  }
  if (seen.id.scope != seen.secret.scope) {
    return refuse(Refusal::invalid, id_ + " is for environment " + seen.id.scope + " and " + secret_ + " for " +
                                        seen.secret.scope + "; say which one is meant (scope: ENVIRONMENT)");
  }
  const bool pair = seen.id.value.expose(
      [&](std::string_view id) { return is_access_key(AccessKeyId(std::string(id)), seen.secret.value); });
  if (!pair) return refuse(Refusal::invalid, "what stands there is no access key");
  return std::nullopt;
}

AccessKeyId id_in(const Seen& seen) {
  return AccessKeyId(seen.id.value.expose([](std::string_view id) { return std::string(id); }));
}

Answer<Holding> GitlabPair::read() {
  auto seen = looked();
  if (done(seen) == nullptr) return rotation::pass_on<Holding>(seen);
  if (!*done(seen)) return Done<Holding>{};
  return Done<Holding>{{.id = id_in(**done(seen)), .secret = std::move((*done(seen))->secret.value)}};
}

// Whether the token may write is not to be had: one that may read a value is a maintainer's, and lacks at most the
// scope `api`.
Answer<Nothing> GitlabPair::ready() const {
  const auto seen = looked();
  if (done(seen) == nullptr) return rotation::pass_on<Nothing>(seen);
  if (!*done(seen)) return refuse(Refusal::conflict, "neither is there: set both once by hand, and try again");
  return Done<Nothing>{};
}

// ---- writing -----------------------------------------------------------------------------------------------------

// Each may already be the new one.
std::string third_value(const Seen& seen, const Change& change) {
  const Holding& expected = change.expected;
  const AccessKeyId id = id_in(seen);
  const bool new_secret = seen.secret.value.same_as(change.secret);
  Holding now{.id = id == change.id ? expected.id : std::optional(id)};
  if (!new_secret) now.secret = seen.secret.value.clone();  // for the comparison alone
  return difference(now, expected);
}

Answer<Written> GitlabPair::write(const Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  const auto look = looked();
  if (const Unknown* lost = unknown(look)) return refuse(Refusal::other, lost->why + "; nothing was written");
  if (done(look) == nullptr) return rotation::pass_on<Written>(look);
  if (!*done(look)) return refuse(Refusal::conflict, "they are not there any more");
  const Seen& before = **done(look);
  if (const std::string other = third_value(before, change); !other.empty()) return refuse(Refusal::conflict, other);
  const bool dollar = change.secret.expose([](std::string_view text) { return text.find('$') != text.npos; });
  if (before.secret.expands && dollar) {
    return refuse(Refusal::invalid, "the new secret has a $ in it, which GitLab would expand; make the variable raw");
  }
  if (!before.secret.value.same_as(change.secret)) {
    if (auto stop = put(secret_, before.secret, change.secret)) return std::move(*stop);
  }
  const Secret id(change.id.text());
  if (!before.id.value.same_as(id)) {
    if (auto stop = put_id(before, change, id)) return std::move(*stop);
  }
  return read_back(before, change, id);
}

// nullopt: it is written. A refusal changed nothing.
Stop GitlabPair::put(const std::string& key, const Variable& seen, const Secret& value) {
  const auto put = store_->put(key, seen, value);
  if (const Refused* no = refused(put)) return refuse(*no);
  const Unknown* lost = unknown(put);
  if (lost == nullptr) return std::nullopt;
  const auto now = store_->look(key);
  if (done(now) != nullptr && *done(now) && (*done(now))->value.same_as(value)) return std::nullopt;
  return Unknown{said(lost->why)};
}

Stop GitlabPair::put_id(const Seen& before, const Change& change, const Secret& id) {
  const std::string written = secret_ + " was written, ";
  const auto now = look();
  if (done(now) == nullptr || !*done(now)) return Unknown{said(written + "but both can't be read any more")};
  const Seen& seen = **done(now);
  if (!seen.id.value.same_as(before.id.value) || !seen.secret.value.same_as(change.secret)) {
    return Unknown{said(written + "but somebody else wrote there in the same moment")};
  }
  auto stop = put(id_, seen.id, id);
  if (!stop) return std::nullopt;
  if (const Refused* no = refused(*stop)) {
    if (before.secret.value.same_as(change.secret)) return stop;  // by an earlier write, not by this one
    return Unknown{no->message + "; " + secret_ + " was written before it"};
  }
  return stop;
}

Answer<Written> GitlabPair::read_back(const Seen& before, const Change& change, const Secret& id) const {
  const auto now = look();
  if (const Refused* no = refused(now)) return Unknown{said("it was written, but not read back: " + no->message)};
  if (const Unknown* lost = unknown(now)) return Unknown{said("it was written, but not read back: " + lost->why)};
  if (!*done(now)) return Unknown{said("it was written, but is not there any more")};
  const Seen& seen = **done(now);
  if (!seen.id.value.same_as(id) || !seen.secret.value.same_as(change.secret)) {
    return Unknown{said("it was written, but holds another value")};
  }
  if (seen.id.attributes != before.id.attributes || seen.secret.attributes != before.secret.attributes) {
    return Unknown{said("it was written, but a variable has other attributes now than before; look at them")};
  }
  return Done<Written>{};
}

// ---- settings ----------------------------------------------------------------------------------------------------

void check_gitlab(const LocationSpec& spec, Findings& findings) {
  const auto has = [&](const char* setting) { return !text_of(spec, setting).empty(); };
  if (has("instance") && !truth_of(spec, "instance")) {
    findings.push_back({"instance", false, "instance is true, or not there"});
  }
  if (int{has("project")} + int{has("group")} + int{has("instance")} != 1) {
    const bool none = !has("project") && !has("group") && !has("instance");
    findings.push_back({"project", none, "gitlab-ci needs one of project, group and instance"});
  }
  if (has("scope") && has("instance")) {
    findings.push_back({"scope", false, "variables of the whole instance have no scope"});
  }
  check_names(spec, is_variable_name, "the key of a variable", findings);
  check_server(spec, findings);
}

std::unique_ptr<rotation::Location> gitlab_pair(const LocationSpec& spec, const Surroundings& surroundings) {
  return std::make_unique<GitlabPair>(spec, surroundings);
}

constexpr std::array settings{
    Setting{"project", false}, Setting{"group", false}, Setting{"instance", false, Shape::truth},
    Setting{"scope", false},   Setting{"id"},           Setting{"value"},
    address_setting,           ca_file_setting,         token_file_setting,
    token_env_setting};

}  // namespace

const Kind gitlab_ci{"gitlab-ci",     settings,       check_gitlab,
                     gitlab_pair,     Reach::network, "[project {project}][group {group}][, scope {scope}]",
                     Compares::nobody};

}  // namespace secrets_adapters
