// Where programs on AWS's own machines get their credentials: the instance metadata service (IMDSv2 only) and the
// container credentials endpoint (EC2 user guide, "Use IMDSv2"; SDKs reference, "Container credential provider").
#include "metadata.hpp"

#include <nlohmann/json.hpp>

namespace simulated_cloud {
namespace {

constexpr std::string_view credentials_path = "/latest/meta-data/iam/security-credentials/";

Reply plain(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
}

Reply token(const Request& request) {
  if (request.method != "PUT" || !request.header("x-aws-ec2-metadata-token-ttl-seconds")) return plain(400, "");
  return plain(200, std::string{metadata_token});
}

// The first role of the first account is the machine's.
Reply credentials(World& world, std::string_view name) {
  for (const auto& [id, account] : world.accounts()) {
    if (account.roles.empty()) continue;
    const Role& role = account.roles.begin()->second;
    if (name.empty()) return plain(200, role.name);
    if (name != role.name && name != "*") break;
    const Session& session = world.open_role_session(account, role, "i-0123456789abcdef0", std::chrono::hours{6});
    const nlohmann::json body{{"Code", "Success"},
                              {"Type", "AWS-HMAC"},
                              {"AccessKeyId", session.access_key},
                              {"SecretAccessKey", session.secret},
                              {"Token", session.token},
                              {"Expiration", iso8601(session.expires)}};
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
  }
  return plain(404, "");
}

}  // namespace

std::optional<Reply> answer_metadata(World& world, const Request& request) {
  const std::string_view target = request.target;
  if (target == "/latest/api/token") return token(request);
  if (target.starts_with(credentials_path)) {
    if (request.header("x-aws-ec2-metadata-token") != metadata_token) return plain(401, "");
    return credentials(world, target.substr(credentials_path.size()));
  }
  if (target == "/_container/credentials") {
    if (request.header("authorization") != metadata_token) return plain(403, "");
    return credentials(world, "*");
  }
  return std::nullopt;
}

}  // namespace simulated_cloud
