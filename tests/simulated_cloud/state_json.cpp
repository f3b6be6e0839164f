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

void seed_key(World& world, const User& user, const Json& object) {
  // What state_of() adds for the eye is let through, so that a state can be seeded as it was read.
  only(object,
       {"id", "secret", "status", "created", "created_days_ago", "last_used", "shown_last_used", "accepted", "refused"},
       "key");
  const auto status = parse_status(object.value("status", "Active"));
  if (!status) throw std::invalid_argument("unknown status of a key: " + object.at("status").dump());
  AccessKey& key = world.seed_key(user.account_id, user.name, when(world, object, "created", world.now()),
                                  object.value("id", ""), object.value("secret", ""), *status);
  if (object.contains("last_used") && !object.at("last_used").is_null()) {
    const Json& use = object.at("last_used");
    only(use, {"at", "at_days_ago", "service", "region"}, "last_used");
    const Time at = when(world, use, "at", world.now());
    key.uses = {{.at = at,
                 .visible_at = at,
                 .service = use.value("service", "s3"),
                 .region = use.value("region", "us-east-1")}};
  }
}

void seed_user(World& world, const std::string& account_id, const Json& object) {
  only(object, {"name", "path", "id", "created", "created_days_ago", "tags", "policy", "keys", "arn"}, "user");
  const std::string name = object.at("name");
  auto& users = world.account(account_id).users;
  User& user = users.contains(name) ? users.at(name) : world.create_user(account_id, name, object.value("path", "/"));
  user.id = object.value("id", user.id);
  user.created = when(world, object, "created", user.created);
  if (object.contains("tags")) user.tags = object.at("tags").get<std::map<std::string, std::string>>();
  if (object.contains("policy")) user.policy = policy_of(object.at("policy"));
  for (const Json& key : object.value("keys", Json::array())) seed_key(world, user, key);
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
  for (int n = 0; n < count; ++n) {
    std::string number = std::to_string(n);
    number.insert(0, number.size() < 6 ? 6 - number.size() : 0, '0');
    User& user = world.create_user(account_id, object.value("prefix", "user-") + number);
    user.created = created;
    for (int k = 0; k < keys; ++k) {
      AccessKey& key = world.seed_key(account_id, user.name, created);
      if (object.value("used", true)) world.record_use(key, "s3", "us-east-1", created + std::chrono::hours{1});
    }
  }
}

Json key_json(World& world, const AccessKey& key) {
  Json out{{"id", key.id},
           {"secret", key.secret},
           {"status", status_text(key.now().status)},
           {"created", iso8601(key.created, true)}};
  if (!key.uses.empty()) {
    const KeyUse& use = key.uses.back();
    out["last_used"] = {{"at", iso8601(use.at, true)}, {"service", use.service}, {"region", use.region}};
  }
  const auto shown = world.last_used(key);
  out["shown_last_used"] = shown ? Json(iso8601(shown->at, true)) : Json(nullptr);
  out["accepted"] = key.accepted;
  out["refused"] = key.refused;
  return out;
}

}  // namespace

void seed(World& world, const Json& state) {
  only(state, {"options", "accounts", "now"}, "state");
  if (state.contains("options")) set_options(world, state.at("options"));
  for (const Json& object : state.value("accounts", Json::array())) {
    only(object, {"id", "partition", "users", "roles", "generate"}, "account");
    const std::string id = object.at("id");
    if (!world.accounts().contains(id) || object.contains("partition")) {
      world.add_account(id, object.value("partition", "aws"));
    }
    for (const Json& user : object.value("users", Json::array())) seed_user(world, id, user);
    for (const Json& role : object.value("roles", Json::array())) seed_role(world, id, role);
    if (object.contains("generate")) generate(world, id, object.at("generate"));
  }
}

Json state_of(World& world) {
  Json accounts = Json::array();
  for (auto& [id, account] : world.accounts()) {
    Json users = Json::array();
    for (const auto& [name, user] : account.users) {
      Json keys = Json::array();
      for (const std::string& key : world.live_keys(user)) keys.push_back(key_json(world, *world.find_key(key)));
      users.push_back({{"name", name},
                       {"path", user.path},
                       {"id", user.id},
                       {"arn", world.user_arn(user)},
                       {"created", iso8601(user.created, true)},
                       {"tags", user.tags},
                       {"policy", policy_json(user.policy)},
                       {"keys", keys}});
    }
    Json roles = Json::array();
    for (const auto& [name, role] : account.roles) {
      roles.push_back({{"name", name},
                       {"id", role.id},
                       {"trust", role.trust},
                       {"external_id", role.external_id},
                       {"web_identity_tokens", role.web_identity_tokens},
                       {"policy", policy_json(role.policy)}});
    }
    accounts.push_back({{"id", id}, {"partition", account.partition}, {"users", users}, {"roles", roles}});
  }
  return {{"now", iso8601(world.now(), true)}, {"options", options_of(world.options)}, {"accounts", accounts}};
}

}  // namespace simulated_cloud
