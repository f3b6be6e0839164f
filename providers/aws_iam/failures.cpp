#include "providers/aws_iam/failures.hpp"

#include <algorithm>
#include <array>

#include "providers/aws_iam/xml.hpp"

namespace aws_iam {

using calling::Meaning;
using calling::Remedy;
using rotation::Refusal;

namespace {

// LimitExceeded is the quota of two keys, not a throttle; LimitExceededException belongs to other services.
constexpr std::array classes{
    Meaning{"NoSuchEntity", Refusal::no_such_entity},
    Meaning{"LimitExceeded", Refusal::limit_exceeded},
    Meaning{"EntityTemporarilyUnmodifiable", Refusal::other},
    Meaning{"ConcurrentModification", Refusal::other, Remedy::wait},
    Meaning{"InvalidInput", Refusal::invalid},
    Meaning{"ValidationError", Refusal::invalid},
    Meaning{"MalformedInput", Refusal::invalid},
    Meaning{"MalformedQueryString", Refusal::invalid},
    Meaning{"MalformedPolicyDocument", Refusal::invalid},
    Meaning{"PackedPolicyTooLarge", Refusal::invalid},
    Meaning{"InvalidAction", Refusal::invalid},
    Meaning{"InvalidParameterValue", Refusal::invalid},
    Meaning{"InvalidParameterCombination", Refusal::invalid},
    Meaning{"InvalidQueryParameter", Refusal::invalid},
    Meaning{"MissingAction", Refusal::invalid},
    Meaning{"MissingParameter", Refusal::invalid},
    Meaning{"MissingAuthenticationToken", Refusal::invalid},
    Meaning{"IncompleteSignature", Refusal::invalid},
    Meaning{"Throttling", Refusal::throttled, Remedy::wait},
    Meaning{"ThrottlingException", Refusal::throttled, Remedy::wait},
    Meaning{"ThrottledException", Refusal::throttled, Remedy::wait},
    Meaning{"RequestThrottled", Refusal::throttled, Remedy::wait},
    Meaning{"RequestThrottledException", Refusal::throttled, Remedy::wait},
    Meaning{"TooManyRequestsException", Refusal::throttled, Remedy::wait},
    Meaning{"RequestLimitExceeded", Refusal::throttled, Remedy::wait},
    Meaning{"SlowDown", Refusal::throttled, Remedy::wait},
    Meaning{"PriorRequestNotComplete", Refusal::throttled, Remedy::wait},
    Meaning{"RequestTimeout", Refusal::other, Remedy::wait, false},
    Meaning{"RequestTimeoutException", Refusal::other, Remedy::wait, false},
    Meaning{"ServiceFailure", Refusal::other, Remedy::wait, false},
    Meaning{"InternalFailure", Refusal::other, Remedy::wait, false},
    Meaning{"InternalError", Refusal::other, Remedy::wait, false},
    Meaning{"ServiceUnavailable", Refusal::other, Remedy::wait, false},
    Meaning{"IDPCommunicationError", Refusal::other, Remedy::wait},
    Meaning{"AccessDenied", Refusal::denied},
    Meaning{"AccessDeniedException", Refusal::denied},
    Meaning{"UnauthorizedOperation", Refusal::denied},
    Meaning{"OptInRequired", Refusal::denied},
    Meaning{"RegionDisabledException", Refusal::denied},
    Meaning{"IDPRejectedClaim", Refusal::denied},
    Meaning{"InvalidIdentityToken", Refusal::denied},
    Meaning{"InvalidClientTokenId", Refusal::invalid_credentials},
    Meaning{"UnrecognizedClientException", Refusal::invalid_credentials},
    Meaning{"InvalidAccessKeyId", Refusal::invalid_credentials},
    Meaning{"SignatureDoesNotMatch", Refusal::denied},  // or the clock, see below
    Meaning{"InvalidSignatureException", Refusal::denied},
    Meaning{"RequestExpired", Refusal::clock, Remedy::clock},
    Meaning{"RequestTimeTooSkewed", Refusal::clock, Remedy::clock},
    Meaning{"RequestInTheFuture", Refusal::clock, Remedy::clock},
    Meaning{"ExpiredToken", Refusal::expired_session, Remedy::new_session},
    Meaning{"ExpiredTokenException", Refusal::expired_session, Remedy::new_session},
    Meaning{"ReportNotPresent", Refusal::other},
    Meaning{"ReportExpired", Refusal::other},
    Meaning{"ReportInProgress", Refusal::other},
};

struct ErrorDocument {
  std::string code;  // empty: the body is not an error document
  std::string request_id;
  bool about_the_clock = false;
};

// Error replies of IAM and STS differ in namespace, and front ends in the place of the request id.
ErrorDocument read_document(http::Response& response) {
  ErrorDocument found;
  if (const auto* id = response.header("x-amzn-RequestId")) found.request_id = calling::plain(*id, "-", 64);
  const auto xml = Xml::parse(std::move(response.body));
  if (!xml) return found;
  const auto root = xml->root();
  const auto errors = root.child("Errors");
  const auto error = errors.exists() ? errors.child("Error") : root.name() == "Error" ? root : root.child("Error");
  found.code = calling::plain(error.child("Code").text(), "._-:", 128);
  for (const auto& place : {root.child("RequestId"), root.child("RequestID"), error.child("RequestId")}) {
    if (found.request_id.empty()) found.request_id = calling::plain(place.text(), "-", 64);
  }
  const auto message = error.child("Message").text();
  found.about_the_clock = message.find("Signature expired") != std::string_view::npos ||
                          message.find("Signature not yet current") != std::string_view::npos;
  return found;
}

}  // namespace

calling::Setback read_failure(http::Response response, std::string_view action, http::SysMillis now) {
  const auto wait = http::retry_after(response, now);
  const int status = response.status;
  const auto document = read_document(response);
  const calling::ErrorReply reply{
      .status = status, .code = document.code, .request_id = document.request_id, .retry_after = wait};
  auto meaning = calling::meaning_of(reply, classes);
  if (document.about_the_clock && meaning.why == Refusal::denied) {
    meaning.why = Refusal::clock;
    meaning.remedy = Remedy::clock;
  }
  return calling::setback_of(reply, meaning, action);
}

}  // namespace aws_iam
