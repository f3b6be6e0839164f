#include "providers/aws_iam/iam_cloud.hpp"

#include <algorithm>
#include <set>

#include "providers/aws_iam/iam_questions.hpp"
#include "providers/aws_iam/replies.hpp"
#include "providers/calling/shell_words.hpp"

namespace aws_iam {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::Unknown;
using rotation::UserName;

IamCloud::IamCloud(QueryApi api, JsonApi json, std::unique_ptr<Signer> signer, const World& world,
                   CloudIdentity identity, std::shared_ptr<void> keep)
    : keep_(std::move(keep)),
      world_(world),
      api_(std::move(api)),
      json_(std::move(json)),
      history_(json_, world),
      signer_(std::move(signer)),
      identity_(std::move(identity)) {}

rotation::ProviderFacts IamCloud::facts() const {
  using namespace std::chrono_literals;
  return {
      .provider = "aws",
      .granularity = 15min,  // only the first use within it is recorded
      .lag = 4h,             // AWS publishes no figure
      .loopback = api_.endpoints().local(),
      .proof_of_use = "aws s3 ls" + (identity_.profile ? " --profile " + calling::quote_word(*identity_.profile) : ""),
      // KMS is called by the stores, in our name. Where a rotation's own key signs our calls, all of these use it.
      .own_services = {"iam", "sts", "secretsmanager", "ssm", "cloudtrail", "kms"}};
}

// ---- who we are ---------------------------------------------------------------------------------------------------

Answer<rotation::Caller> IamCloud::caller() {
  const auto answer = api_.call(get_caller(), signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::Caller>(answer);
  std::string what;
  auto found = read_caller(reply->result(), what);
  if (!found) return unreadable("GetCallerIdentity", what);
  return Done<rotation::Caller>{std::move(*found)};
}

Answer<rotation::Caller> IamCloud::probe(const AccessKeyId& key, const rotation::SecretAccessKey& secret) {
  calling::CredentialCache pair{calling::fixed_credentials({key, secret.clone()}),
                                world_};  // signs one call, then goes
  const auto answer = api_.call(get_caller(), &pair);
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
  signer_ = std::make_unique<calling::CredentialCache>(calling::fixed_credentials(std::move(pair)), world_);
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
    if (more == More::stop) return Done<Nothing>{};
    std::string what;
    auto marker = read_next(result, what);
    if (!marker) return unreadable(call.action, what);
    if (marker->empty()) return Done<Nothing>{};
    if (!markers.insert(*marker).second) return Unknown{"the list of " + call.action + " does not end"};
    call.params = own_params;
    call.params.emplace_back("Marker", std::move(*marker));
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
    const auto page = read_keys(result, user, what);
    if (!page) return what;
    for (const auto& key : *page) {
      const bool seen = std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.id == key.id; });
      if (!seen) all.push_back(key);
    }
    return std::string{};
  };
  auto answer = all_pages(list_keys(user), take);
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
  const auto answer = api_.call(get_last_used(key), signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::LastUsed>(answer);
  std::string what;
  auto found = read_last_used(reply->result(), user, what);
  if (!found) return unreadable("GetAccessKeyLastUsed", what);
  if (found->at) history_.last_used_in(key, found->region);
  return Done<rotation::LastUsed>{std::move(*found)};
}

Answer<std::vector<rotation::KeyUse>> IamCloud::uses(const AccessKeyId& key) {
  if (auto bad = bad_key(key)) return std::move(*bad);
  return history_.uses(key, signer_.get());
}

std::unique_ptr<calling::Questions> IamCloud::questions() { return std::make_unique<IamQuestions>(api_, *signer_); }

// ---- for people ---------------------------------------------------------------------------------------------------

std::string IamCloud::command_for(rotation::Op op, const UserName& user, const AccessKeyId& key) const {
  std::string verb;
  std::string ending;
  switch (op) {
    case rotation::Op::create_key: verb = "create-access-key"; break;
    case rotation::Op::activate_key: verb = "update-access-key", ending = " --status Active"; break;
    case rotation::Op::deactivate_key: verb = "update-access-key", ending = " --status Inactive"; break;
    case rotation::Op::delete_key: verb = "delete-access-key"; break;
    case rotation::Op::undelete_key:  // there is no recycle bin
    case rotation::Op::write_location:
    case rotation::Op::restore_location: return {};
  }
  auto text = "aws iam " + verb + " --user-name " + calling::quote_word(user.text());
  if (op != rotation::Op::create_key) text += " --access-key-id " + calling::quote_word(key.text());
  text += ending;
  if (identity_.profile) text += " --profile " + calling::quote_word(*identity_.profile);
  if (identity_.iam_region) text += " --region " + calling::quote_word(*identity_.iam_region);
  if (identity_.iam_endpoint) text += " --endpoint-url " + calling::quote_word(*identity_.iam_endpoint);
  return text;
}

}  // namespace aws_iam
