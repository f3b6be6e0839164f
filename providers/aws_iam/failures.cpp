#include "providers/aws_iam/failures.hpp"

#include <algorithm>
#include <array>

#include "providers/aws_iam/xml.hpp"

namespace aws_iam {

using rotation::Refusal;

namespace {

struct Class {
  std::string_view code;
  Refusal why;
  Remedy remedy = Remedy::none;
  bool sure = true;  // with a 4xx status; a 5xx never is
};

// LimitExceeded is the quota of two keys, not a throttle; LimitExceededException belongs to other services.
constexpr std::array classes{
    Class{"NoSuchEntity", Refusal::no_such_entity},
    Class{"LimitExceeded", Refusal::limit_exceeded},
    Class{"EntityTemporarilyUnmodifiable", Refusal::other},
    Class{"ConcurrentModification", Refusal::other, Remedy::wait},
    Class{"InvalidInput", Refusal::invalid},
    Class{"ValidationError", Refusal::invalid},
    Class{"MalformedInput", Refusal::invalid},
    Class{"MalformedQueryString", Refusal::invalid},
    Class{"MalformedPolicyDocument", Refusal::invalid},
    Class{"PackedPolicyTooLarge", Refusal::invalid},
    Class{"InvalidAction", Refusal::invalid},
    Class{"InvalidParameterValue", Refusal::invalid},
    Class{"InvalidParameterCombination", Refusal::invalid},
    Class{"InvalidQueryParameter", Refusal::invalid},
    Class{"MissingAction", Refusal::invalid},
    Class{"MissingParameter", Refusal::invalid},
    Class{"MissingAuthenticationToken", Refusal::invalid},
    Class{"IncompleteSignature", Refusal::invalid},
    Class{"Throttling", Refusal::throttled, Remedy::wait},
    Class{"ThrottlingException", Refusal::throttled, Remedy::wait},
    Class{"ThrottledException", Refusal::throttled, Remedy::wait},
    Class{"RequestThrottled", Refusal::throttled, Remedy::wait},
    Class{"RequestThrottledException", Refusal::throttled, Remedy::wait},
    Class{"TooManyRequestsException", Refusal::throttled, Remedy::wait},
    Class{"RequestLimitExceeded", Refusal::throttled, Remedy::wait},
    Class{"SlowDown", Refusal::throttled, Remedy::wait},
    Class{"PriorRequestNotComplete", Refusal::throttled, Remedy::wait},
    Class{"RequestTimeout", Refusal::other, Remedy::wait, false},
    Class{"RequestTimeoutException", Refusal::other, Remedy::wait, false},
    Class{"ServiceFailure", Refusal::other, Remedy::wait, false},
    Class{"InternalFailure", Refusal::other, Remedy::wait, false},
    Class{"InternalError", Refusal::other, Remedy::wait, false},
    Class{"ServiceUnavailable", Refusal::other, Remedy::wait, false},
    Class{"IDPCommunicationError", Refusal::other, Remedy::wait},
    Class{"AccessDenied", Refusal::denied},
    Class{"AccessDeniedException", Refusal::denied},
    Class{"UnauthorizedOperation", Refusal::denied},
    Class{"OptInRequired", Refusal::denied},
    Class{"RegionDisabledException", Refusal::denied},
    Class{"IDPRejectedClaim", Refusal::denied},
    Class{"InvalidIdentityToken", Refusal::denied},
    Class{"InvalidClientTokenId", Refusal::invalid_credentials},
    Class{"UnrecognizedClientException", Refusal::invalid_credentials},
    Class{"InvalidAccessKeyId", Refusal::invalid_credentials},
    Class{"SignatureDoesNotMatch", Refusal::denied},  // or the clock, see below
    Class{"InvalidSignatureException", Refusal::denied},
    Class{"RequestExpired", Refusal::clock, Remedy::clock},
    Class{"RequestTimeTooSkewed", Refusal::clock, Remedy::clock},
    Class{"RequestInTheFuture", Refusal::clock, Remedy::clock},
    Class{"ExpiredToken", Refusal::expired_session, Remedy::new_session},
    Class{"ExpiredTokenException", Refusal::expired_session, Remedy::new_session},
    Class{"ReportNotPresent", Refusal::other},
    Class{"ReportExpired", Refusal::other},
    Class{"ReportInProgress", Refusal::other},
};

std::string clean(std::string_view text, std::string_view also, std::size_t longest) {
  const auto fits = [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  };
  if (text.size() > longest || !std::all_of(text.begin(), text.end(), fits)) return {};
  return std::string{text};
}

struct ErrorDocument {
  std::string code;  // empty: the body is not an error document
  std::string request_id;
  bool about_the_clock = false;
};

// Error replies of IAM and STS differ in namespace, and front ends in the place of the request id.
ErrorDocument read_document(http::Response& response) {
  ErrorDocument found;
  if (const auto* id = response.header("x-amzn-RequestId")) found.request_id = clean(*id, "-", 64);
  const auto xml = Xml::parse(std::move(response.body));
  if (!xml) return found;
  const auto root = xml->root();
  const auto errors = root.child("Errors");
  const auto error = errors.exists() ? errors.child("Error") : root.name() == "Error" ? root : root.child("Error");
  found.code = clean(error.child("Code").text(), "._-:", 128);
  for (const auto& place : {root.child("RequestId"), root.child("RequestID"), error.child("RequestId")}) {
    if (found.request_id.empty()) found.request_id = clean(place.text(), "-", 64);
  }
  const auto message = error.child("Message").text();
  found.about_the_clock = message.find("Signature expired") != std::string_view::npos ||
                          message.find("Signature not yet current") != std::string_view::npos;
  return found;
}

std::string explain(Refusal why, std::string_view action) {
  std::string call{action};
  switch (why) {
    case Refusal::denied: return "the cloud does not allow " + call;
    case Refusal::no_such_entity: return call + ": the user or the key is not there";
    case Refusal::limit_exceeded:
      return call + ": the limit is reached" +
             (action == "CreateAccessKey" ? " (a user has two access keys at most)" : "");
    case Refusal::invalid_credentials: return call + ": the cloud does not know the key that signed the request";
    case Refusal::expired_session: return call + ": the session has run out";
    case Refusal::clock: return call + ": this machine's clock is too far from the cloud's";
    case Refusal::throttled: return call + ": still throttled";
    case Refusal::not_sent: return call + " could not be sent";
    case Refusal::invalid: return call + ": the cloud calls the request malformed";
    case Refusal::conflict:
    case Refusal::unsupported:
    case Refusal::other: return "the cloud refused " + call;
  }
  return call;
}

const Class* find_class(std::string_view code) {
  const auto* found = std::find_if(classes.begin(), classes.end(), [&](const Class& one) { return one.code == code; });
  return found == classes.end() ? nullptr : found;
}

// Without a code that we know, the status alone speaks, and for a write it is no proof of anything.
Class by_status(int status) {
  if (status == 429) return {"", Refusal::throttled, Remedy::wait, false};
  if (status == 408 || status >= 500) return {"", Refusal::other, Remedy::wait, false};
  if (status == 401 || status == 403 || status == 407) return {"", Refusal::denied, Remedy::none, false};
  return {"", Refusal::other, Remedy::none, false};
}

}  // namespace

Setback read_failure(http::Response response, std::string_view action, http::SysMillis now) {
  const auto wait = http::retry_after(response, now);
  const int status = response.status;
  const auto document = read_document(response);
  const auto* known = find_class(document.code);
  auto one = known ? *known : by_status(status);
  if (document.about_the_clock && one.why == Refusal::denied) {
    one.why = Refusal::clock;
    one.remedy = Remedy::clock;
  }
  const bool client_error = status >= 400 && status < 500;
  Setback setback;
  setback.sure = one.sure && client_error;
  setback.said_no = client_error || one.why == Refusal::throttled;
  setback.remedy = one.remedy;
  setback.retry_after = wait;
  setback.refused = {one.why, document.code.empty() ? "HTTP " + std::to_string(status) : document.code,
                     explain(one.why, action), document.request_id};
  return setback;
}

Setback read_failure(const http::NotSent& reply, std::string_view action) {
  Setback setback;
  setback.sure = true;
  setback.said_no = true;
  setback.remedy = reply.permanent ? Remedy::none : Remedy::wait;
  setback.refused = {Refusal::not_sent, "", explain(Refusal::not_sent, action) + ": " + reply.why, ""};
  return setback;
}

Setback read_failure(const http::Lost& reply, std::string_view action) {
  Setback setback;
  setback.remedy = reply.interrupted ? Remedy::none : Remedy::wait;
  setback.refused = {Refusal::other, "", "no whole reply to " + std::string{action} + ": " + reply.why, ""};
  return setback;
}

Setback malformed_reply(std::string_view action, std::string_view what) {
  Setback setback;
  setback.remedy = Remedy::wait;
  setback.refused = {Refusal::other, "",
                     "the reply to " + std::string{action} + " cannot be read: " + std::string{what}, ""};
  return setback;
}

bool may_try_again(Effect effect, const Setback& setback) {
  switch (effect) {
    case Effect::read: return setback.remedy != Remedy::none;
    // A session is renewed by the reads before the next change: a code from a person takes longer than a lease.
    case Effect::write: return setback.sure && (setback.remedy == Remedy::wait || setback.remedy == Remedy::clock);
    case Effect::create: return false;
  }
  return false;
}

bool ends_refused(Effect effect, const Setback& setback) {
  return effect == Effect::read ? setback.said_no : setback.sure;
}

}  // namespace aws_iam
