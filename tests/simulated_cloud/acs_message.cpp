#include "acs_message.hpp"

#include <algorithm>
#include <array>

namespace simulated_cloud {
namespace {

struct Known {
  std::string_view version, service;
};
// One version of each API is told from all others here, as the real endpoints tell them by their names.
constexpr std::array<Known, 5> apis{{{"2015-05-01", "ram"},
                                     {"2015-04-01", "sts"},
                                     {"2019-08-15", "ims"},
                                     {"2020-07-06", "actiontrail"},
                                     {"2016-01-20", "kms"}}};
constexpr std::array<Known, 5> data_planes{{{"2014-05-26", "ecs"},
                                            {"2014-08-15", "rds"},
                                            {"2014-05-15", "slb"},
                                            {"2016-04-28", "vpc"},
                                            {"2015-01-09", "alidns"}}};

template <std::size_t Size>
std::string_view named(const std::array<Known, Size>& table, std::string_view version) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Known& known) { return known.version == version; });
  return found == table.end() ? std::string_view{} : found->service;
}

// "ecs.cn-hangzhou.aliyuncs.com" is a name; "127.0.0.1:8080" is not.
bool is_name(std::string_view host) {
  return !host.empty() && host[0] >= 'a' && host[0] <= 'z' && host.find('.') < host.size();
}

void name_service(AcsMessage& message, const Request& request) {
  const auto labels = split(message.host, '.');
  if (is_name(message.host) && labels.size() == 4 && labels[2] == "aliyuncs") message.region = labels[1];
  if (message.region.empty()) message.region = request.header("x-acs-region-id").value_or("");
  if (message.region.empty()) message.region = rpc_value(message.pairs, "RegionId");
  message.service = named(apis, message.version);
  if (message.service.empty() && is_name(message.host)) message.service = labels[0];
  if (message.service.empty()) message.service = named(data_planes, message.version);
  if (message.service.empty()) message.service = "ecs";
}

void read_v3(AcsMessage& message, const Request& request) {
  const auto header = [&](const char* name) { return std::string{request.header(name).value_or("")}; };
  message.action = header("x-acs-action");
  message.version = header("x-acs-version");
  message.v3 = read_acs3(request);
  message.nonce = header("x-acs-signature-nonce");
  message.date = header("x-acs-date");
  message.token = header("x-acs-security-token");
  if (message.v3) message.access_key = message.v3->access_key;
  const bool whole = message.v3 && !message.nonce.empty() && !message.date.empty() && !message.action.empty() &&
                     !message.version.empty() && request.header("x-acs-content-sha256");
  message.verdict = whole ? Verdict::ok : Verdict::incomplete;
}

void read_v1(AcsMessage& message) {
  const auto value = [&](const char* name) { return rpc_value(message.pairs, name); };
  message.action = value("Action");
  message.version = value("Version");
  message.xml = lower(value("Format")) != "json";
  message.access_key = value("AccessKeyId");
  message.nonce = value("SignatureNonce");
  message.date = value("Timestamp");
  message.token = value("SecurityToken");
  if (message.access_key.empty() && value("Signature").empty()) return;  // nobody signed it
  message.verdict = check_rpc(message.pairs);
}

[[noreturn]] void unknown_key() {
  throw ApiError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
}

User* user_or_null(Account& home, const std::string& name) {
  const auto found = home.users.find(name);
  return found == home.users.end() ? nullptr : &found->second;
}

Identity identify_session(World& world, const Session& session, const AcsMessage& message) {
  if (message.token.empty()) {
    throw ApiError(400, "MissingSecurityToken", "SecurityToken is mandatory for this access key.");
  }
  if (message.token != session.token) {
    throw ApiError(400, "InvalidSecurityToken.MismatchWithAccessKey",
                   "Specified SecurityToken mismatch with the AccessKey.");
  }
  const Account& home = world.account(session.account_id);
  const auto role = home.roles.find(session.role);
  if (home.partition != "acs" || role == home.roles.end()) unknown_key();
  Identity out{.caller = {.access_key = session.access_key,
                          .account_id = home.id,
                          .partition = home.partition,
                          .arn = "acs:ram::" + home.id + ":assumed-role/" + session.role + "/" + session.name,
                          .user_id = role->second.id + ":" + session.name,
                          .user_name = {},
                          .session_without_mfa = false,
                          .policy = role->second.policy},
               .secret = session.secret,
               .long_term = false,
               .refusal = {}};
  if (session.expires <= world.now()) {
    out.refusal = ApiError(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
  }
  return out;
}

}  // namespace

