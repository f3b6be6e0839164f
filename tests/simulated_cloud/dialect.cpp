#include "dialect.hpp"

#include <nlohmann/json.hpp>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

constexpr QueryService iam{"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"};
constexpr QueryService sts{"sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"};

std::string query_error(const QueryService& service, const ApiError& error, const std::string& request_id) {
  // Unlike in a success, RequestId stands right under the root.
  return "<ErrorResponse xmlns=\"" + std::string{service.xml_namespace} + "\">\n  <Error>\n    " +
         element("Type", error.status < 500 ? "Sender" : "Receiver") + "\n    " + element("Code", error.code) +
         "\n    " + element("Message", error.what()) + "\n  </Error>\n  " + element("RequestId", request_id) +
         "\n</ErrorResponse>\n";
}

Reply typed(int status, const char* type, std::string body) {
  return {.status = status, .headers = {{"Content-Type", type}}, .body = std::move(body)};
}

}  // namespace

Dialect dialect_of(const Request& request, const std::string& scope_service, std::string_view version) {
  Dialect out{.service = scope_service, .query = nullptr, .json = false};
  if (scope_service == iam.name) {
    out.query = &iam;
  } else if (scope_service == sts.name) {
    out.query = &sts;
  } else if (scope_service.empty()) {
    out.query = version == sts.version ? &sts : &iam;
  } else {
    out.json = request.header("content-type").value_or("").starts_with("application/x-amz-json");
  }
  return out;
}

Reply success_reply(const Dialect& dialect, const std::string& action, const std::string& result,
                    const std::string& request_id) {
  return typed(200, "text/xml",
               "<" + action + "Response xmlns=\"" + std::string{dialect.query->xml_namespace} + "\">\n  " + result +
                   "\n  " + nested("ResponseMetadata", element("RequestId", request_id)) + "\n</" + action +
                   "Response>\n");
}

Reply json_reply(std::string body) { return typed(200, "application/x-amz-json-1.1", std::move(body)); }

Reply data_plane_reply(const Dialect& dialect, const std::string& account_id) {
  if (dialect.json) return json_reply("{}");
  return typed(
      200, "application/xml",
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
          nested("ListAllMyBucketsResult", nested("Owner", element("ID", account_id)) + nested("Buckets", "")));
}

ApiError in_the_words_of(const Dialect& dialect, const ApiError& error) {
  if (dialect.acs) return acs_words(dialect, error);
  if (error.code != "InvalidClientTokenId" || dialect.query) return error;
  if (dialect.service == "s3") {
    return {403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."};
  }
  if (dialect.service == "ec2") {
    return {401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
  }
  if (dialect.json) {
    return {400, "UnrecognizedClientException", "The security token included in the request is invalid."};
  }
  return error;
}

Reply error_reply(const Dialect& dialect, const ApiError& plain, const std::string& request_id) {
  const ApiError error = in_the_words_of(dialect, plain);
  if (error.code.empty()) return typed(error.status, "text/html", error.what());
  if (dialect.acs) return acs_failure(dialect, error, request_id);
  if (dialect.query) return typed(error.status, "text/xml", query_error(*dialect.query, error, request_id));
  if (dialect.json) {
    const nlohmann::json body{{"__type", error.code}, {"message", error.what()}};
    return typed(error.status, "application/x-amz-json-1.1",
                 body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return typed(error.status, "application/xml",
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
                   nested("Error", element("Code", error.code) + element("Message", error.what()) +
                                       element("RequestId", request_id)));
}

std::optional<ApiError> forced_error(FaultKind kind) {
  switch (kind) {
    case FaultKind::error_500_after:
    case FaultKind::error_500_before:
      return ApiError(500, "ServiceFailure", "The request processing has failed because of an unknown error.");
    case FaultKind::error_503_before:
      return ApiError(503, "ServiceUnavailable", "Service is unavailable. Please try again later.");
    case FaultKind::html_502_before: return ApiError(502, "", "<html><body><h1>502 Bad Gateway</h1></body></html>\n");
    case FaultKind::throttle: return ApiError(400, "Throttling", "Rate exceeded");
    case FaultKind::expired_token:
      return ApiError(403, "ExpiredToken", "The security token included in the request is expired");
    case FaultKind::access_denied:
      return ApiError(403, "AccessDenied", "User is not authorized to perform this action");
    case FaultKind::no_such_entity: return ApiError(404, "NoSuchEntity", "The entity cannot be found.");
    case FaultKind::drop_request:
    case FaultKind::drop_reply:
    case FaultKind::cut_reply:
    case FaultKind::close_after:
    case FaultKind::garbage:
    case FaultKind::leak:
    case FaultKind::slow_before:
    case FaultKind::slow_after:
    case FaultKind::act_before:
    case FaultKind::act_after: break;
  }
  return std::nullopt;
}

}  // namespace simulated_cloud
