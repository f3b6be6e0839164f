#include "secrets_adapters/vault_secret.hpp"

#include <algorithm>
#include <utility>

#include "providers/http/encode.hpp"
#include "secrets_adapters/vault_reply.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Unknown;
using rotation::unknown;

constexpr int longest_contest = 5;
constexpr int most_lost = 2;
constexpr int most_looks = 4;
constexpr std::uint64_t shortest_life = 60;  // seconds
constexpr std::uint64_t fewest_uses = 20;    // a write, a restore and the looks before them

}  // namespace

std::string encoded_path(std::string_view path) {
  std::string result;
  while (true) {
    const std::size_t slash = path.find('/');
    result += http::percent_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) return result;
    result += '/';
    path.remove_prefix(slash + 1);
  }
}

VaultSecret::VaultSecret(VaultPlace place, std::unique_ptr<VaultClient> client)
    : place_(std::move(place)),
      data_path_(encoded_path(place_.mount) + "/data/" + encoded_path(place_.path)),
      client_(std::move(client)) {}

std::string VaultSecret::name() const {
  return place_.members.id + " and " + place_.members.value + " in secret " + place_.mount + "/" + place_.path;
}

std::string VaultSecret::place() const { return name() + " of " + client_->words(); }

Refused VaultSecret::refuse(Refusal why, const std::string& what) const {
  return {.why = why, .code = {}, .message = place() + ": " + what, .request_id = {}};
}

// What the client said, which names the server itself. Its `conflict` is about a request, and its `no_such_entity`
// about a mount or a file: neither is about what the place holds.
Refused VaultSecret::refuse(const Refused& no) const {
  Refused ours = no;
  if (no.why == Refusal::conflict || no.why == Refusal::no_such_entity) ours.why = Refusal::other;
  ours.message = name() + ": " + no.message;
  return ours;
}

// ---- reading ------------------------------------------------------------------------------------------------

Answer<KvVersion> VaultSecret::look() const {
  auto answer = client_->send({.path = data_path_, .what = "reading " + place_.mount + "/" + place_.path}, {404});
  if (const Refused* no = refused(answer)) return refuse(*no);
  http::Response* reply = done(answer);
  if (reply == nullptr) return rotation::pass_on<KvVersion>(answer);
  if (reply->status == 404) return absent(reply->body.view());
  try {
    return Done<KvVersion>{kv_version(std::move(reply->body), place_.members)};
  } catch (const Unfit& unfit) {
    return refuse(unfit.why, unfit.what);
  }
}

Answer<KvVersion> VaultSecret::absent(std::string_view reply) const {
  const Absent absence = kv_absence(reply);
  const std::string version = std::to_string(absence.number);
  const std::string named = "-mount=" + place_.mount;
  switch (absence.how) {
    case Absence::missing: return not_there();
    case Absence::not_mounted: return refuse(Refusal::invalid, "nothing is mounted at " + place_.mount + "/");
    case Absence::not_vault:
      return refuse(Refusal::invalid, "status 404, but not as Vault says it; is the address right?");
    case Absence::deleted:
      return refuse(Refusal::invalid, "its version " + version + " was deleted, and can come back with what it held; " +
                                          "undelete it (vault kv undelete " + named + " -versions=" + version + " " +
                                          place_.path + "), or remove the whole secret (vault kv metadata delete)");
    case Absence::destroyed:
      return refuse(Refusal::invalid, "its version " + version + " was destroyed; put an earlier one back (vault kv " +
                                          "rollback " + named + " -version=N " + place_.path +
                                          "), or remove the whole secret (vault kv metadata delete)");
  }
  return Unknown{place() + ": status 404"};
}

// Version 1 has no such path as ours either, and says no more than that.
Answer<KvVersion> VaultSecret::not_there() const {
  const auto answer = client_->send({.path = "sys/internal/ui/mounts/" + encoded_path(place_.mount),
                                     .what = "asking which engine " + place_.mount + " is"},
                                    {400, 403, 404});
  if (const Refused* no = refused(answer)) return refuse(*no);
  const http::Response* reply = done(answer);
  if (reply == nullptr) return rotation::pass_on<KvVersion>(answer);
  if (reply->status >= 300) return Done<KvVersion>{};  // it does not tell, and the reading was allowed
  const std::string_view text = reply->body.view();
  const auto root = json_reply(text);
  const JsonPlace* data = root ? json_at(&*root, {"data"}) : nullptr;
  if (data == nullptr) return Done<KvVersion>{};
  if (!is_text(text, json_at(data, {"type"}), "kv")) {
    return refuse(Refusal::unsupported, place_.mount + "/ is no key/value engine");
  }
  if (is_text(text, json_at(data, {"options", "version"}), "2")) return Done<KvVersion>{};
  return refuse(Refusal::unsupported, place_.mount +
                                          "/ is a key/value engine of version 1, which can't compare before it writes; "
                                          "make it version 2 (vault kv enable-versioning " +
                                          place_.mount + "/)");
}

