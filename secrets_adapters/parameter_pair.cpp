#include "secrets_adapters/parameter_pair.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "secrets_adapters/kinds.hpp"

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::unknown;

constexpr std::int64_t longest_contest = 5;  // versions that somebody may have put in between

Refused refuse(Refusal why, const std::string& name, const std::string& what) {
  return {.why = why, .code = {}, .message = "SSM parameter " + name + ": " + what, .request_id = {}};
}

// What the store said. Its `conflict` is about a request, not about what the place holds.
Refused refuse(const std::string& name, const Refused& no, const std::string& rest = {}) {
  const bool full = no.code == "ParameterMaxVersionLimitExceeded";
  auto ours = refuse(no.why == Refusal::conflict ? Refusal::other : no.why, name,
                     (full ? "it has as many versions as it may, and the oldest carries a label" : no.message) + rest);
  ours.code = no.code;
  ours.request_id = no.request_id;
  return ours;
}

Unknown not_known(const std::string& name, const std::string& what) {
  return Unknown{"SSM parameter " + name + ": " + what};
}

bool is_missing(const Answer<ParameterValue>& answer) {
  const Refused* no = refused(answer);
  return no != nullptr && no->why == Refusal::no_such_entity;
}

bool takes_a_value(const std::string& type) { return type == "String" || type == "SecureString"; }

constexpr const char* is_a_list = "a list of values; only a String or SecureString can be written";

// Another place's value can be on its way to what is wanted: a write that was cut short goes on.
bool leads_to(const Pair& fresh, const Pair& now, const Holding& expected) {
  const bool id = now.id == fresh.id || now.id == expected.id;
  const bool secret = now.secret.same_as(fresh.secret) || !expected.secret || now.secret.same_as(*expected.secret);
  return id && secret;
}

}  // namespace

ParameterPair::ParameterPair(Names names, std::unique_ptr<Parameters> store)
    : names_(std::move(names)), store_(std::move(store)) {}

// ---- reading --------------------------------------------------------------------------------------------------

Answer<std::optional<ParameterPair::Seen>> ParameterPair::look() {
  std::array<const std::string*, 2> names{&names_.id, &names_.secret};
  std::array<Answer<ParameterValue>, 2> values{store_->newest(names_.id), store_->newest(names_.secret)};
  for (std::size_t i = 0; i < 2; ++i) {
    if (is_missing(values[i])) continue;
    if (const Refused* no = refused(values[i])) return refuse(*names[i], *no);
    if (const Unknown* lost = unknown(values[i])) return not_known(*names[i], lost->why);
    if (!takes_a_value(done(values[i])->type)) return refuse(Refusal::unsupported, *names[i], is_a_list);
  }
  if (is_missing(values[0]) && is_missing(values[1])) return Done<std::optional<Seen>>{};
  for (std::size_t i = 0; i < 2; ++i) {
    if (is_missing(values[i])) return refuse(Refusal::invalid, *names[i], "it is not there, and its partner is");
  }
  return Done<std::optional<Seen>>{Seen{std::move(*done(values[0])), std::move(*done(values[1]))}};
}

// nullopt: no access key could have these values.
std::optional<Pair> ParameterPair::pair_of(const Seen& seen) const {
  // A clone: what was seen is compared again later.
  Pair pair{seen.id.value.expose([](std::string_view text) { return AccessKeyId{std::string(text)}; }),
            seen.secret.value.clone()};
  if (!is_access_key(pair.id, pair.secret)) return std::nullopt;
  return pair;
}

Answer<Holding> ParameterPair::read() {
  auto answer = look();
  const auto* seen = done(answer);
  if (seen == nullptr) return rotation::pass_on<Holding>(answer);
  if (!*seen) return Done<Holding>{};
  auto pair = pair_of(**seen);
  if (!pair) return refuse(Refusal::invalid, names_.id + " or " + names_.secret, "it holds no part of an access key");
  return Done<Holding>{{.id = pair->id, .secret = std::move(pair->secret)}};
}

