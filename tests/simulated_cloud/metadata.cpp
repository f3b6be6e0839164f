// Where programs on the clouds' own machines get their credentials. AWS: the instance metadata service (IMDSv2 only)
// and the container credentials endpoint (EC2 user guide, "Use IMDSv2"; SDKs reference, "Container credential
// provider"). Alibaba: the metadata server of ECS in security hardening mode, and a credentials URI.
#include "metadata.hpp"

#include <nlohmann/json.hpp>

namespace simulated_cloud {
namespace {

constexpr std::string_view credentials_path = "/latest/meta-data/iam/security-credentials/";

constexpr std::string_view acs_credentials_path = "/latest/meta-data/ram/security-credentials/";

Reply plain(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
}

Reply token(const Request& request) {
  const bool asked = request.header("x-aws-ec2-metadata-token-ttl-seconds") ||
                     request.header("x-aliyun-ecs-metadata-token-ttl-seconds");
  if (request.method != "PUT" || !asked) return plain(400, "");
  return plain(200, std::string{metadata_token});
}

// What is the machine's own role: the first of the first account of that cloud.
struct Machine {
  const Account& home;
  const Role& role;
};

std::optional<Machine> machine(World& world, bool acs) {
  for (const auto& account : world.accounts()) {
    const bool right = (account.second.partition == "acs") == acs;
    if (right && !account.second.roles.empty()) {
      return Machine{.home = account.second, .role = account.second.roles.begin()->second};
    }
  }
  return std::nullopt;
}

// An empty name asks for the role's name, "*" stands for it.
Reply credentials(World& world, std::string_view name, bool acs) {
  const auto found = machine(world, acs);
  if (!found) return plain(404, "");
  if (name.empty()) return plain(200, found->role.name);
  if (name != found->role.name && name != "*") return plain(404, "");
  const Session& session =
      world.open_role_session(found->home, found->role, "i-0123456789abcdef0", std::chrono::hours{6});
  nlohmann::json body{{"Code", "Success"},
                      {"AccessKeyId", session.access_key},
                      {acs ? "AccessKeySecret" : "SecretAccessKey", session.secret},
                      {acs ? "SecurityToken" : "Token", session.token},
                      {"Expiration", iso8601(session.expires)}};
  if (acs) {
    body["LastUpdated"] = iso8601(world.now());
  } else {
    body["Type"] = "AWS-HMAC";
  }
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
}

}  // namespace

std::optional<Reply> answer_metadata(World& world, const Request& request) {
  const std::string_view target = request.target;
  if (target == "/latest/api/token") return token(request);
  if (target.starts_with(credentials_path)) {
    if (request.header("x-aws-ec2-metadata-token") != metadata_token) return plain(401, "");
    return credentials(world, target.substr(credentials_path.size()), false);
  }
  if (target.starts_with(acs_credentials_path)) {
    if (request.header("x-aliyun-ecs-metadata-token") != metadata_token) return plain(403, "");
    return credentials(world, target.substr(acs_credentials_path.size()), true);
  }
  if (target == "/_container/credentials") {
    if (request.header("authorization") != metadata_token) return plain(403, "");
    return credentials(world, "*", false);
  }
  if (target == "/_uri/credentials") return credentials(world, "*", true);
  return std::nullopt;
}

}  // namespace simulated_cloud
