// Secrets Manager 2017-10-17. Facts: the model in botocore; what is not in it is said to be a guess.
#include "cli/aws_secrets.hpp"

#include "cli/aws_calls.hpp"

#include "cli/json_body.hpp"

namespace cli {
namespace {

using aws_iam::JsonCall;
using calling::Effect;
using calling::Value;
using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using secrets_adapters::Content;
using secrets_adapters::Rotated;
using secrets_adapters::SecretVersion;

// A label stands on one version; which one is told version by version.
std::map<std::string, std::string> stages_of(Value secret) {
  std::map<std::string, std::string> stages;
  for (const auto& [version, labels] : secret.member("VersionIdsToStages").members()) {
    for (const Value label : labels.items()) stages[std::string(label.text())] = std::string(version);
  }
  return stages;
}

// Another service, or a partner of AWS's, in whose name the secret stands; empty: nobody but its owner.
std::string owner_of(Value secret) {
  const auto service = secret.member("OwningService").text();
  return std::string(service.empty() ? secret.member("Type").text() : service);
}

Refused unfit(const std::string& what) { return {Refusal::unsupported, "", what, ""}; }

std::optional<Refused> unfit_secret(Value secret, const std::string& region) {
  const Value deleted = secret.member("DeletedDate");
  if (deleted.exists() && !deleted.is_null()) {
    return unfit("it is scheduled for deletion; take it back with: aws secretsmanager restore-secret");
  }
  const auto primary = calling::plain(secret.member("PrimaryRegion").text(), "-", 64);
  if (!primary.empty() && !region.empty() && primary != region) {
    return unfit("it is a replica, and only its primary in " + primary + " can be written; set region: " + primary);
  }
  return std::nullopt;
}

// nullopt: not whole.
std::optional<SecretVersion> read_version(Value reply) {
  const auto id = reply.member("VersionId").text();
  const Value text = reply.member("SecretString");
  if (id.empty() || (!text.is_text() && !reply.member("SecretBinary").is_text())) return std::nullopt;
  return SecretVersion{.id = std::string(id),
                       .data = rotation::Secret{text.text()},
                       .content = text.is_text() ? Content::text : Content::binary};
}

class AwsSecrets final : public secrets_adapters::VersionedSecrets {
 public:
  AwsSecrets(aws_iam::IamCloud& cloud, std::string region)
      : cloud_(cloud),
        region_(region),
        calls_(cloud, aws_iam::Service::secretsmanager, std::move(region), "SecretId") {}

  // What is said of the secret itself comes first: the value that follows is never older.
  Answer<SecretVersion> current(const std::string& secret) override {
    const auto answer = calls_.send(calls_.called("DescribeSecret", secret));
    const auto* described = rotation::done(answer);
    if (described == nullptr) return rotation::pass_on<SecretVersion>(answer);
    const Value about = described->root();
    if (auto no = unfit_secret(about, region_.empty() ? cloud_.endpoints().region : region_)) return std::move(*no);
    auto call = calls_.called("GetSecretValue", secret);
    add(call.body, "VersionStage", "AWSCURRENT");
    auto found = get(std::move(call));
    if (SecretVersion* version = rotation::done(found)) {
      const Value rotates = about.member("RotationEnabled");
      if (rotates.exists() && !rotates.is_null() && rotates.truth() != false) version->rotated = Rotated::by_the_store;
      version->type = owner_of(about);
      version->stages = stages_of(about);
    }
    return found;
  }
  Answer<SecretVersion> version(const std::string& secret, const std::string& id) override {
    auto call = calls_.called("GetSecretValue", secret);
    add(call.body, "VersionId", id);
    return get(std::move(call));
  }

  // The token becomes the version's id.
  Answer<Nothing> put(const std::string& secret, const std::string& id, const rotation::Secret& data,
                      const std::string& stage) override {
    auto call = calls_.called("PutSecretValue", secret, Effect::write);
    add(call.body, "ClientRequestToken", id);
    data.expose([&](std::string_view text) { add(call.body, "SecretString", text); });
    add(call.body, "VersionStages");
    call.body.append("[");
    http::append_json(call.body, stage);
    call.body.append("]");
    return changed(std::move(call));
  }

  Answer<Nothing> move_stage(const std::string& secret, const std::string& stage,
                             const secrets_adapters::StageMove& move) override {
    auto call = calls_.called("UpdateSecretVersionStage", secret, Effect::write);
    add(call.body, "VersionStage", stage);
    if (!move.from.empty()) add(call.body, "RemoveFromVersionId", move.from);
    if (!move.to.empty()) add(call.body, "MoveToVersionId", move.to);
    auto answer = changed(std::move(call));
    // Which of the two codes a label elsewhere has is a guess. Whoever asked looks who has it now.
    auto* no = std::get_if<Refused>(&answer);
    if (no != nullptr && (no->code == "InvalidParameterException" || no->code == "InvalidRequestException")) {
      no->why = Refusal::conflict;
    }
    return answer;
  }

 private:
  Answer<SecretVersion> get(JsonCall call) {
    const auto action = call.action;
    const auto answer = calls_.send(std::move(call));
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return rotation::pass_on<SecretVersion>(answer);
    auto found = read_version(reply->root());
    if (!found) return calling::unreadable(action, "there is no whole version of a secret in it");
    return Done<SecretVersion>{std::move(*found)};
  }
  Answer<Nothing> changed(JsonCall call) {
    const auto answer = calls_.send(std::move(call));
    if (rotation::done(answer) == nullptr) return rotation::pass_on<Nothing>(answer);
    return Done<Nothing>{};
  }

  aws_iam::IamCloud& cloud_;
  std::string region_;
  AwsCalls calls_;
};

}  // namespace

std::unique_ptr<secrets_adapters::VersionedSecrets> aws_secrets(aws_iam::IamCloud& cloud, std::string region) {
  return std::make_unique<AwsSecrets>(cloud, std::move(region));
}

}  // namespace cli
