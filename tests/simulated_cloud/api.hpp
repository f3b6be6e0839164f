// The IAM and STS Query APIs over a World: parameters in, XML out, errors as ApiError.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sigv4.hpp"
#include "world.hpp"

namespace simulated_cloud {

struct Call {
  World& world;
  const Caller& caller;
  std::string_view action;
  const Parameters& parameters;
  std::string* created_key;  // for the request log

  [[nodiscard]] std::string get(std::string_view name, std::string_view otherwise = {}) const;
  // ApiError 400 ValidationError if it is missing or empty.
  [[nodiscard]] std::string need(std::string_view name) const;
  // An integer within the bounds, or 400 ValidationError.
  [[nodiscard]] long number(std::string_view name, long otherwise, long least, long most) const;
  // Name.member.1, .2, …
  [[nodiscard]] std::vector<std::string> members(std::string_view name) const;
  // Throws 403 AccessDenied unless the caller's policy allows `service:action` on the resource.
  void require(std::string_view service, const std::string& resource) const;
};

// Pages: the marker is opaque, belongs to one list, and only a verbatim copy is accepted.
[[nodiscard]] std::string seal_marker(std::string_view list, std::string_view last);
// The name that the page before ended with; empty at the start.
[[nodiscard]] std::string open_marker(const Call& call, std::string_view list, std::string_view parameter = "Marker");
// MaxItems, but not more than options.page_cap.
[[nodiscard]] std::size_t page_size(const Call& call);

// What goes between <XResponse> and <ResponseMetadata>: the Result element, or nothing where the service sends none.
[[nodiscard]] std::string answer_iam(const Call& call);
[[nodiscard]] std::string answer_sts(const Call& call);
// The whole body of a reply in the JSON protocol; `body` is the request's.
[[nodiscard]] std::string answer_cloudtrail(const Call& call, const std::string& region, std::string_view body);
// AssumeRoleWithWebIdentity, the one call that nobody signs.
[[nodiscard]] std::string answer_web_identity(const Call& call);

[[nodiscard]] std::string element(std::string_view name, std::string_view text);
[[nodiscard]] std::string nested(std::string_view name, std::string_view inner);
[[nodiscard]] std::string timestamp(const World& world, std::string_view name, Time time);

// Credential reports (report.cpp).
[[nodiscard]] std::string generate_report(const Call& call);
[[nodiscard]] std::string get_report(const Call& call);

// Who may act: what the credential store says before any signature is checked (identify.cpp).
struct Identity {
  Caller caller;
  std::string secret;
  bool long_term = false;
  std::optional<ApiError> refusal;  // known, but Inactive or expired
};
// Throws InvalidClientTokenId for a key that is unknown, deleted, not yet propagated, or has the wrong token.
[[nodiscard]] Identity identify(World& world, const Request& request, const Claim& claim);
// Turns what verify() found into the service's own error.
[[noreturn]] void refuse(Verdict verdict, const Request& request, Time now);
// The scope must name a region of the service (IAM: its partition's one).
void check_region(const World& world, const Caller& caller, const Scope& scope);

}  // namespace simulated_cloud