Answer<Holding> VaultSecret::read() {
  const auto signed_in = client_->sign_in();
  if (const Refused* no = refused(signed_in)) return refuse(*no);
  if (done(signed_in) == nullptr) return rotation::pass_on<Holding>(signed_in);
  auto answer = look();
  KvVersion* now = done(answer);
  if (now == nullptr) return rotation::pass_on<Holding>(answer);
  if (!now->pair) return Done<Holding>{};
  return Done<Holding>{{.id = now->pair->id, .secret = std::move(now->pair->secret)}};
}

// ---- could it be written? -----------------------------------------------------------------------------------

Answer<Nothing> VaultSecret::ready() const {
  const auto signed_in = client_->sign_in();
  if (const Refused* no = refused(signed_in)) return refuse(*no);
  if (done(signed_in) == nullptr) return signed_in;
  const auto answer = look();
  const KvVersion* now = done(answer);
  if (now == nullptr) return rotation::pass_on<Nothing>(answer);
  if (!now->pair) return refuse(Refusal::conflict, "there is no access key to replace");
  if (auto lasts = token_lasts(); done(lasts) == nullptr) return lasts;
  return allowed();
}

Answer<Nothing> VaultSecret::token_lasts() const {
  const auto answer =
      client_->send({.path = "auth/token/lookup-self", .what = "looking at our token"}, {400, 403, 404, 405});
  if (const Refused* no = refused(answer)) return refuse(*no);
  const http::Response* reply = done(answer);
  if (reply == nullptr) return rotation::pass_on<Nothing>(answer);
  const std::string_view text = reply->body.view();
  const auto root = json_reply(text);
  const JsonPlace* data = root && reply->status < 300 ? json_at(&*root, {"data"}) : nullptr;
  const std::uint64_t seconds = whole_number(text, json_at(data, {"ttl"})).value_or(0);
  const std::uint64_t uses = whole_number(text, json_at(data, {"num_uses"})).value_or(0);
  if (seconds > 0 && seconds < shortest_life && !client_->logged_in()) {  // 0: for ever
    const bool renewable = is_true(text, json_at(data, {"renewable"}));
    Refused no = refuse(Refusal::expired_session, "the token runs out in " + std::to_string(seconds) + " s; " +
                                                      (renewable ? "renew it (vault token renew)" : "get another one"));
    no.remedy = renewable ? "renew the token (vault token renew)" : client_->token_remedy();
    return no;
  }
  if (uses > 0 && uses < fewest_uses) {
    return refuse(Refusal::denied, "the token is good for " + std::to_string(uses) +
                                       " more requests; a rotation takes more, use one without such a limit");
  }
  return Done<Nothing>{};
}

// A secret that is there takes `update`; `create` is for one that is not.
Answer<Nothing> VaultSecret::allowed() const {
  const std::string path = place_.mount + "/data/" + place_.path;
  http::Body body(R"({"paths":[)");
  append_json(body, path);
  body.append("]}");
  const auto answer = client_->send({.method = http::Method::post,
                                     .path = "sys/capabilities-self",
                                     .what = "asking what our token may do",
                                     .body = body.view()},
                                    {400, 403, 404, 405});
  if (const Refused* no = refused(answer)) return refuse(*no);
  const http::Response* reply = done(answer);
  if (reply == nullptr) return rotation::pass_on<Nothing>(answer);
  const std::string_view text = reply->body.view();
  const auto root = json_reply(text);
  const JsonPlace* list = root && reply->status < 300 ? json_at(&*root, {path}) : nullptr;
  if (list == nullptr && root) list = json_at(&*root, {"data", path});
  if (list == nullptr || list->kind != JsonPlace::Kind::array) return Done<Nothing>{};
  const auto may = [&](std::string_view what) {
    return std::ranges::any_of(list->items, [&](const JsonPlace& each) { return is_text(text, &each, what); });
  };
  if (may("root") || (may("read") && may("update"))) return Done<Nothing>{};
  return refuse(Refusal::denied, "the token's policies do not allow both read and update of " + path);
}

