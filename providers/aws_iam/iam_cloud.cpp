#include "providers/aws_iam/iam_cloud.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <set>

#include "providers/aws_iam/replies.hpp"
#include "providers/aws_iam/shell_words.hpp"
#include "providers/http/url.hpp"

namespace aws_iam {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Unknown;
using rotation::UserName;

namespace {

Unknown unreadable(std::string_view action, const std::string& what) {
  return Unknown{"the reply to " + std::string{action} + " cannot be read: " + what};
}

// Names from the config are checked before they go out: a name that IAM cannot have names no user.
std::optional<Refused> bad_name(const UserName& user) {
  if (is_user_name(user.text())) return std::nullopt;
  return Refused{Refusal::invalid, "", "this is not the name of an IAM user", ""};
}

std::optional<Refused> bad_key(const AccessKeyId& key) {
  if (is_access_key_id(key.text())) return std::nullopt;
  return Refused{Refusal::invalid, "", "this is not an access key id", ""};
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string clean;
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c > ' '; });
  if (clean.size() % 4 != 0) return std::nullopt;
  std::string out(clean.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(clean.data()), static_cast<int>(clean.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(
      std::count(clean.end() - std::min<std::ptrdiff_t>(2, std::ssize(clean)), clean.end(), '='));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

}  // namespace

IamCloud::IamCloud(QueryApi api, std::unique_ptr<Signer> signer, const World& world, CloudIdentity identity,
                   std::shared_ptr<void> keep)
    : keep_(std::move(keep)),
      world_(world),
      api_(std::move(api)),
      signer_(std::move(signer)),
      identity_(std::move(identity)) {}

rotation::ProviderFacts IamCloud::facts() const {
  using namespace std::chrono_literals;
  const auto local = [](const Endpoint& endpoint) {
    const auto url = http::parse_url(endpoint.url);
    return url && http::is_loopback(*url);
  };
  const auto& endpoints = api_.endpoints();
  return {.provider = "aws",
          .granularity = 15min,  // only the first use within it is recorded
          .lag = 4h,             // AWS publishes no figure
          .loopback = local(endpoints.iam) && local(endpoints.sts),
          .undeletes = false};
}

// ---- who we are ---------------------------------------------------------------------------------------------------

Answer<rotation::Caller> IamCloud::caller() {
  const auto answer = api_.call({.service = Service::sts, .action = "GetCallerIdentity"}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::Caller>(answer);
  std::string what;
  auto found = read_caller(reply->result(), what);
  if (!found) return unreadable("GetCallerIdentity", what);
  if (identity_.account_id && *identity_.account_id != found->account_id) {
    throw rotation::Trouble(rotation::Ending::wrong_account,
                            {"these credentials belong to account " + found->account_id.text() +
                                 ", and the config pins " + identity_.account_id->text(),
                             "nothing was sent to change a key; the keys are as they were",
                             "check the profile and account_id of this account in the config"});
  }
  return Done<rotation::Caller>{std::move(*found)};
}

Answer<rotation::Caller> IamCloud::probe(const AccessKeyId& key, const rotation::SecretAccessKey& secret) {
  CredentialCache pair{fixed_credentials({key, secret.clone()}), world_};  // signs one call, then goes
  const auto answer = api_.call({.service = Service::sts, .action = "GetCallerIdentity"}, &pair);
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::Caller>(answer);
  std::string what;
  auto found = read_caller(reply->result(), what);
  if (!found) return unreadable("GetCallerIdentity", what);
  return Done<rotation::Caller>{std::move(*found)};
}

std::optional<AccessKeyId> IamCloud::signing_key() {
  const auto answer = signer_->credentials();
  const auto* held = rotation::done(answer);
  if (!held || (*held)->token) return std::nullopt;
  return (*held)->id;
}

void IamCloud::sign_with(const AccessKeyId& key, const rotation::SecretAccessKey& secret) {
  // The cache outlives the caller's secret, so it has one of its own.
  Credentials pair{.id = key, .secret = secret.clone(), .source = "the new key of this rotation"};
  signer_ = std::make_unique<CredentialCache>(fixed_credentials(std::move(pair)), world_);
}

// ---- users and keys -----------------------------------------------------------------------------------------------

Answer<Nothing> IamCloud::all_pages(Call call, const TakePage& take) {
  std::set<std::string, std::less<>> markers;
  const auto own_params = call.params;
  for (;;) {
    const auto answer = api_.call(call, signer_.get());
    const auto* reply = rotation::done(answer);
    if (!reply) return rotation::pass_on<Nothing>(answer);
    const auto result = reply->result();
    if (!result.exists()) return unreadable(call.action, "there is no result in it");
    auto more = More::go_on;
    if (auto what = take(result, more); !what.empty()) return unreadable(call.action, what);
    if (more == More::stop || result.child("IsTruncated").text() != "true") return Done<Nothing>{};
    std::string marker{result.child("Marker").text()};
    if (marker.empty()) return unreadable(call.action, "it is cut off and does not say where it goes on");
    if (!markers.insert(marker).second) return Unknown{"the list of " + call.action + " does not end"};
    call.params = own_params;
    call.params.emplace_back("Marker", std::move(marker));
  }
}

Answer<rotation::User> IamCloud::user(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  const auto answer = api_.call({.action = "GetUser", .params = {{"UserName", user.text()}}}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::User>(answer);
  std::string what;
  auto found = read_user(reply->result().child("User"), what);
  if (!found) return unreadable("GetUser", what);
  if (found->name != user) return unreadable("GetUser", "it is about another user");
  return Done<rotation::User>{std::move(*found)};
}

Answer<std::vector<rotation::AccessKey>> IamCloud::keys(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  std::vector<rotation::AccessKey> all;
  const auto take = [&](Element result, More&) {
    std::string what;
    const auto list = result.child("AccessKeyMetadata");
    if (!list.exists()) return std::string{"there is no list in it"};
    for (const auto member : list.children("member")) {
      auto key = read_key(member, user, what);
      if (!key) return what;
      const bool seen = std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.id == key->id; });
      if (!seen) all.push_back(std::move(*key));
    }
    return std::string{};
  };
  auto answer =
      all_pages({.action = "ListAccessKeys", .params = {{"UserName", user.text()}, {"MaxItems", "1000"}}}, take);
  if (!rotation::done(answer)) return rotation::pass_on<std::vector<rotation::AccessKey>>(answer);
  return Done<std::vector<rotation::AccessKey>>{std::move(all)};
}

Answer<rotation::NewKey> IamCloud::create_key(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  const Call call{.action = "CreateAccessKey", .params = {{"UserName", user.text()}}, .effect = Effect::create};
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::NewKey>(answer);
  std::string what;
  auto made = read_new_key(reply->result().child("AccessKey"), user, reply->server_time, what);
  if (!made) return unreadable(call.action, what);
  return Done<rotation::NewKey>{std::move(*made)};
}

Answer<Nothing> IamCloud::change(Call call) {
  call.effect = Effect::write;
  const auto answer = api_.call(call, signer_.get());
  if (!rotation::done(answer)) return rotation::pass_on<Nothing>(answer);
  return Done<Nothing>{};
}

Answer<Nothing> IamCloud::set_status(const UserName& user, const AccessKeyId& key, rotation::KeyStatus status) {
  KEYBATON_ASSERT(status != rotation::KeyStatus::unusable);
  if (auto bad = bad_name(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  return change(
      {.action = "UpdateAccessKey",
       .params = {
           {"UserName", user.text()}, {"AccessKeyId", key.text()}, {"Status", std::string{rotation::word(status)}}}});
}

Answer<Nothing> IamCloud::delete_key(const UserName& user, const AccessKeyId& key) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  return change({.action = "DeleteAccessKey", .params = {{"UserName", user.text()}, {"AccessKeyId", key.text()}}});
}

Answer<rotation::LastUsed> IamCloud::last_used(const UserName& user, const AccessKeyId& key) {
  if (auto bad = bad_key(key)) return std::move(*bad);
  const auto answer =
      api_.call({.action = "GetAccessKeyLastUsed", .params = {{"AccessKeyId", key.text()}}}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::LastUsed>(answer);
  std::string what;
  auto found = read_last_used(reply->result(), user, what);
  if (!found) return unreadable("GetAccessKeyLastUsed", what);
  return Done<rotation::LastUsed>{std::move(*found)};
}

// ---- beyond the port ----------------------------------------------------------------------------------------------

Answer<Nothing> IamCloud::list_users(const std::function<More(const rotation::User&)>& each) {
  const auto take = [&](Element result, More& more) {
    std::string what;
    const auto list = result.child("Users");
    if (!list.exists()) return std::string{"there is no list in it"};
    for (const auto member : list.children("member")) {
      const auto user = read_user(member, what);
      if (!user) return what;
      more = each(*user);
      if (more == More::stop) break;
    }
    return std::string{};
  };
  return all_pages({.action = "ListUsers", .params = {{"MaxItems", "1000"}}}, take);
}

Answer<std::vector<Tag>> IamCloud::user_tags(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  std::vector<Tag> tags;
  const auto take = [&](Element result, More&) {
    for (const auto member : result.child("Tags").children("member")) {
      tags.push_back({std::string{member.child("Key").text()}, std::string{member.child("Value").text()}});
    }
    return std::string{};
  };
  auto answer = all_pages({.action = "ListUserTags", .params = {{"UserName", user.text()}}}, take);
  if (!rotation::done(answer)) return rotation::pass_on<std::vector<Tag>>(answer);
  return Done<std::vector<Tag>>{std::move(tags)};
}

Answer<std::vector<Simulated>> IamCloud::simulate(const rotation::Arn& principal,
                                                  const std::vector<std::string>& actions,
                                                  const std::string& resource) {
  http::Params params{{"PolicySourceArn", principal.text()}};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    params.emplace_back("ActionNames.member." + std::to_string(i + 1), actions[i]);
  }
  params.emplace_back("ResourceArns.member.1", resource);
  std::vector<Simulated> all;
  const auto take = [&](Element result, More&) {
    for (const auto member : result.child("EvaluationResults").children("member")) {
      all.push_back({std::string{member.child("EvalActionName").text()},
                     std::string{member.child("EvalResourceName").text()},
                     std::string{member.child("EvalDecision").text()}});
    }
    return std::string{};
  };
  auto answer = all_pages({.action = "SimulatePrincipalPolicy", .params = std::move(params)}, take);
  if (!rotation::done(answer)) return rotation::pass_on<std::vector<Simulated>>(answer);
  return Done<std::vector<Simulated>>{std::move(all)};
}

Answer<bool> IamCloud::generate_credential_report() {
  const auto answer = api_.call({.action = "GenerateCredentialReport"}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<bool>(answer);
  const auto state = reply->result().child("State").text();
  if (state.empty()) return unreadable("GenerateCredentialReport", "there is no state in it");
  return Done<bool>{state == "COMPLETE"};
}

Answer<IamCloud::CredentialReport> IamCloud::credential_report() {
  // About 400 bytes a user in base64: 64 MiB hold the report of any account.
  const auto answer = api_.call({.action = "GetCredentialReport", .reply_cap = 64 << 20}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<CredentialReport>(answer);
  auto csv = decode_base64(reply->result().child("Content").text());
  const auto made = rotation::parse_rfc3339(reply->result().child("GeneratedTime").text());
  if (!csv || !made) return unreadable("GetCredentialReport", "there is no report in it");
  return Done<CredentialReport>{{std::move(*csv), *made}};
}

// ---- for people ---------------------------------------------------------------------------------------------------

std::string IamCloud::command_for(rotation::Op op, const UserName& user, const AccessKeyId& key) const {
  std::string verb;
  std::string ending;
  switch (op) {
    case rotation::Op::create_key:
      verb = "create-access-key";
      break;
    case rotation::Op::activate_key:
      verb = "update-access-key", ending = " --status Active";
      break;
    case rotation::Op::deactivate_key:
      verb = "update-access-key", ending = " --status Inactive";
      break;
    case rotation::Op::delete_key:
      verb = "delete-access-key";
      break;
    case rotation::Op::write_location:
    case rotation::Op::restore_location:
      return {};
  }
  auto text = "aws iam " + verb + " --user-name " + quote_word(user.text());
  if (op != rotation::Op::create_key) text += " --access-key-id " + quote_word(key.text());
  text += ending;
  if (identity_.profile) text += " --profile " + quote_word(*identity_.profile);
  if (identity_.iam_endpoint) text += " --endpoint-url " + quote_word(*identity_.iam_endpoint);
  return text;
}

}  // namespace aws_iam
