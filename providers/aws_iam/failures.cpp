#include "providers/aws_iam/failures.hpp"

#include <algorithm>
#include <array>

#include "providers/aws_iam/xml.hpp"
#include "providers/calling/json_reply.hpp"

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
    // the JSON services' own
    Meaning{"ResourceNotFoundException", Refusal::no_such_entity},
    Meaning{"ParameterNotFound", Refusal::no_such_entity},
    Meaning{"ParameterVersionNotFound", Refusal::no_such_entity},
    Meaning{"ResourceExistsException", Refusal::conflict},
    Meaning{"PreconditionNotMetException", Refusal::conflict},
    Meaning{"ParameterAlreadyExists", Refusal::conflict},
    Meaning{"LimitExceededException", Refusal::limit_exceeded},
    Meaning{"ParameterLimitExceeded", Refusal::limit_exceeded},
    Meaning{"ParameterMaxVersionLimitExceeded", Refusal::limit_exceeded},
    Meaning{"InvalidRequestException", Refusal::other},
    Meaning{"EncryptionFailure", Refusal::other},
    Meaning{"DecryptionFailure", Refusal::other},
    Meaning{"InvalidParameterException", Refusal::invalid},
    Meaning{"InvalidNextTokenException", Refusal::invalid},
    Meaning{"InvalidMaxResultsException", Refusal::invalid},
    Meaning{"InvalidLookupAttributesException", Refusal::invalid},
    Meaning{"InvalidKeyId", Refusal::invalid},
    Meaning{"ParameterPatternMismatchException", Refusal::invalid},
    Meaning{"ValidationException", Refusal::invalid},
    Meaning{"SerializationException", Refusal::invalid},
    Meaning{"MissingAuthenticationTokenException", Refusal::invalid},
    Meaning{"IncompleteSignatureException", Refusal::invalid},
    Meaning{"UnsupportedParameterType", Refusal::unsupported},
    Meaning{"UnknownOperationException", Refusal::unsupported},
    Meaning{"UnsupportedOperationException", Refusal::unsupported},
    Meaning{"TooManyUpdates", Refusal::throttled, Remedy::wait},
    Meaning{"InternalServiceError", Refusal::other, Remedy::wait, false},
    Meaning{"InternalServiceErrorException", Refusal::other, Remedy::wait, false},
    Meaning{"InternalServerError", Refusal::other, Remedy::wait, false},
};

struct ErrorDocument {
  std::string code;  // empty: the body is not an error document
  std::string request_id;
  bool about_the_clock = false;
};

bool is_about_the_clock(std::string_view message) {
  return message.find("Signature expired") != std::string_view::npos ||
         message.find("Signature not yet current") != std::string_view::npos;
}

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
  found.about_the_clock = is_about_the_clock(error.child("Message").text());
  return found;
}

std::string bare_code(std::string_view text) {
  text = text.substr(0, text.find(':'));
  if (const auto hash = text.rfind('#'); hash != std::string_view::npos) text.remove_prefix(hash + 1);
  return calling::plain(text, "._-", 128);
}

ErrorDocument read_json_document(http::Response& response) {
  ErrorDocument found;
  if (const auto* id = response.header("x-amzn-RequestId")) found.request_id = calling::plain(*id, "-", 64);
  if (const auto* type = response.header("x-amzn-ErrorType")) found.code = bare_code(*type);
  const auto json = calling::Json::parse(std::move(response.body));
  if (!json) return found;
  if (found.code.empty()) found.code = bare_code(json->root().member("__type").text());
  for (const char* name : {"message", "Message"}) {
    found.about_the_clock = found.about_the_clock || is_about_the_clock(json->root().member(name).text());
  }
  return found;
}

calling::Setback setback_of(const ErrorDocument& document, int status, std::optional<http::Millis> wait,
                            std::string_view action) {
  const calling::ErrorReply reply{
      .status = status, .code = document.code, .request_id = document.request_id, .retry_after = wait};
  auto meaning = calling::meaning_of(reply, classes);
  if (document.about_the_clock && meaning.why == Refusal::denied) {
    meaning.why = Refusal::clock;
    meaning.remedy = Remedy::clock;
  }
  return calling::setback_of(reply, meaning, action);
}

}  // namespace

calling::Setback read_failure(http::Response response, std::string_view action, http::SysMillis now) {
  const auto wait = http::retry_after(response, now);
  const int status = response.status;
  return setback_of(read_document(response), status, wait, action);
}

calling::Setback read_json_failure(http::Response response, std::string_view action, http::SysMillis now) {
  const auto wait = http::retry_after(response, now);
  const int status = response.status;
  auto setback = setback_of(read_json_document(response), status, wait, action);
  if (setback.refused.why == Refusal::no_such_entity) {
    setback.refused.message = std::string{action} + ": what it names is not there";
  }
  return setback;
}

}  // namespace aws_iam
