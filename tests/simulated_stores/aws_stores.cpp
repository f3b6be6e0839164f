#include "simulated_stores/aws_stores.hpp"

#include <algorithm>

namespace simulated_stores {
namespace {

const std::string current = "AWSCURRENT";
const std::string previous = "AWSPREVIOUS";
constexpr std::size_t most_versions = 100;  // of a parameter

std::string text(const Json& asked, const char* name) { return asked.value(name, std::string()); }

std::string holder_of(const AwsStores::Secret& secret, const std::string& label) {
  const auto found =
      std::ranges::find_if(secret.versions, [&](const auto& one) { return one.second.labels.contains(label); });
  return found == secret.versions.end() ? "" : found->first;
}

// A moved AWSCURRENT leaves AWSPREVIOUS behind.
void label(AwsStores::Secret& secret, const std::string& name, const std::string& version) {
  const std::string before = holder_of(secret, name);
  if (before == version) return;
  if (!before.empty()) secret.versions.at(before).labels.erase(name);
  secret.versions.at(version).labels.insert(name);
  if (name == current && !before.empty()) label(secret, previous, before);
}

Json kept(const AwsStores::Parameter& one) {
  Json shown{{"Type", one.type}, {"Tier", one.tier}, {"DataType", one.data_type}, {"Policies", Json::array()}};
  if (!one.key_id.empty()) shown["KeyId"] = one.key_id;
  if (!one.description.empty()) shown["Description"] = one.description;
  if (!one.allowed_pattern.empty()) shown["AllowedPattern"] = one.allowed_pattern;
  return shown;
}

}  // namespace

Reply AwsStores::no(const std::string& code) { return json(400, {{"__type", code}, {"message", code}}); }

Json AwsStores::newest_secrets() const {
  Json all;
  for (const auto& [name, secret] : secrets) {
    all[name] = {{"text", secret.versions.at(holder_of(secret, current)).text}, {"key", secret.key_id}};
  }
  return all;
}

Json AwsStores::newest_parameters() const {
  Json all;
  for (const auto& [name, versions] : parameters) {
    all[name] = kept(versions.back());
    all[name]["Value"] = versions.back().value;
  }
  return all;
}

Reply AwsStores::answer(const Request& request, std::string_view path, std::string_view query) {
  const std::string target{request.header("X-Amz-Target").value_or("")};
  const std::size_t dot = target.find('.');
  const Json asked = Json::parse(request.body, nullptr, false);
  if (request.method != "POST" || path != "/" || !query.empty()) return refuse_as_odd("it is no POST of /");
  if (request.header("Content-Type") != "application/x-amz-json-1.1") return refuse_as_odd("it is not JSON 1.1");
  if (!request.header("Authorization").value_or("").starts_with("AWS4-HMAC-SHA256 "))
    return refuse_as_odd("not signed");
  if (!asked.is_object() || dot == std::string::npos) return refuse_as_odd("no action or no object: " + target);
  const std::string service = target.substr(0, dot), action = target.substr(dot + 1);
  if (service == "secretsmanager") return secret_asked(action, asked);
  if (service == "AmazonSSM") return parameter_asked(action, asked);
  return refuse_as_odd("there is no " + target);
}

// ---- Secrets Manager ------------------------------------------------------------------------------------------

Reply AwsStores::secret_asked(const std::string& action, const Json& asked) {
  const std::string name = text(asked, "SecretId");
  const auto found = secrets.find(name);
  if (found == secrets.end()) return no("ResourceNotFoundException");
  Secret& secret = found->second;
  if (action == "PutSecretValue") return put_value(secret, asked);
  if (action == "UpdateSecretVersionStage") return move_label(secret, asked);
  if (action == "DescribeSecret") {
    Json labels = Json::object();
    for (const auto& [id, version] : secret.versions) {
      if (!version.labels.empty()) labels[id] = version.labels;
    }
    return json(200, {{"Name", name}, {"KmsKeyId", secret.key_id}, {"VersionIdsToStages", labels}});
  }
  if (action != "GetSecretValue") return refuse_as_odd("there is no " + action);
  const std::string wanted = text(asked, "VersionId");
  const std::string stage = asked.value("VersionStage", wanted.empty() ? current : "");
  const std::string id = wanted.empty() ? holder_of(secret, stage) : wanted;
  const auto version = secret.versions.find(id);
  if (version == secret.versions.end()) return no("ResourceNotFoundException");
  return json(200, {{"Name", name},
                    {"VersionId", id},
                    {"SecretString", version->second.text},
                    {"VersionStages", version->second.labels}});
}

Reply AwsStores::put_value(Secret& secret, const Json& asked) {
  const std::string id = text(asked, "ClientRequestToken"), value = text(asked, "SecretString");
  if (id.size() < 32 || id.size() > 64) return refuse_as_odd("a token of " + std::to_string(id.size()) + " characters");
  if (value.empty()) return refuse_as_odd("no value");
  const auto there = secret.versions.find(id);
  // The same again is a repeated request and moves no label; something else under the name is refused.
  if (there != secret.versions.end()) {
    return there->second.text == value ? json(200, {{"VersionId", id}}) : no("ResourceExistsException");
  }
  secret.versions[id] = {.text = value};
  for (const std::string& stage : asked.value("VersionStages", std::vector<std::string>{current})) {
    label(secret, stage, id);
  }
  return json(200, {{"VersionId", id}});
}

Reply AwsStores::move_label(Secret& secret, const Json& asked) {
  const std::string stage = text(asked, "VersionStage"), from = text(asked, "RemoveFromVersionId"),
                    to = text(asked, "MoveToVersionId");
  const std::string holder = holder_of(secret, stage);
  for (const std::string& one : {from, to}) {
    if (!one.empty() && !secret.versions.contains(one)) return no("ResourceNotFoundException");
  }
  if (from != holder && holder != to) return no("InvalidParameterException");
  if (stage == current && to.empty()) return no("InvalidParameterException");
  if (to.empty()) {
    secret.versions.at(holder).labels.erase(stage);
  } else {
    label(secret, stage, to);
  }
  return json(200, Json::object());
}

// ---- parameters -----------------------------------------------------------------------------------------------

Reply AwsStores::parameter_asked(const std::string& action, const Json& asked) {
  if (action == "PutParameter") return put_parameter(asked);
  const std::string whole = text(asked, "Name"), name = whole.substr(0, whole.find(':'));
  const auto found = parameters.find(name);
  if (found == parameters.end()) return no("ParameterNotFound");
  const auto& versions = found->second;
  if (action == "GetParameter") {
    const std::size_t number = name == whole ? versions.size() : std::stoul(whole.substr(name.size() + 1));
    if (number < 1 || number > versions.size()) return no("ParameterVersionNotFound");
    const Parameter& one = versions[number - 1];
    if (one.type == "SecureString" && !asked.value("WithDecryption", false)) return refuse_as_odd("it stays encrypted");
    return json(200, {{"Parameter", {{"Name", name}, {"Value", one.value}, {"Version", number}, {"Type", one.type}}}});
  }
  if (action != "GetParameterHistory") return refuse_as_odd("there is no " + action);
  Json all = Json::array();
  for (std::size_t at = 0; at < versions.size(); ++at) {
    Json one = kept(versions[at]);
    one.update(Json{{"Name", name}, {"Version", at + 1}, {"Value", "encrypted"}, {"Labels", Json::array()}});
    all.push_back(std::move(one));
  }
  return json(200, {{"Parameters", all}});
}

// What a put does not name it does not keep: the key becomes the account's default one.
Reply AwsStores::put_parameter(const Json& asked) {
  const auto found = parameters.find(text(asked, "Name"));
  if (found == parameters.end()) return no("ParameterNotFound");
  if (!asked.value("Overwrite", false)) return no("ParameterAlreadyExists");
  if (found->second.size() >= most_versions) return no("ParameterMaxVersionLimitExceeded");
  Parameter one{.value = text(asked, "Value"), .type = text(asked, "Type")};
  one.tier = asked.value("Tier", one.tier);
  one.data_type = asked.value("DataType", one.data_type);
  one.key_id = asked.value("KeyId", one.type == "SecureString" ? "alias/aws/ssm" : "");
  one.description = text(asked, "Description");
  one.allowed_pattern = text(asked, "AllowedPattern");
  if (one.value.empty()) return refuse_as_odd("no value");
  if (one.type == "String" && !one.key_id.empty()) return no("ValidationException");
  found->second.push_back(std::move(one));
  return json(200, {{"Version", found->second.size()}, {"Tier", found->second.back().tier}});
}

}  // namespace simulated_stores
