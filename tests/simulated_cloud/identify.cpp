#include <algorithm>

#include "api.hpp"

namespace simulated_cloud {
namespace {

[[noreturn]] void invalid_token() {
  throw ApiError(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
}

User* user_or_null(World& world, const std::string& account, const std::string& name) {
  auto& users = world.account(account).users;
  const auto found = users.find(name);
  return found == users.end() ? nullptr : &found->second;
}

Caller caller_of(World& world, const User& user, const std::string& access_key) {
  return {.access_key = access_key,
          .account_id = user.account_id,
          .partition = world.account(user.account_id).partition,
          .arn = world.user_arn(user),
          .user_id = user.id,
          .user_name = user.name,
          .session_without_mfa = false,
          .policy = user.policy};
}

Identity identify_session(World& world, const Session& session, std::string_view token) {
  if (token != session.token) invalid_token();
  Identity out{.caller = {}, .secret = session.secret, .long_term = false, .refusal = {}};
  if (!session.user_name.empty()) {
    const User* user = user_or_null(world, session.account_id, session.user_name);
    if (!user) invalid_token();
    out.caller = caller_of(world, *user, session.access_key);
    out.caller.session_without_mfa = !session.mfa;
  } else {
    const Account& home = world.account(session.account_id);
    const auto role = home.roles.find(session.role);
    if (role == home.roles.end() || home.partition == "acs") invalid_token();
    out.caller = {
        .access_key = session.access_key,
        .account_id = home.id,
        .partition = home.partition,
        .arn = "arn:" + home.partition + ":sts::" + home.id + ":assumed-role/" + session.role + "/" + session.name,
        .user_id = role->second.id + ":" + session.name,
        .user_name = {},
        .session_without_mfa = false,
        .policy = role->second.policy};
  }
  if (session.expires <= world.now()) {
    out.refusal = ApiError(403, "ExpiredToken", "The security token included in the request is expired");
  }
  return out;
}

// "eu-west-1", "us-gov-west-1": words, then a digit.
bool looks_like_region(std::string_view text) {
  const auto parts = split(text, '-');
  return parts.size() >= 3 && parts.back().size() == 1 && parts.back()[0] >= '0' && parts.back()[0] <= '9' &&
         std::all_of(parts.begin(), parts.end() - 1, [](std::string_view part) {
           return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= 'a' && c <= 'z'; });
         });
}

}  // namespace

Identity identify(World& world, const Request& request, const Claim& claim) {
  const std::string_view token = request.header("x-amz-security-token").value_or("");
  if (const Session* session = world.find_session(claim.scope.access_key)) {
    return identify_session(world, *session, token);
  }
  const AccessKey* key = world.find_key(claim.scope.access_key);
  if (!key || !token.empty() || world.is_acs(key->account_id)) invalid_token();
  const auto status = world.effective_status(*key);
  const User* user = user_or_null(world, key->account_id, key->user_name);
  if (!status || !user) invalid_token();
  Identity out{.caller = caller_of(world, *user, key->id), .secret = key->secret, .long_term = true, .refusal = {}};
  if (*status != KeyStatus::active) {
    out.refusal = ApiError(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
  }
  return out;
}

void refuse(Verdict verdict, const Request& request, Time now) {
  const std::string sent{request.header("x-amz-date").value_or("")};
  switch (verdict) {
    case Verdict::missing: throw ApiError(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    case Verdict::incomplete:
      throw ApiError(400, "IncompleteSignature", "Authorization header is not a valid AWS4-HMAC-SHA256 credential.");
    case Verdict::unsigned_header:
      throw ApiError(403, "SignatureDoesNotMatch",
                     "'Host' and each 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization, in order.");
    case Verdict::bad_date:
      throw ApiError(400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '" + sent + "'.");
    case Verdict::bad_scope:
      throw ApiError(403, "SignatureDoesNotMatch",
                     "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.");
    case Verdict::expired:
      throw ApiError(403, "SignatureDoesNotMatch",
                     "Signature expired: " + sent + " is now earlier than " + amz_date(now - std::chrono::minutes{15}) +
                         " (" + amz_date(now) + " - 15 min.)");
    case Verdict::not_yet:
      throw ApiError(403, "SignatureDoesNotMatch",
                     "Signature not yet current: " + sent + " is still later than " +
                         amz_date(now + std::chrono::minutes{15}) + " (" + amz_date(now) + " + 15 min.)");
    case Verdict::bad_payload:
      throw ApiError(400, "XAmzContentSHA256Mismatch",
                     "The provided 'x-amz-content-sha256' header does not match what was computed.");
    case Verdict::ok:
    case Verdict::bad: break;
  }
  throw ApiError(403, "SignatureDoesNotMatch",
                 "The request signature we calculated does not match the signature you provided. Check your AWS "
                 "Secret Access Key and signing method. Consult the service documentation for details.");
}

void check_region(const World& world, const Caller& caller, const Scope& scope) {
  if (!world.options.check_region) return;
  if (scope.service == "iam") {
    const std::string expected = caller.partition == "aws-cn"       ? "cn-north-1"
                                 : caller.partition == "aws-us-gov" ? "us-gov-west-1"
                                                                    : "us-east-1";
    if (scope.region == expected) return;
    throw ApiError(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
  }
  if (looks_like_region(scope.region)) return;
  throw ApiError(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
}

}  // namespace simulated_cloud
