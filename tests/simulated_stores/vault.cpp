#include "simulated_stores/vault.hpp"

#include <utility>

namespace simulated_stores {
namespace {

// Go's encoder writes these so in every reply.
std::string escaped_for_html(std::string text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "\\u003c";
    } else if (c == '>') {
      result += "\\u003e";
    } else if (c == '&') {
      result += "\\u0026";
    } else {
      result += c;
    }
  }
  return result;
}

std::string envelope(const std::string& data) {
  return R"({"request_id":"4f5d-1","lease_id":"","renewable":false,"lease_duration":0,"data":)" + data +
         R"(,"wrap_info":null,"warnings":null,"auth":null})" + "\n";
}

std::optional<Json> object_in(const std::string& body) {
  Json parsed = Json::parse(body, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

// The bytes of the last member of the body, where they stand as a client of ours writes them.
std::string raw_data(const std::string& body, const Json& data) {
  const std::size_t at = body.find("\"data\":");
  if (at != std::string::npos && body.ends_with('}')) {
    const std::string raw = body.substr(at + 7, body.size() - at - 8);
    if (Json::parse(raw, nullptr, false) == data) return raw;
  }
  return data.dump();
}

}  // namespace

// ---- for tests ----------------------------------------------------------------------------------------------

void Vault::put(const std::string& mount, const std::string& path, const std::string& data) {
  add_version(mounts[mount], mounts[mount].secrets[path], data);
}

std::string Vault::current(const std::string& mount, const std::string& path) {
  Secret& secret = mounts[mount].secrets[path];
  return secret.current == 0 ? std::string{} : secret.versions[secret.current].data;
}

std::uint64_t Vault::number(const std::string& mount, const std::string& path) {
  return mounts[mount].secrets[path].current;
}

void Vault::add_version(Mount& mount, Secret& secret, const std::string& data) {
  secret.versions[++secret.current] = {.data = data};
  while (secret.versions.size() > mount.max_versions) secret.versions.erase(secret.versions.begin());
}

// ---- the front door -----------------------------------------------------------------------------------------

Reply Vault::error(int status, std::vector<std::string> errors) {
  return json(status, {{"errors", std::move(errors)}});
}

Reply Vault::answer(const Request& request, std::string_view path, std::string_view query) {
  if (!path.starts_with("/v1/")) return error(404, {});
  if (request.header("X-Vault-Request") != "true") {
    odd_thing("no X-Vault-Request");
    return error(412, {"missing X-Vault-Request header"});
  }
  const bool has_body = !request.body.empty();
  if (has_body && request.header("Content-Type") != "application/json") odd_thing("a body that says not what it is");
  if (has_body && !object_in(request.body)) {
    odd_thing("a body that is no JSON object");
    return error(400, {"error parsing JSON"});
  }
  const Call call{.request = request,
                  .path = decoded(path.substr(4)),
                  .name_space = std::string(request.header("X-Vault-Namespace").value_or("")),
                  .query = query};
  return serve(call);
}

Reply Vault::serve(const Call& call) {
  const auto token = call.request.header("X-Vault-Token");
  if (call.path.starts_with("auth/") && call.path.ends_with("/login")) {
    if (token) odd_thing("a token sent with a login");
    return log_in(call, call.path.substr(5, call.path.size() - 11));
  }
  if (!token || token->empty()) {
    odd_thing("no token");
    return denied();
  }
  const std::string name(*token);
  const auto known = tokens.find(name);
  if (known == tokens.end() || (known->second.expires != 0 && known->second.expires <= now)) {
    return error(403, {"2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"});
  }
  // A token is good in its own namespace and those below it.
  if (!call.name_space.starts_with(known->second.name_space)) return denied();
  Reply reply = under_token(call, name);
  if (const auto used = tokens.find(name); used != tokens.end() && used->second.uses > 0 && --used->second.uses == 0) {
    tokens.erase(used);
  }
  return reply;
}

Reply Vault::log_in(const Call& call, const std::string& method) {
  const auto login = logins.find(call.name_space.empty() ? method : call.name_space + "/" + method);
  if (login == logins.end()) return error(404, {"no handler for route \"" + call.path + "\". route entry not found."});
  if (call.request.method != "POST" && call.request.method != "PUT") return error(405, {"unsupported operation"});
  const Json body = object_in(call.request.body).value_or(Json::object());
  for (const auto& [name, value] : login->second.wants) {
    if (body.value(name, "") == value) continue;
    return name == "jwt" ? denied() : error(400, {"invalid role or secret ID"});
  }
  const std::string token = "hvs.login-" + std::to_string(++issued_);
  tokens[token] = login->second.grants;
  tokens[token].expires = now + login->second.lifetime;
  return json(200, {{"auth",
                     {{"client_token", token},
                      {"accessor", "accessor-of-it"},
                      {"lease_duration", login->second.lifetime},
                      {"renewable", true}}},
                    {"data", nullptr}});
}

Reply Vault::under_token(const Call& call, const std::string& name) {
  const Token token = tokens.at(name);
  if (call.path.starts_with("auth/token/")) return self(call, name);
  if (call.path == "sys/capabilities-self") return capabilities(call, token);
  if (call.path.starts_with("sys/internal/ui/mounts/")) return mount_of(call, token);
  return engine(call, token);
}

// ---- what a token may ask of itself -------------------------------------------------------------------------

Reply Vault::self(const Call& call, const std::string& name) {
  const Token& token = tokens.at(name);
  if (!token.default_policy) return denied();
  if (call.path == "auth/token/lookup-self" && call.request.method == "GET") {
    const std::int64_t left = token.expires == 0 ? 0 : token.expires - now;
    return json(200, {{"data",
                       {{"id", name},
                        {"ttl", left},
                        {"num_uses", token.uses},
                        {"renewable", token.renewable},
                        {"path", "auth/token/create"}}}});
  }
  if (call.path == "auth/token/revoke-self" && call.request.method == "POST") {
    revoked.insert(name);
    tokens.erase(name);
    return {.status = 204, .headers = {}, .body = {}};
  }
  return error(405, {"unsupported operation"});
}

std::set<std::string> Vault::capabilities_of(const Policy& policy, const std::string& path) {
  for (const auto& [rule, capabilities] : policy) {
    if (rule == path) return capabilities;
  }
  for (const auto& [rule, capabilities] : policy) {
    if (rule.ends_with('*') && path.starts_with(rule.substr(0, rule.size() - 1))) return capabilities;
  }
  return {"deny"};
}

bool Vault::may(const Token& token, const std::string& path, const std::string& capability) {
  const auto all = capabilities_of(token.policy, path);
  return all.contains(capability) || all.contains("root");
}

Reply Vault::capabilities(const Call& call, const Token& token) {
  if (!token.default_policy) return denied();
  const Json body = object_in(call.request.body).value_or(Json::object());
  if (call.request.method != "POST" || !body.contains("paths")) return error(400, {"missing paths"});
  Json data = Json::object();
  for (const std::string path : body["paths"]) data[path] = capabilities_of(token.policy, path);
  if (data.size() == 1) data["capabilities"] = *data.begin();
  Json reply = data;
  reply["data"] = data;
  return json(200, reply);
}

// ---- mounts -------------------------------------------------------------------------------------------------

std::map<std::string, Vault::Mount>::iterator Vault::mounted(const Call& call, const std::string& path) {
  const std::string whole = (call.name_space.empty() ? "" : call.name_space + "/") + path + "/";
  auto best = mounts.end();
  for (auto at = mounts.begin(); at != mounts.end(); ++at) {
    if (whole.starts_with(at->first + "/") && (best == mounts.end() || at->first.size() > best->first.size()))
      best = at;
  }
  return best;
}

Reply Vault::mount_of(const Call& call, const Token& token) {
  const std::string path = call.path.substr(std::string_view("sys/internal/ui/mounts/").size());
  const auto mount = mounted(call, path);
  bool known = false;  // some rule of the token's leads there
  for (const auto& [rule, capabilities] : token.policy) known = known || rule.starts_with(path) || rule == "*";
  if (mount == mounts.end() || !known) {
    return error(403,
                 {"preflight capability check returned 403, please ensure client's policies grant access to path \"" +
                  path + "/\""});
  }
  Json options = nullptr;
  if (mount->second.type == "kv" && mount->second.version == 2) options = {{"version", "2"}};
  return json(200, {{"data", {{"type", mount->second.type}, {"path", mount->first + "/"}, {"options", options}}}});
}

Reply Vault::engine(const Call& call, const Token& token) {
  const auto found = mounted(call, call.path);
  const std::string& method = call.request.method;
  if (method == "GET" && !may(token, call.path, "read")) return denied();
  if (method != "GET" && !may(token, call.path, "update") && !may(token, call.path, "create")) return denied();
  if (found == mounts.end()) return error(404, {"no handler for route \"" + call.path + "\". route entry not found."});
  Mount& mount = found->second;
  const std::string name = found->first.substr(call.name_space.empty() ? 0 : call.name_space.size() + 1);
  const std::string below = call.path.substr(std::min(call.path.size(), name.size() + 1));
  if (mount.version == 1) return flat(call, mount, below);
  if (!below.starts_with("data/") || below.ends_with('/')) {
    odd_thing("a path that this engine does not have");
    return error(404, {});
  }
  if (method == "GET") return read_data(call, mount, below.substr(5));
  if (method == "POST" || method == "PUT") return write_data(call, token, mount, below.substr(5));
  return error(405, {"unsupported operation"});
}

Reply Vault::flat(const Call& call, Mount& mount, const std::string& path) {
  if (call.request.method != "GET") {
    mount.flat[path] = call.request.body;
    return {.status = 204, .headers = {}, .body = {}};
  }
  const auto found = mount.flat.find(path);
  if (found == mount.flat.end()) return error(404, {});
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = envelope(found->second)};
}

