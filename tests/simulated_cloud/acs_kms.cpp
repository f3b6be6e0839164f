// Secrets of KMS 2016-01-20: versions and the stages that point at them.
#include <algorithm>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

constexpr const char* current = "ACSCurrent";
constexpr const char* previous = "ACSPrevious";
constexpr std::size_t most_versions = 10;
constexpr std::size_t most_stages = 8;

StoredSecret& permitted_secret(const Call& call) {
  const std::string name = call.need("SecretName");
  call.require("kms", "acs:kms:*:" + call.caller.account_id + ":secret/" + name);
  auto& secrets = call.world.account(call.caller.account_id).secrets;
  const auto found = secrets.find(name);
  if (found != secrets.end()) return found->second;
  throw ApiError(404, "Forbidden.ResourceNotFound", "Resource not found.");
}

SecretVersion* version_of(StoredSecret& secret, const std::string& id) {
  const auto found = std::find_if(secret.versions.begin(), secret.versions.end(),
                                  [&](const SecretVersion& version) { return version.id == id; });
  return found == secret.versions.end() ? nullptr : &*found;
}

SecretVersion* holder_of(StoredSecret& secret, const std::string& stage) {
  const auto found = std::find_if(secret.versions.begin(), secret.versions.end(),
                                  [&](const SecretVersion& version) { return version.stages.contains(stage); });
  return found == secret.versions.end() ? nullptr : &*found;
}

// A moved ACSCurrent leaves ACSPrevious behind.
void move_stage(StoredSecret& secret, const std::string& stage, SecretVersion& target) {
  SecretVersion* holder = holder_of(secret, stage);
  if (holder == &target) return;
  if (holder) holder->stages.erase(stage);
  target.stages.insert(stage);
  if (stage == current && holder) move_stage(secret, previous, *holder);
}

void drop_oldest(StoredSecret& secret) {
  secret.versions.erase(std::find_if(secret.versions.begin(), secret.versions.end(),
                                     [](const SecretVersion& version) { return !version.stages.contains(current); }));
}

Json stages_json(const SecretVersion& version) { return {{"VersionStage", version.stages}}; }

Json get_secret_value(const Call& call) {
  StoredSecret& secret = permitted_secret(call);
  const std::string id = call.get("VersionId");
  const SecretVersion* version =
      id.empty() ? holder_of(secret, call.get("VersionStage", current)) : version_of(secret, id);
  if (!version) throw ApiError(404, "Forbidden.ResourceNotFound", "Resource not found.");
  return {{"SecretName", secret.name},
          {"SecretType", secret.type},
          {"SecretData", version->data},
          {"SecretDataType", version->data_type},
          {"VersionId", version->id},
          {"VersionStages", stages_json(*version)},
          {"AutomaticRotation", secret.type == "Generic" ? "Invalid" : "Enabled"},
          {"CreateTime", acs_time(call, version->created)}};
}

std::vector<std::string> asked_stages(const Call& call) {
  const std::string text = call.get("VersionStages");
  if (text.empty()) return {current};
  try {
    return Json::parse(text).get<std::vector<std::string>>();
  } catch (const Json::exception&) {
    throw ApiError(400, "InvalidParameter", "The specified parameter VersionStages is not valid.");
  }
}

Json put_secret_value(const Call& call) {
  StoredSecret& secret = permitted_secret(call);
  const std::string id = call.need("VersionId"), data = call.need("SecretData");
  if (secret.type != "Generic") {
    throw ApiError(400, "Rejected.UnsupportedOperation", "The secret is managed by its service.");
  }
  const auto stages = asked_stages(call);
  if (const SecretVersion* there = version_of(secret, id)) {
    // The same again is a repeated request; something else under the name is not.
    if (there->data != data) throw ApiError(409, "Rejected.ResourceExist", "The version id is already in use.");
  } else {
    std::set<std::string> all(stages.begin(), stages.end());
    for (const SecretVersion& version : secret.versions) all.insert(version.stages.begin(), version.stages.end());
    if (all.size() > most_stages) throw ApiError(409, "Rejected.LimitExceeded", "A secret has at most 8 stages.");
    if (secret.versions.size() >= most_versions) drop_oldest(secret);
    secret.versions.push_back(
        {.id = id, .data = data, .data_type = call.get("SecretDataType", "text"), .created = call.world.now()});
    for (const std::string& stage : stages) move_stage(secret, stage, secret.versions.back());
  }
  return {{"SecretName", secret.name}, {"VersionId", id}, {"VersionStages", stages_json(*version_of(secret, id))}};
}

// The stage moves only from where the caller thinks that it is: that is the service's compare-and-set.
Json update_secret_version_stage(const Call& call) {
  StoredSecret& secret = permitted_secret(call);
  const std::string stage = call.need("VersionStage"), from = call.get("RemoveFromVersion"),
                    to = call.get("MoveToVersion");
  SecretVersion* source = from.empty() ? nullptr : version_of(secret, from);
  SecretVersion* target = to.empty() ? nullptr : version_of(secret, to);
  if ((!from.empty() && !source) || (!to.empty() && !target)) {
    throw ApiError(404, "Forbidden.ResourceNotFound", "Resource not found.");
  }
  SecretVersion* holder = holder_of(secret, stage);
  if ((source && !source->stages.contains(stage)) || (!source && holder && holder != target)) {
    throw ApiError(409, "Rejected.ResourceInUse", "The version stage is attached to another version.");
  }
  if (stage == current && !target) throw ApiError(400, "InvalidParameter", "ACSCurrent can't be removed.");
  if (target) {
    move_stage(secret, stage, *target);
  } else if (source) {
    source->stages.erase(stage);
  }
  return {{"SecretName", secret.name}};
}

Json list_secret_version_ids(const Call& call) {
  StoredSecret& secret = permitted_secret(call);
  const bool deprecated = call.get("IncludeDeprecated") == "true";
  Json versions = Json::array();
  for (const SecretVersion& version : secret.versions) {
    if (version.stages.empty() && !deprecated) continue;
    versions.push_back({{"VersionId", version.id},
                        {"CreateTime", acs_time(call, version.created)},
                        {"VersionStages", stages_json(version)}});
  }
  return {{"SecretName", secret.name},
          {"VersionIds", {{"VersionId", versions}}},
          {"PageNumber", 1},
          {"PageSize", 100},
          {"TotalCount", versions.size()}};
}

}  // namespace

Json answer_kms(const Call& call) {
  if (call.action == "GetSecretValue") return get_secret_value(call);
  if (call.action == "PutSecretValue") return put_secret_value(call);
  if (call.action == "UpdateSecretVersionStage") return update_secret_version_stage(call);
  if (call.action == "ListSecretVersionIds") return list_secret_version_ids(call);
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