Answer<ParameterKeeping> ParameterPair::fit_keeping(const std::string& name) const {
  auto answer = store_->keeping(name);
  if (const Refused* no = refused(answer)) return refuse(name, *no);
  if (const Unknown* lost = unknown(answer)) return not_known(name, lost->why);
  const ParameterKeeping* how = done(answer);
  if (!takes_a_value(how->type)) return refuse(Refusal::unsupported, name, is_a_list);
  if (how->full) {
    return refuse(Refusal::limit_exceeded, name,
                  "it has as many versions as it may, and the oldest carries a label, so that none can be added; move "
                  "or remove that label");
  }
  return answer;
}

Answer<Nothing> ParameterPair::ready() const {
  for (const std::string* name : {&names_.secret, &names_.id}) {
    const auto answer = fit_keeping(*name);
    if (done(answer) == nullptr) return rotation::pass_on<Nothing>(answer);
  }
  return Done<Nothing>{};
}

// ---- writing --------------------------------------------------------------------------------------------------

Answer<rotation::Written> ParameterPair::write(const rotation::Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, names_.secret, "the new pair has characters that no access key has");
  }
  const Pair fresh{change.id, change.secret.clone()};  // a clone, so that one object carries the pair
  auto answer = look();
  if (const Refused* no = refused(answer)) return *no;
  if (const Unknown* lost = unknown(answer)) {
    return refuse(Refusal::other, names_.id, lost->why + "; nothing was written");
  }
  const auto& seen = *done(answer);
  if (!seen) return refuse(Refusal::conflict, names_.id, "it is not there any more");
  const auto now = pair_of(*seen);
  if (!now) return refuse(Refusal::conflict, names_.id, "it holds no access key any more");
  if (!leads_to(fresh, *now, change.expected)) {
    const std::string other = difference(*now, change.expected);
    return refuse(Refusal::conflict, names_.id, other.empty() ? "it holds another key" : other);
  }
  if (auto end = put({names_.secret, seen->secret, fresh.secret})) return std::move(*end);
  const Secret id{fresh.id.text()};
  auto end = put({names_.id, seen->id, id});
  if (!end) return read_back(fresh);
  if (refused(*end) == nullptr || seen->secret.value.same_as(fresh.secret)) return std::move(*end);
  return take_back({names_.secret, seen->secret, fresh.secret}, std::move(*end));
}

// The id was refused beside a secret that was put just before: the old pair is better than none.
ParameterPair::Written ParameterPair::take_back(const Step& put_before, Written why) {
  const auto answer = store_->newest(put_before.name);
  const ParameterValue* now = done(answer);
  const bool theirs = now != nullptr && !now->value.same_as(put_before.wanted);
  if (theirs) return why;
  if (now != nullptr && !put({put_before.name, *now, put_before.before.value})) return why;
  return not_known(put_before.name, "it holds the new secret, but beside it: " + refused(why)->message);
}

std::optional<ParameterPair::Written> ParameterPair::put(const Step& step) {
  if (step.before.value.same_as(step.wanted)) return std::nullopt;
  const auto keeping = fit_keeping(step.name);
  if (const Refused* no = refused(keeping)) return *no;
  if (const Unknown* lost = unknown(keeping)) {
    return refuse(Refusal::other, step.name, lost->why + "; it is as it was");
  }
  const auto made = store_->put(step.name, step.wanted, *done(keeping));
  if (const Refused* no = refused(made)) return refuse(step.name, *no, "; it is as it was");
  if (const Unknown* lost = unknown(made)) return settle(step, lost->why);
  return after_put(step, *done(made), *done(keeping));
}

// Its reply was lost. The value on top tells; where the old one is, the put may yet arrive.
std::optional<ParameterPair::Written> ParameterPair::settle(const Step& step, const std::string& doubt) {
  const auto answer = store_->newest(step.name);
  const ParameterValue* now = done(answer);
  if (now == nullptr) return not_known(step.name, doubt + ", and it can't be read back");
  if (now->version == step.before.version) return not_known(step.name, doubt + ", and it is not there so far");
  if (!now->value.same_as(step.wanted)) return not_known(step.name, doubt + ", and it holds another value now");
  const auto keeping = fit_keeping(step.name);
  if (done(keeping) == nullptr) return not_known(step.name, doubt + ", and it can't be described any more");
  return after_put(step, now->version, *done(keeping));
}