std::optional<AcsMessage> read_acs(const Request& request) {
  const bool v3 = is_acs3(request);
  if (!v3 && request.header("authorization")) return std::nullopt;  // AWS's
  const bool marked = std::any_of(request.headers.begin(), request.headers.end(),
                                  [](const auto& header) { return lower(header.first).starts_with("x-acs-"); });
  AcsMessage out;
  out.pairs = rpc_pairs(request);
  const auto given = [&](const char* name) { return !rpc_value(out.pairs, name).empty(); };
  const bool v1 = given("SignatureMethod") || (given("Signature") && given("AccessKeyId")) || given("SignatureNonce") ||
                  !named(apis, rpc_value(out.pairs, "Version")).empty();
  if (!v3 && !v1 && !marked) return std::nullopt;
  // Even V1 clients send x-acs-action; only the Authorization header makes it V3.
  v3 || !v1 ? read_v3(out, request) : read_v1(out);
  if (!v3 && !v1) out.verdict = Verdict::missing;
  for (const auto& [name, value] : out.pairs) out.parameters.emplace(name, value);
  out.host = request.header("host").value_or("");
  name_service(out, request);
  return out;
}

bool is_data_plane(const AcsMessage& message) { return named(apis, message.version).empty(); }

Identity identify_acs(World& world, const AcsMessage& message) {
  if (const Session* session = world.find_session(message.access_key)) {
    return identify_session(world, *session, message);
  }
  const AccessKey* key = world.find_key(message.access_key);
  if (!key || !world.is_acs(key->account_id)) unknown_key();
  if (!message.token.empty()) {
    throw ApiError(400, "InvalidSecurityToken.MismatchWithAccessKey",
                   "Specified SecurityToken mismatch with the AccessKey.");
  }
  const auto status = world.effective_status(*key);
  const User* user = user_or_null(world.account(key->account_id), key->user_name);
  if (!status || !user) unknown_key();
  Identity out{.caller = {.access_key = key->id,
                          .account_id = user->account_id,
                          .partition = "acs",
                          .arn = world.user_arn(*user),
                          .user_id = user->id,
                          .user_name = user->name,
                          .session_without_mfa = false,
                          .policy = user->policy},
               .secret = key->secret,
               .long_term = true,
               .refusal = {}};
  if (*status != KeyStatus::active) {
    out.refusal = ApiError(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.");
  }
  return out;
}

Verdict verify_acs(const Request& request, const AcsMessage& message, std::string_view secret, Time now) {
  constexpr std::chrono::minutes window{15};
  const Verdict verdict =
      message.v3 ? verify_acs3(request, *message.v3, secret) : verify_rpc(request, message.pairs, secret);
  if (verdict != Verdict::ok) return verdict;
  const auto sent = message.date.ends_with('Z') ? parse_iso8601(message.date) : std::nullopt;
  if (!sent) return Verdict::bad_date;
  if (*sent < now - window) return Verdict::expired;
  if (*sent > now + window) return Verdict::not_yet;
  return Verdict::ok;
}

void refuse_acs(Verdict verdict, const Request& request, const AcsMessage& message) {
  switch (verdict) {
    case Verdict::missing: throw ApiError(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.");
    case Verdict::incomplete:
    case Verdict::unsigned_header:
      throw ApiError(400, "IncompleteSignature",
                     "The request signature does not conform to Aliyun standards; a part of it is missing.");
    case Verdict::bad_date:
      throw ApiError(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
    case Verdict::expired:
    case Verdict::not_yet:
      throw ApiError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
    case Verdict::bad_payload:
      throw ApiError(400, "SignatureDoesNotMatch", "The x-acs-content-sha256 header is not the hash of the body.");
    case Verdict::ok:
    case Verdict::bad_scope:
    case Verdict::bad: break;
  }
  const std::string to_sign = message.v3 ? acs3_string_to_sign(acs3_canonical_request(request, *message.v3))
                                         : rpc_string_to_sign(request.method, message.pairs);
  throw ApiError(400, "SignatureDoesNotMatch",
                 "Specified signature is not matched with our calculation. server string to sign is:" + to_sign);
}

}  // namespace simulated_cloud