// ---- version 2 ----------------------------------------------------------------------------------------------

Reply Vault::read_data(const Call& call, Mount& mount, const std::string& path) {
  const auto found = mount.secrets.find(path);
  if (found == mount.secrets.end() || found->second.current == 0) return error(404, {});
  const Secret& secret = found->second;
  std::uint64_t number = secret.current;
  if (behind_ > 0) {
    --behind_;
    if (call.request.header("X-Vault-Index")) return error(412, {"required index state not present"});
    --number;
  }
  if (const auto asked = query_value(call.query, "version")) number = std::stoull(*asked);
  const auto version = secret.versions.find(number);
  if (version == secret.versions.end()) return error(404, {});
  const bool gone = version->second.deleted || version->second.destroyed;
  const Json metadata = {{"version", number},
                         {"created_time", "2026-01-02T03:04:05.678901234Z"},
                         {"deletion_time", version->second.deleted ? "2026-02-02T03:04:05Z" : ""},
                         {"destroyed", version->second.destroyed},
                         {"custom_metadata", secret.custom_metadata}};
  const std::string data = gone ? "null" : escaped_for_html(version->second.data);
  return {.status = gone ? 404 : 200,
          .headers = {{"Content-Type", "application/json"}},
          .body = envelope("{\"data\":" + data + ",\"metadata\":" + metadata.dump() + "}")};
}