// Whose versions, if any, came between the one that was read and ours?
std::optional<ParameterPair::Written> ParameterPair::after_put(const Step& step, std::int64_t made,
                                                               const ParameterKeeping& how) {
  const std::string odd = "version " + std::to_string(made) + " was written, and version ";
  if (made <= step.before.version || made > step.before.version + longest_contest) {
    return not_known(step.name,
                     odd + std::to_string(step.before.version) + " was read before: somebody else writes it");
  }
  for (std::int64_t number = made - 1; number > step.before.version; --number) {
    const auto answer = store_->version(step.name, number);
    const ParameterValue* between = done(answer);
    if (between == nullptr) {
      return not_known(step.name, odd + std::to_string(number) +
                                      " of somebody else's came before it; it stands in the "
                                      "parameter's history");
    }
    if (between->value.same_as(step.before.value) || between->value.same_as(step.wanted)) continue;
    return give_back(step, *between, how);
  }
  return std::nullopt;
}

ParameterPair::Written ParameterPair::give_back(const Step& step, const ParameterValue& theirs,
                                                const ParameterKeeping& how) {
  const std::string whose = "somebody else wrote version " + std::to_string(theirs.version) + " at the same time";
  const auto put = store_->put(step.name, theirs.value, how);
  if (done(put) == nullptr) {
    return not_known(step.name, whose + "; ours stands on top, and theirs in the parameter's history");
  }
  return refuse(Refusal::conflict, step.name,
                whose + "; their value was put back as version " + std::to_string(*done(put)));
}

Answer<rotation::Written> ParameterPair::read_back(const Pair& fresh) {
  const auto answer = look();
  const std::string both = names_.id + " and " + names_.secret;
  if (const Unknown* lost = unknown(answer))
    return not_known(both, "they were written, but not read back: " + lost->why);
  if (const Refused* no = refused(answer))
    return not_known(both, "they were written, but not read back: " + no->message);
  const auto& seen = *done(answer);
  const auto now = seen ? pair_of(*seen) : std::nullopt;
  if (now && now->id == fresh.id && now->secret.same_as(fresh.secret)) return Done<rotation::Written>{};
  return not_known(both, "they were written, but hold another pair");
}

// ---- the kind -------------------------------------------------------------------------------------------------

namespace {

using rotation::LocationSpec;

// A ":" would lead to one version or label, and no version is ever written again.
bool is_parameter_name(std::string_view text) {
  return text.size() <= 1011 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-' || c == '/';
         });
}

void check_parameters(const LocationSpec& spec, Findings& findings) {
  for (const char* name : {"id", "value"}) {
    if (is_parameter_name(text_of(spec, name))) continue;
    findings.push_back({name, false, std::string(name) + " must be the name of a parameter: letters, digits and _.-/"});
  }
  if (!text_of(spec, "id").empty() && text_of(spec, "id") == text_of(spec, "value")) {
    findings.push_back({"value", false, "id and value name the same parameter"});
  }
  check_region(spec, findings);
}

std::unique_ptr<rotation::Location> parameter_pair(const LocationSpec& spec, const Surroundings& surroundings) {
  auto store = surroundings.parameters ? surroundings.parameters(spec) : nullptr;
  const std::string& id = spec.settings.at("id");
  if (store == nullptr) not_connected(spec, "Look at parameter " + id + " with the cloud's own tools.");
  return std::make_unique<ParameterPair>(ParameterPair::Names{.id = id, .secret = spec.settings.at("value")},
                                         std::move(store));
}

constexpr std::array parameter_settings{Setting{"id"}, Setting{"value"}, Setting{"region", false}};

}  // namespace

const Kind aws_ssm{"aws-ssm",      parameter_settings,   check_parameters, parameter_pair,
                   Reach::account, "{id}[ in {region}]", Compares::nobody};

}  // namespace secrets_adapters