// ---- writing ------------------------------------------------------------------------------------------------

Answer<rotation::Written> VaultSecret::write(const rotation::Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  const auto signed_in = client_->sign_in();
  if (const Refused* no = refused(signed_in)) return refuse(*no);
  if (const Unknown* lost = unknown(signed_in)) return refuse(Refusal::other, lost->why + "; nothing was written");
  // A clone, so that one object carries the pair.
  Attempt attempt{.expected = change.expected, .fresh = {change.id, change.secret.clone()}};
  for (int tries = 0; tries < longest_contest; ++tries) {
    if (auto answer = try_write(attempt)) return std::move(*answer);
  }
  return ended(attempt, refuse(Refusal::conflict, "somebody else keeps writing new versions; it is as they left it"));
}

// nullopt: another version may have come under our hands; look again.
std::optional<VaultSecret::Written> VaultSecret::try_write(Attempt& attempt) {
  const auto answer = look();
  if (const Refused* no = refused(answer)) return ended(attempt, *no);
  const KvVersion* now = done(answer);
  if (now == nullptr) return ended(attempt, refuse(Refusal::other, unknown(answer)->why + "; nothing was written"));
  if (now->holds(attempt.fresh)) return Done<rotation::Written>{};  // ours, or as good as ours
  if (now->number == attempt.over + 1) attempt.doubt.clear();       // this one came instead of ours
  if (!now->pair) return ended(attempt, refuse(Refusal::conflict, "it holds no access key any more"));
  if (const std::string other = difference(*now->pair, attempt.expected); !other.empty()) {
    return ended(attempt, refuse(Refusal::conflict, other));
  }
  return put(attempt, *now);
}

std::optional<VaultSecret::Written> VaultSecret::put(Attempt& attempt, const KvVersion& over) {
  // The same version again: the one that was lost may still come, or this one, but not both.
  if (attempt.lost > 0 && over.number == attempt.over && (attempt.lost >= most_lost || !client_->wait())) {
    return Unknown{place() + ": " + attempt.doubt + "; the old version is still the current one"};
  }
  const http::Body body = kv_write(over, attempt.fresh);
  const auto answer = client_->send({.method = http::Method::post,
                                     .path = data_path_,
                                     .what = "writing " + place_.mount + "/" + place_.path,
                                     .body = body.view(),
                                     .effect = Effect::write},
                                    {400});
  if (const Refused* no = refused(answer)) return ended(attempt, refuse(*no));
  if (const Unknown* lost = unknown(answer)) {
    attempt.doubt = lost->why;
    attempt.over = over.number;
    ++attempt.lost;
    return std::nullopt;
  }
  const http::Response& reply = *done(answer);
  if (reply.status != 400) return read_back(attempt, kv_written(reply.body.view()));
  if (kv_cas_failed(reply.body.view())) return std::nullopt;
  return ended(attempt, refuse(Refusal::invalid, "Vault does not take the new version (status 400)"));
}

// A standby may tell of the version before ours for a while.
VaultSecret::Written VaultSecret::read_back(const Attempt& attempt, std::uint64_t written) const {
  for (int looks = 1;; ++looks) {
    const auto answer = look();
    const KvVersion* now = done(answer);
    if (now != nullptr && now->holds(attempt.fresh)) return Done<rotation::Written>{};
    const bool behind = now != nullptr && now->number < written;
    if (behind && looks < most_looks && client_->wait()) continue;
    const std::string said = place() + ": it was written, but ";
    if (const Refused* no = refused(answer)) return Unknown{said + "not read back: " + no->message};
    if (const Unknown* lost = unknown(answer)) return Unknown{said + "not read back: " + lost->why};
    return Unknown{said + (behind ? "is not to be seen yet" : "holds another value now")};
  }
}

// A refusal is no longer a plain one where an earlier request may have been carried out.
VaultSecret::Written VaultSecret::ended(const Attempt& attempt, Refused no) const {
  if (attempt.doubt.empty()) return no;
  return Unknown{place() + ": " + attempt.doubt + "; then: " + no.message};
}

}  // namespace secrets_adapters