Reply Vault::write_data(const Call& call, const Token& token, Mount& mount, const std::string& path) {
  const bool there = mount.secrets.contains(path) && mount.secrets[path].current > 0;
  if (!may(token, call.path, there ? "update" : "create")) return denied();
  const Json body = object_in(call.request.body).value_or(Json::object());
  if (!body.contains("data") || !body["data"].is_object()) return error(400, {"no data provided"});
  const Json options = body.value("options", Json::object());
  Secret& secret = mount.secrets[path];
  if (!options.contains("cas")) {
    odd_thing("a write without cas");
    if (mount.cas_required || secret.cas_required)
      return error(400, {"check-and-set parameter required for this call"});
  } else if (options["cas"] != secret.current) {
    return error(400, {"check-and-set parameter did not match the current version"});
  }
  add_version(mount, secret, raw_data(call.request.body, body["data"]));
  behind_ = lag;
  Reply reply = json(200, {{"data",
                            {{"version", secret.current},
                             {"created_time", "2026-01-02T03:04:05.678901234Z"},
                             {"deletion_time", ""},
                             {"destroyed", false},
                             {"custom_metadata", secret.custom_metadata}}}});
  if (lag > 0 && tells_index) reply.headers.emplace_back("X-Vault-Index", "v1:state-" + std::to_string(++writes_));
  return reply;
}

}  // namespace simulated_stores
