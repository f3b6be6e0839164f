#include "state_json.hpp"

#include <set>
#include <stdexcept>

namespace simulated_cloud {
namespace {

void only(const Json& object, const std::set<std::string_view>& known, const char* what) {
  for (const auto& item : object.items()) {
    if (!known.contains(item.key())) {
      throw std::invalid_argument("unknown member of " + std::string{what} + ": " + item.key());
    }
  }
}

Time time_of(const Json& text) {
  const auto time = parse_iso8601(text.get<std::string>());
  if (!time) throw std::invalid_argument("not a time: " + text.dump());
  return *time;
}

Millis days(const Json& count) {
  return std::chrono::duration_cast<Millis>(std::chrono::duration<double, std::ratio<86400>>(count.get<double>()));
}

// "NAME": a time, or "NAME_days_ago": a number.
Time when(const World& world, const Json& object, const std::string& name, Time otherwise) {
  if (object.contains(name)) return time_of(object.at(name));
  if (object.contains(name + "_days_ago")) return world.now() - days(object.at(name + "_days_ago"));
  return otherwise;
}

Policy policy_of(const Json& object) {
  only(object, {"allow", "deny"}, "policy");
  Policy policy;
  policy.allow = object.value("allow", std::vector<std::string>{"*"});
  policy.deny = object.value("deny", std::vector<std::string>{});
  return policy;
}

Json policy_json(const Policy& policy) { return {{"allow", policy.allow}, {"deny", policy.deny}}; }

KeyUse use_of(const World& world, const Json& object, bool acs) {
  only(object, {"at", "at_days_ago", "service", "region", "address", "agent", "event"}, "last_used");
  const Time at = when(world, object, "at", world.now());
  return {.at = at,
          .visible_at = at,
          .service = object.value("service", acs ? "ecs" : "s3"),
          .region = object.value("region", acs ? "cn-hangzhou" : "us-east-1"),
          .address = object.value("address", acs ? "127.0.0.1" : ""),
          .agent = object.value("agent", ""),
          .event = object.value("event", acs ? "DescribeInstances" : "")};
}

void seed_origin(AccessKey& key, const KeyUse& use) { key.origins[{use.service, use.address, use.event}] = {use}; }

AccessKey& seed_key(World& world, const User& user, const Json& object) {
  // What state_of() adds for the eye is let through, so that a state can be seeded as it was read.
  only(object,
       {"id", "secret", "status", "created", "created_days_ago", "last_used", "shown_last_used", "accepted", "refused",
        "origins", "recycled", "recycled_days_ago"},
       "key");
  const auto status = parse_status(object.value("status", "Active"));
  if (!status) throw std::invalid_argument("unknown status of a key: " + object.at("status").dump());
  AccessKey& key = world.seed_key(user.account_id, user.name, when(world, object, "created", world.now()),
                                  object.value("id", ""), object.value("secret", ""), *status);
  const bool acs = world.is_acs(user.account_id);
  if (object.contains("last_used") && !object.at("last_used").is_null()) {
    key.uses = {use_of(world, object.at("last_used"), acs)};
    if (acs && !object.contains("origins")) seed_origin(key, key.uses.front());
  }
  for (const Json& origin : object.value("origins", Json::array())) seed_origin(key, use_of(world, origin, acs));
  return key;
}

void seed_user(World& world, const std::string& account_id, const Json& object) {
  only(object, {"name", "path", "id", "created", "created_days_ago", "tags", "policy", "keys", "arn", "bin"}, "user");
  const std::string name = object.at("name");
  auto& users = world.account(account_id).users;
  User& user = users.contains(name) ? users.at(name) : world.create_user(account_id, name, object.value("path", "/"));
  user.id = object.value("id", user.id);
  user.created = when(world, object, "created", user.created);
  if (object.contains("tags")) user.tags = object.at("tags").get<std::map<std::string, std::string>>();
  if (object.contains("policy")) user.policy = policy_of(object.at("policy"));
  for (const Json& key : object.value("keys", Json::array())) seed_key(world, user, key);
  for (const Json& key : object.value("bin", Json::array())) {
    if (!world.is_acs(account_id)) throw std::invalid_argument("only an Alibaba user has a recycle bin");
    world.put_in_bin(seed_key(world, user, key), when(world, key, "recycled", world.now()));
  }
}

void seed_secret(World& world, const std::string& account_id, const Json& object) {
  only(object, {"name", "value", "type", "version", "versions", "created"}, "secret");
  StoredSecret secret{.name = object.at("name"),
                      .type = object.value("type", "Generic"),
                      .versions = {},
                      .created = when(world, object, "created", world.now())};
  for (const Json& version : object.value("versions", Json::array())) {
    only(version, {"id", "data", "data_type", "stages", "created"}, "version of a secret");
    secret.versions.push_back({.id = version.at("id"),
                               .data = version.at("data"),
                               .data_type = version.value("data_type", "text"),
                               .stages = version.at("stages").get<std::set<std::string>>(),
                               .created = when(world, version, "created", secret.created)});
  }
  if (secret.versions.empty()) {
    secret.versions.push_back({.id = object.value("version", "v1"),
                               .data = object.at("value"),
                               .data_type = "text",
                               .stages = {"ACSCurrent"},
                               .created = secret.created});
  }
  const std::string name = secret.name;
  world.account(account_id).secrets[name] = std::move(secret);
}

void seed_role(World& world, const std::string& account_id, const Json& object) {
  only(object, {"name", "id", "trust", "external_id", "web_identity_tokens", "policy"}, "role");
  Role& role = world.add_role(account_id, object.at("name"));
  role.id = object.value("id", role.id);
  role.trust = object.value("trust", std::vector<std::string>{"*"});
  role.external_id = object.value("external_id", "");
  role.web_identity_tokens = object.value("web_identity_tokens", std::vector<std::string>{});
  if (object.contains("policy")) role.policy = policy_of(object.at("policy"));
}

// Many users at once, for load: {"users": 1000, "keys": 2, "prefix": "user-", "created_days_ago": 100}.
void generate(World& world, const std::string& account_id, const Json& object) {
  only(object, {"users", "keys", "prefix", "created_days_ago", "used"}, "generate");
  const int count = object.at("users");
  const int keys = object.value("keys", 1);
  const Time created = when(world, object, "created", world.now());
  const bool acs = world.is_acs(account_id);
  for (int n = 0; n < count; ++n) {
    std::string number = std::to_string(n);
    number.insert(0, number.size() < 6 ? 6 - number.size() : 0, '0');
    User& user = world.create_user(account_id, object.value("prefix", "user-") + number);
    user.created = created;
    for (int k = 0; k < keys; ++k) {
      AccessKey& key = world.seed_key(account_id, user.name, created);
      if (object.value("used", true))
        world.record_use(key, acs ? "ecs" : "s3", acs ? "cn-hangzhou" : "us-east-1", created + std::chrono::hours{1});
    }
  }
}

Json use_json(const KeyUse& use, bool acs) {
  Json out{{"at", iso8601(use.at, true)}, {"service", use.service}, {"region", use.region}};
  if (acs) out.update({{"address", use.address}, {"agent", use.agent}, {"event", use.event}});
  return out;
}

Json key_json(World& world, const AccessKey& key) {
  Json out{{"id", key.id},
           {"secret", key.secret},
           {"status", status_text(key.now().status)},
           {"created", iso8601(key.created, true)}};
  const bool acs = world.is_acs(key.account_id);
  if (!key.uses.empty()) out["last_used"] = use_json(key.uses.back(), acs);
  for (const auto& origin : key.origins) out["origins"].push_back(use_json(origin.second.back(), acs));
  const auto shown = world.last_used(key);
  out["shown_last_used"] = shown ? Json(iso8601(shown->at, true)) : Json(nullptr);
  out["accepted"] = key.accepted;
  out["refused"] = key.refused;
  return out;
}

Json user_json(World& world, User& user) {
  Json keys = Json::array();
  for (const std::string& key : world.live_keys(user)) keys.push_back(key_json(world, *world.find_key(key)));
  Json out{{"name", user.name},
           {"path", user.path},
           {"id", user.id},
           {"arn", world.user_arn(user)},
           {"created", iso8601(user.created, true)},
           {"tags", user.tags},
           {"policy", policy_json(user.policy)},
           {"keys", keys}};
  if (!world.is_acs(user.account_id)) return out;
  out["bin"] = Json::array();
  for (const BinnedKey& key : world.bin(user)) {
    out["bin"].push_back(key_json(world, *world.find_key(key.id)));
    out["bin"].back()["recycled"] = iso8601(key.recycled, true);
  }
  return out;
}

Json role_json(const Role& role) {
  return {{"name", role.name},
          {"id", role.id},
          {"trust", role.trust},
          {"external_id", role.external_id},
          {"web_identity_tokens", role.web_identity_tokens},
          {"policy", policy_json(role.policy)}};
}

Json secret_json(const StoredSecret& secret) {
  Json versions = Json::array();
  Json out{
      {"name", secret.name}, {"type", secret.type}, {"created", iso8601(secret.created, true)}, {"value", nullptr}};
  for (const SecretVersion& version : secret.versions) {
    versions.push_back({{"id", version.id},
                        {"data", version.data},
                        {"data_type", version.data_type},
                        {"stages", version.stages},
                        {"created", iso8601(version.created, true)}});
    if (version.stages.contains("ACSCurrent")) out["value"] = version.data;
  }
  out["versions"] = versions;
  return out;
}

}  // namespace

void seed(World& world, const Json& state) {
  only(state, {"options", "accounts", "now"}, "state");
  if (state.contains("options")) set_options(world, state.at("options"));
  for (const Json& object : state.value("accounts", Json::array())) {
    only(object, {"id", "partition", "users", "roles", "secrets", "generate"}, "account");
    const std::string id = object.at("id");
    if (!world.accounts().contains(id) || object.contains("partition")) {
      world.add_account(id, object.value("partition", ""));
    }
    for (const Json& user : object.value("users", Json::array())) seed_user(world, id, user);
    for (const Json& role : object.value("roles", Json::array())) seed_role(world, id, role);
    for (const Json& secret : object.value("secrets", Json::array())) seed_secret(world, id, secret);
    if (object.contains("generate")) generate(world, id, object.at("generate"));
  }
}

Json state_of(World& world) {
  Json accounts = Json::array();
  for (auto& [id, account] : world.accounts()) {
    Json users = Json::array(), roles = Json::array(), secrets = Json::array();
    for (auto& user : account.users) users.push_back(user_json(world, user.second));
    for (const auto& role : account.roles) roles.push_back(role_json(role.second));
    for (const auto& secret : account.secrets) secrets.push_back(secret_json(secret.second));
    accounts.push_back({{"id", id}, {"partition", account.partition}, {"users", users}, {"roles", roles}});
    if (account.partition == "acs") accounts.back()["secrets"] = secrets;
  }
  return {{"now", iso8601(world.now(), true)}, {"options", options_of(world.options)}, {"accounts", accounts}};
}

}  // namespace simulated_cloud
