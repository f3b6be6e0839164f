// How Alibaba's services word what they say: JSON, or XML where V1 asks for nothing else.
#include <array>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

struct Words {
  std::string_view aws;
  int status;
  std::string_view code;
};
// RAM's error page, and the gateway's codes.
constexpr std::array<Words, 10> table{{
    {"AccessDenied", 403, "NoPermission"},
    {"Throttling", 400, "Throttling.User"},
    {"ExpiredToken", 400, "InvalidSecurityToken.Expired"},
    {"ServiceFailure", 500, "InternalError"},
    {"LimitExceeded", 409, "LimitExceeded.User.AccessKey"},
    {"DeleteConflict", 409, "DeleteConflict.User.AccessKey"},
    {"EntityAlreadyExists", 409, "EntityAlreadyExists.User"},
    {"ValidationError", 400, "InvalidParameter"},
    {"InvalidAction", 404, "InvalidAction.NotFound"},
    {"MissingAction", 400, "MissingAction"},
}};

std::string xml_of(std::string_view name, const Json& value) {
  if (value.is_array()) {
    std::string out;
    for (const Json& item : value) out += xml_of(name, item);
    return out;
  }
  if (!value.is_object()) return element(name, value.is_string() ? value.get<std::string>() : value.dump());
  std::string inner;
  for (const auto& item : value.items()) inner += xml_of(item.key(), item.value());
  return nested(name, inner);
}

Reply said(const Dialect& dialect, int status, const std::string& root, const Json& body) {
  if (dialect.xml) {
    return {.status = status,
            .headers = {{"Content-Type", "text/xml;charset=utf-8"}},
            .body = "<?xml version='1.0' encoding='UTF-8'?>" + xml_of(root, body)};
  }
  return {.status = status,
          .headers = {{"Content-Type", "application/json;charset=utf-8"}},
          .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace

Reply acs_success(const Dialect& dialect, const std::string& action, Json result, const std::string& request_id) {
  result["RequestId"] = request_id;
  return said(dialect, 200, action + "Response", result);
}

Reply acs_failure(const Dialect& dialect, const ApiError& error, const std::string& request_id) {
  Json body{{"RequestId", request_id}, {"HostId", dialect.host}, {"Code", error.code}, {"Message", error.what()}};
  if (error.code == "NoPermission") {
    body["AccessDeniedDetail"] = {{"PolicyType", "AccountLevelIdentityBasedPolicy"},
                                  {"NoPermissionType", "ImplicitDeny"}};
  } else {
    body["Recommend"] = "https://api.aliyun.com/troubleshoot?q=" + error.code;
  }
  return said(dialect, error.status, "Error", body);
}

ApiError acs_words(const Dialect& dialect, const ApiError& error) {
  const std::string text = error.what();
  if (error.code == "NoSuchEntity") {
    // A fault's text names nothing; then what the request names is what is not there.
    const bool key = text.starts_with("The Access Key") || (text.starts_with("The entity") && dialect.names_key);
    return {404, key ? "EntityNotExist.User.AccessKey" : "EntityNotExist.User", text};
  }
  for (const Words& words : table) {
    if (error.code == words.aws) return {words.status, std::string{words.code}, text};
  }
  return error;
}

}  // namespace simulated_cloud
