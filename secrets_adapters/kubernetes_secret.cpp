#include "secrets_adapters/kubernetes_secret.hpp"

#include <utility>

#include "secrets_adapters/base64.hpp"

namespace secrets_adapters {
namespace {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::unknown;

constexpr int longest_contest = 5;
constexpr rotation::Millis before_another_try{500};
constexpr std::string_view mark = "keybaton.dev/restart-due";

// It begins with the key's id, so that a mark tells which pair it belongs to.
std::string stamp_of(const rotation::Change& change) {
  return change.id.text() + (change.attempt.text().empty() ? "" : "/" + change.attempt.text());
}

bool is_of(const std::string& stamp, const AccessKeyId& id) {
  return stamp == id.text() || stamp.starts_with(id.text() + "/");
}

void append_member(http::Body& to, const std::string& name, std::string_view bytes) {
  append_json(to, name);
  to.append(":\"");
  append_base64(to, bytes);
  to.append("\"");
}

// The decoded bytes of one member; empty where it is not there.
Secret value_of(const KubeObject& object, const std::string& name) {
  const JsonPlace* place = object.at({"data", name});
  if (place == nullptr) return {};
  if (place->kind != JsonPlace::Kind::string || place->escaped) throw Unfit{.what = "data." + name + " is no base64"};
  auto bytes = decode_base64(object.written(*place));
  if (!bytes) throw Unfit{.what = "data." + name + " is no base64"};
  return std::move(*bytes);
}

// An owner that is a controller puts back what it thinks belongs there (External Secrets, Sealed Secrets).
std::string controller_of(const KubeObject& object) {
  const JsonPlace* owners = object.at({"metadata", "ownerReferences"});
  if (owners == nullptr) return {};
  for (const JsonPlace& one : owners->items) {
    const JsonPlace* controls = member_of(one, "controller");
    if (controls == nullptr || object.written(*controls) != "true") continue;
    return object.text(member_of(one, "kind")) + " " + object.text(member_of(one, "name"));
  }
  return {};
}

bool holds(const std::optional<Pair>& now, const Pair& fresh) {
  return now && now->id == fresh.id && now->secret.same_as(fresh.secret);
}

}  // namespace

KubernetesSecret::KubernetesSecret(Plan plan, std::unique_ptr<KubeApi> api, std::function<bool(rotation::Millis)> pause)
    : plan_(std::move(plan)), api_(std::move(api)), pause_(std::move(pause)) {}

std::string KubernetesSecret::space() const { return plan_.space.empty() ? api_->target().space : plan_.space; }

KubeThing KubernetesSecret::thing() const {
  return {.path = "/api/v1/namespaces/" + space() + "/secrets/" + plan_.secret,
          .words = "secret " + space() + "/" + plan_.secret,
          .kind = "Secret",
          .role = "secrets"};
}

KubeRollout KubernetesSecret::rollout() const {
  return {*api_, {.space = space(), .deployments = plan_.restart, .budget = plan_.budget}, pause_};
}

Refused KubernetesSecret::refuse(Refusal why, const std::string& what) const {
  const std::string where = (plan_.space.empty() ? "" : plan_.space + "/") + plan_.secret;
  return {.why = why, .code = {}, .message = "Kubernetes secret " + where + ": " + what, .request_id = {}};
}

Refused KubernetesSecret::refuse(const Unfit& unfit) const {
  Refused no = refuse(unfit.why, unfit.what);
  no.remedy = unfit.remedy;
  return no;
}

Refused KubernetesSecret::refuse(Refused no) const {
  no.message = refuse(no.why, no.message).message;
  return no;
}

// ---- looking ---------------------------------------------------------------------------------------------------

Answer<KubeObject> KubernetesSecret::look() const {
  if (auto no = api_->begin()) return refuse(std::move(*no));
  return api_->get(thing());
}

KubernetesSecret::Seen KubernetesSecret::understand(const KubeObject& object) const {
  if (object.text({"metadata", "name"}) != plan_.secret || object.text({"metadata", "namespace"}) != space()) {
    throw Unfit{.what = "the API server answered with another object"};
  }
  Seen seen{.version = object.text({"metadata", "resourceVersion"})};
  if (seen.version.empty()) throw Unfit{.what = "the API server tells no resourceVersion"};
  Secret id = value_of(object, plan_.id);
  Secret secret = value_of(object, plan_.value);
  if (id.empty() && secret.empty()) return seen;
  if (id.empty() || secret.empty()) {
    throw Unfit{.what = id.empty() ? "a secret without its access key id" : "an access key id without its secret"};
  }
  Pair pair{AccessKeyId(id.expose([](std::string_view text) { return std::string(text); })), std::move(secret)};
  if (!is_access_key(pair.id, pair.secret)) {
    throw Unfit{.what = "what stands in " + plan_.id + " and " + plan_.value +
                        " is no access key; a line feed at an end counts, too"};
  }
  const std::string due = object.text({"metadata", "annotations", mark});
  if (!plan_.restart.empty() && is_of(due, pair.id)) seen.due = due;
  seen.pair = std::move(pair);
  return seen;
}

void KubernetesSecret::require_writable(const KubeObject& object) const {
  if (object.is_true({"immutable"})) {
    throw Unfit{.why = Refusal::unsupported, .what = "it is immutable; only deleting and making it anew changes it"};
  }
  if (const std::string owner = controller_of(object); !owner.empty()) {
    throw Unfit{.why = Refusal::unsupported,
                .what = owner + " controls it and would overwrite it; write where that takes it from"};
  }
}

Answer<Holding> KubernetesSecret::read() {
  const auto answer = look();
  const Refused* no = refused(answer);
  if (no != nullptr && no->why == Refusal::no_such_entity) return Done<Holding>{};
  if (rotation::done(answer) == nullptr) return rotation::pass_on<Holding>(answer);
  try {
    Seen seen = understand(*rotation::done(answer));
    if (!seen.pair) return Done<Holding>{};
    Holding holding{.id = seen.pair->id, .secret = std::move(seen.pair->secret)};
    if (!seen.due.empty()) holding.unfinished = "its deployments may not all be restarted with this key yet";
    return Done<Holding>{std::move(holding)};
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
}

Answer<Nothing> KubernetesSecret::ready() const {
  const auto answer = look();
  const KubeObject* object = rotation::done(answer);
  if (object == nullptr) return rotation::pass_on<Nothing>(answer);
  try {
    const Seen seen = understand(*object);
    require_writable(*object);
    http::Body merge{R"({"metadata":{"resourceVersion":)"};
    append_json(merge, seen.version);
    merge.append("}}");
    const auto tried = api_->try_patch(thing(), merge.view());
    const Refused* no = refused(tried);
    if (no != nullptr && no->why != Refusal::conflict) return *no;  // a conflict: only that somebody else was there
    if (unknown(tried) != nullptr) return *unknown(tried);
    if (auto unfit = rollout().fit()) return std::move(*unfit);
    return Done<Nothing>{};
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
}

// ---- writing ---------------------------------------------------------------------------------------------------

Answer<rotation::Written> KubernetesSecret::write(const rotation::Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  const Pair fresh{change.id, change.secret.clone()};  // a clone, so that one object carries the pair
  Sent sent;
  for (int tries = 0; tries < longest_contest; ++tries) {
    if (auto answer = try_write(change, fresh, sent)) return std::move(*answer);
  }
  if (!sent.doubt.empty()) return Unknown{sent.doubt};
  return refuse(Refusal::conflict, "somebody else keeps changing it; it is as they left it");
}

// nullopt: look again, for what is there decides. A Secret that is as expected is patched under its resourceVersion
// alone, so that of several patches under way one is taken.
std::optional<KubernetesSecret::Written> KubernetesSecret::try_write(const rotation::Change& change, const Pair& fresh,
                                                                     Sent& sent) {
  const auto looked = look();
  const auto in_doubt = [&](Refused no) -> Written {
    if (sent.doubt.empty()) return no;
    return Unknown{sent.doubt + ", but not read back: " + no.message};
  };
  if (const Refused* no = refused(looked)) {
    if (no->why != Refusal::no_such_entity) return in_doubt(*no);
    return in_doubt(refuse(Refusal::conflict, "the secret is not there any more"));
  }
  if (const Unknown* lost = unknown(looked))
    return in_doubt(refuse(Refusal::other, lost->why + "; nothing was written"));
  try {
    const Seen now = understand(*rotation::done(looked));
    if (holds(now.pair, fresh)) return finish(now.due, fresh);
    if (!now.pair) return in_doubt(refuse(Refusal::conflict, "it holds no access key any more"));
    if (const std::string other = difference(*now.pair, change.expected); !other.empty()) {
      return in_doubt(refuse(Refusal::conflict, other));
    }
    require_writable(*rotation::done(looked));
    if (sent.lost && (!pause_ || !pause_(before_another_try))) return Unknown{sent.doubt};
    const http::Body merge = merge_of(now, fresh, stamp_of(change));
    const auto patched = api_->patch(thing(), merge.view());
    const Refused* no = refused(patched);
    if (no != nullptr && no->why != Refusal::conflict) return in_doubt(*no);
    sent.lost = unknown(patched) != nullptr;
    if (sent.lost) sent.doubt = unknown(patched)->why;
    if (rotation::done(patched) != nullptr) sent.doubt = "it was written";
    return std::nullopt;
  } catch (const Unfit& unfit) {
    return in_doubt(refuse(unfit));
  }
}

http::Body KubernetesSecret::merge_of(const Seen& before, const Pair& fresh, const std::string& stamp) const {
  http::Body merge{R"({"metadata":{"resourceVersion":)"};
  append_json(merge, before.version);
  if (!plan_.restart.empty()) {
    merge.append(R"(,"annotations":{")");
    merge.append(mark);
    merge.append("\":");
    append_json(merge, stamp);
    merge.append("}");
  }
  merge.append(R"(},"data":{)");
  append_member(merge, plan_.id, fresh.id.text());
  merge.append(",");
  fresh.secret.expose([&](std::string_view text) { append_member(merge, plan_.value, text); });
  merge.append("}}");
  return merge;
}

// The pair is there and was read back.
Answer<rotation::Written> KubernetesSecret::finish(const std::string& due, const Pair& fresh) {
  if (due.empty()) return Done<rotation::Written>{};
  if (waits_for_ != due) {  // another pair, or another attempt
    waits_for_ = due;
    patience_ = plan_.patience;
  }
  auto left = rollout().roll(due, patience_);
  try {
    if (left.words.empty()) left.words = take_mark_away(due, fresh);
  } catch (const Unfit& unfit) {
    left.words = unfit.what;
  }
  if (left.words.empty()) return Done<rotation::Written>{};
  return Unknown{.why = "Kubernetes " + thing().words + " was given " + fresh.id.text() + ", but " + left.words,
                 .goes_on = left.waiting};
}

// Only while it is this write's own: who wrote in between has a mark and rollouts of his own. Throws Unfit.
std::string KubernetesSecret::take_mark_away(const std::string& due, const Pair& fresh) const {
  for (int tries = 0; tries < longest_contest; ++tries) {
    const auto looked = look();
    const KubeObject* object = rotation::done(looked);
    if (object == nullptr) return "its mark of restarts that are due could not be looked at";
    const Seen now = understand(*object);
    if (!holds(now.pair, fresh)) return "somebody else has written another pair since";
    if (now.due != due) return {};
    http::Body merge{R"({"metadata":{"resourceVersion":)"};
    append_json(merge, now.version);
    merge.append(R"(,"annotations":{")");
    merge.append(mark);
    merge.append("\":null}}}");
    const auto patched = api_->patch(thing(), merge.view());
    if (const Refused* no = refused(patched); no != nullptr && no->why != Refusal::conflict) return no->message;
  }
  return "its mark of restarts that are due does not go away";
}

}  // namespace secrets_adapters
