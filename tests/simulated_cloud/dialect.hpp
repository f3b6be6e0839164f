// How each kind of service words its replies: IAM and STS (Query XML), JSON services, S3-like ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud.hpp"

namespace simulated_cloud {

struct QueryService {
  std::string_view name, version, xml_namespace;
};

struct Dialect {
  std::string service;                  // as the credential scope names it
  const QueryService* query = nullptr;  // IAM or STS
  bool json = false;
  // Alibaba's only:
  bool acs = false, xml = false;
  bool names_key = false;  // the request is about an access key
  std::string host;
};

// The scope says which service the caller means; without a scope, the version does.
[[nodiscard]] Dialect dialect_of(const Request& request, const std::string& scope_service, std::string_view version);

[[nodiscard]] Reply success_reply(const Dialect& dialect, const std::string& action, const std::string& result,
                                  const std::string& request_id);
// Every call of a service other than IAM and STS gets the same empty success.
[[nodiscard]] Reply json_reply(std::string body);
[[nodiscard]] Reply data_plane_reply(const Dialect& dialect, const std::string& account_id);
// An error without a code is an HTML page, as a proxy in between would send it.
[[nodiscard]] Reply error_reply(const Dialect& dialect, const ApiError& error, const std::string& request_id);
// The code that error_reply() puts on the wire; not all services name an unknown key alike.
[[nodiscard]] ApiError in_the_words_of(const Dialect& dialect, const ApiError& error);

// The error that a fault answers with instead of the work; nullopt for faults of other kinds.
[[nodiscard]] std::optional<ApiError> forced_error(FaultKind kind);

}  // namespace simulated_cloud
