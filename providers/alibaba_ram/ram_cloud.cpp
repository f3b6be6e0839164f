#include "providers/alibaba_ram/ram_cloud.hpp"

#include <algorithm>

#include "providers/alibaba_ram/ram_questions.hpp"
#include "providers/alibaba_ram/replies.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/http/url.hpp"

namespace alibaba_ram {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::UserName;

RamCloud::RamCloud(RpcApi api, std::unique_ptr<Signer> signer, const World& world, CloudIdentity identity,
                   std::shared_ptr<void> keep)
    : keep_(std::move(keep)),
      world_(world),
      api_(std::move(api)),
      signer_(std::move(signer)),
      identity_(std::move(identity)) {}

rotation::ProviderFacts RamCloud::facts() const {
  using namespace std::chrono_literals;
  const auto& endpoints = api_.endpoints();
  bool local = true;
  for (const auto service : {Service::ram, Service::sts, Service::ims, Service::actiontrail, Service::kms}) {
    const auto* endpoint = endpoints.of(service);
    const auto url = endpoint ? http::parse_url(endpoint->url) : std::nullopt;
    if (endpoint) local = local && url && http::is_loopback(*url);
  }
  return {.provider = "alibaba",
          .granularity = 1h,
          .lag = 4h,  // "generally hours", updated hourly (ActionTrail's API reference)
          .loopback = local,
          .undelete_for = endpoints.ims ? rotation::Seconds{30 * 24h} : 0s,
          .bin_slots = endpoints.ims ? 3U : 0U,
          .proof_of_use = "aliyun ecs DescribeRegions" +
                          (identity_.profile ? " --profile " + calling::quote_word(*identity_.profile) : ""),
          .own_services = {"ram", "sts", "ims", "actiontrail", "kms"}};
}

// ---- who we are ---------------------------------------------------------------------------------------------------

Answer<rotation::Caller> RamCloud::ask_caller(Signer& signer) {
  const auto answer = api_.call({.service = Service::sts, .action = "GetCallerIdentity"}, &signer);
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::Caller>(answer);
  std::string what;
  auto found = read_caller(reply->root(), what);
  if (!found) return unreadable("GetCallerIdentity", what);
  return Done<rotation::Caller>{std::move(*found)};
}

Answer<rotation::Caller> RamCloud::caller() {
  auto answer = ask_caller(*signer_);
  if (const auto* found = rotation::done(answer)) account_ = found->account_id;
  return answer;
}

Answer<rotation::Caller> RamCloud::probe(const AccessKeyId& key, const rotation::SecretAccessKey& secret) {
  calling::CredentialCache pair{calling::fixed_credentials({key, secret.clone()}),
                                world_};  // signs one call, then goes
  return ask_caller(pair);
}

Answer<rotation::AccountId> RamCloud::account() {
  if (!account_) {
    const auto answer = caller();
    if (!rotation::done(answer)) return rotation::pass_on<rotation::AccountId>(answer);
  }
  return Done<rotation::AccountId>{*account_};
}

std::optional<AccessKeyId> RamCloud::signing_key() {
  const auto answer = signer_->credentials();
  const auto* held = rotation::done(answer);
  if (!held || (*held)->token) return std::nullopt;
  return (*held)->id;
}

void RamCloud::sign_with(const AccessKeyId& key, const rotation::SecretAccessKey& secret) {
  // The cache outlives the caller's secret, so it has one of its own.
  Credentials pair{.id = key, .secret = secret.clone(), .source = "the new key of this rotation"};
  signer_ = std::make_unique<calling::CredentialCache>(calling::fixed_credentials(std::move(pair)), world_);
  account_.reset();  // it was that of another caller
}

// ---- users and keys -----------------------------------------------------------------------------------------------

Answer<rotation::User> RamCloud::user(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  const auto home = account();
  const auto* number = rotation::done(home);
  if (!number) return rotation::pass_on<rotation::User>(home);
  const auto answer = api_.call({.action = "GetUser", .params = {{"UserName", user.text()}}}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::User>(answer);
  std::string what;
  auto found = read_user(reply->root().member("User"), *number, what);
  if (!found) return unreadable("GetUser", what);
  if (found->name != user) return unreadable("GetUser", "it is about another user");
  ids_[user] = found->id;
  return Done<rotation::User>{std::move(*found)};
}

Answer<std::vector<rotation::AccessKey>> RamCloud::keys(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  const auto answer = api_.call(list_keys(user), signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<std::vector<rotation::AccessKey>>(answer);
  std::string what;
  auto all = read_keys(reply->root(), user, what);
  if (!all) return unreadable("ListAccessKeys", what);
  return Done<std::vector<rotation::AccessKey>>{std::move(*all)};
}

Answer<rotation::NewKey> RamCloud::create_key(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  const Call call{.action = "CreateAccessKey", .params = {{"UserName", user.text()}}, .effect = Effect::create};
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::NewKey>(answer);
  std::string what;
  auto made = read_new_key(reply->root().member("AccessKey"), user, reply->server_time, what);
  if (!made) return unreadable(call.action, what);
  return Done<rotation::NewKey>{std::move(*made)};
}

Answer<Nothing> RamCloud::change(Call call) {
  call.effect = Effect::write;
  const auto answer = api_.call(call, signer_.get());
  if (!rotation::done(answer)) return rotation::pass_on<Nothing>(answer);
  return Done<Nothing>{};
}

Answer<Nothing> RamCloud::set_status(const UserName& user, const AccessKeyId& key, rotation::KeyStatus status) {
  KEYBATON_ASSERT(status != rotation::KeyStatus::unusable);
  if (auto bad = bad_name(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  // Not AccessKeyId: that is the signing key's parameter.
  return change({.action = "UpdateAccessKey",
                 .params = {{"UserName", user.text()},
                            {"UserAccessKeyId", key.text()},
                            {"Status", std::string{rotation::word(status)}}}});
}

Answer<Nothing> RamCloud::delete_key(const UserName& user, const AccessKeyId& key) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  return change({.action = "DeleteAccessKey", .params = {{"UserName", user.text()}, {"UserAccessKeyId", key.text()}}});
}

Answer<rotation::LastUsed> RamCloud::last_used(const UserName& user, const AccessKeyId& key) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  if (auto bad = bad_key(key)) return std::move(*bad);
  const Call call = get_last_used(user, key);
  const auto answer = api_.call(call, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<rotation::LastUsed>(answer);
  std::string what;
  auto found = read_last_used(reply->root(), user, what);
  if (!found) return unreadable(call.action, what);
  return Done<rotation::LastUsed>{std::move(*found)};
}

std::unique_ptr<calling::Questions> RamCloud::questions() {
  return std::make_unique<RamQuestions>(api_, *signer_, [this] { return caller(); });
}

// ---- for people ---------------------------------------------------------------------------------------------------

namespace {

struct Command {
  const char* words;  // "ram UpdateAccessKey"
  const char* ending = "";
};

std::optional<Command> command_of(rotation::Op op) {
  switch (op) {
    case rotation::Op::create_key: return Command{"ram CreateAccessKey"};
    case rotation::Op::activate_key: return Command{"ram UpdateAccessKey", " --Status Active"};
    case rotation::Op::deactivate_key: return Command{"ram UpdateAccessKey", " --Status Inactive"};
    case rotation::Op::delete_key: return Command{"ram DeleteAccessKey"};
    case rotation::Op::undelete_key: return Command{"ims RestoreAccessKeyFromRecycleBin"};
    case rotation::Op::write_location:
    case rotation::Op::restore_location: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string RamCloud::command_for(rotation::Op op, const UserName& user, const AccessKeyId& key) const {
  const auto command = command_of(op);
  if (!command) return {};
  auto text = std::string{"aliyun "} + command->words;
  if (op == rotation::Op::undelete_key) {
    const auto known = ids_.find(user);
    if (known == ids_.end()) return {};
    text += " --UserId " + calling::quote_word(known->second.text());
  } else {
    text += " --UserName " + calling::quote_word(user.text());
  }
  if (op != rotation::Op::create_key) text += " --UserAccessKeyId " + calling::quote_word(key.text());
  text += command->ending;
  if (identity_.profile) text += " --profile " + calling::quote_word(*identity_.profile);
  const auto& endpoint = op == rotation::Op::undelete_key ? identity_.ims_endpoint : identity_.ram_endpoint;
  if (endpoint) text += " --endpoint " + calling::quote_word(*endpoint);
  return text;
}

}  // namespace alibaba_ram
