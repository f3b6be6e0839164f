#include "providers/alibaba_ram/failures.hpp"

#include <array>

#include "providers/calling/json_reply.hpp"

namespace alibaba_ram {

using calling::Json;
using calling::Meaning;
using calling::Remedy;
using rotation::Refusal;

namespace {

// A code means what its longest known beginning means: "Throttling.User" is a Throttling.
constexpr std::array classes{
    // RAM, STS, IMS
    Meaning{"EntityNotExist", Refusal::no_such_entity},
    Meaning{"EntityAlreadyExists", Refusal::conflict},
    Meaning{"DeleteConflict", Refusal::conflict},
    Meaning{"LimitExceeded", Refusal::limit_exceeded},
    Meaning{"NoPermission", Refusal::denied},
    Meaning{"Inactive", Refusal::denied},  // the RAM service is not activated
    Meaning{"AuthenticationFail", Refusal::denied},
    Meaning{"InvalidParameter", Refusal::invalid},
    Meaning{"InvalidParam", Refusal::invalid},
    Meaning{"MissingParameter", Refusal::invalid},
    Meaning{"MissingAction", Refusal::invalid},
    Meaning{"MalformedPolicyDocument", Refusal::invalid},
    // the gateway
    Meaning{"InvalidAccessKeyId", Refusal::invalid_credentials},  // .NotFound, .Inactive
    Meaning{"Forbidden.AccessKeyDisabled", Refusal::invalid_credentials},
    Meaning{"Forbidden.AccessKey", Refusal::invalid_credentials},
    Meaning{"Forbidden", Refusal::denied},
    Meaning{"SignatureDoesNotMatch", Refusal::denied},
    Meaning{"IncompleteSignature", Refusal::invalid},
    Meaning{"MissingSecurityToken", Refusal::invalid},
    Meaning{"InvalidSecurityToken.Expired", Refusal::expired_session, Remedy::new_session},
    Meaning{"InvalidSecurityToken", Refusal::invalid_credentials},  // .MismatchWithAccessKey, .Malformed
    Meaning{"InvalidTimeStamp.Expired", Refusal::clock, Remedy::clock},
    Meaning{"InvalidTimeStamp", Refusal::invalid},
    Meaning{"IllegalTimestamp", Refusal::clock, Remedy::clock},
    Meaning{"RequestTimeTooSkewed", Refusal::clock, Remedy::clock},
    // Every try has a nonce of its own, so a used one is that of a copy which the network sent before: a read goes out
    // anew, and of a change nobody knows here what the first copy did.
    Meaning{"SignatureNonceUsed", Refusal::other, Remedy::wait, false},
    Meaning{"Throttling", Refusal::throttled, Remedy::wait},
    Meaning{"ServiceUnavailable", Refusal::other, Remedy::wait, false},
    Meaning{"ServiceUnavailableTemporary", Refusal::other, Remedy::wait, false},
    Meaning{"InternalError", Refusal::other, Remedy::wait, false},
    Meaning{"InternalFailure", Refusal::other, Remedy::wait, false},
    Meaning{"InvalidAction", Refusal::unsupported},
    Meaning{"InvalidApi", Refusal::unsupported},
    Meaning{"InvalidVersion", Refusal::unsupported},
    Meaning{"UnsupportedHTTPMethod", Refusal::invalid},
    Meaning{"InvalidProtocol", Refusal::invalid},
    // KMS
    Meaning{"Forbidden.ResourceNotFound", Refusal::no_such_entity},
    Meaning{"Rejected", Refusal::conflict},
    Meaning{"Rejected.Throttling", Refusal::throttled, Remedy::wait},
    Meaning{"Rejected.LimitExceeded", Refusal::limit_exceeded},
    Meaning{"Rejected.UnsupportedOperation", Refusal::unsupported},
    Meaning{"UnsupportedOperation", Refusal::unsupported},
};

std::optional<Meaning> known_meaning(std::string_view code) {
  for (;;) {
    for (const auto& one : classes) {
      if (one.code == code) return one;
    }
    const auto dot = code.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    code = code.substr(0, dot);
  }
}

struct Document {
  std::string code;  // empty: the body is not an error document
  std::string request_id;
};

constexpr const char* in_a_code = "._-:";

Document read_json(http::Body body) {
  const auto json = Json::parse(std::move(body));
  if (!json) return {};
  return {.code = calling::plain(json->root().member("Code").text(), in_a_code, 128),
          .request_id = calling::plain(json->root().member("RequestId").text(), "-", 64)};
}

std::string_view trimmed(std::string_view text) {
  constexpr const char* blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
  const auto start = text.find(open);
  if (start == std::string_view::npos) return {};
  const auto end = text.find(close, start);
  return end == std::string_view::npos ? std::string_view{}
                                       : text.substr(start + open.size(), end - start - open.size());
}

// What a gateway says that has not read Format=JSON: <Error>, or <KMS> there, with the same members. Nothing else of
// XML is understood, and a body of any other shape says nothing.
Document read_xml(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("<?xml")) {
    const auto end = text.find("?>");
    if (end == std::string_view::npos) return {};
    text = trimmed(text.substr(end + 2));
  }
  const bool documented = (text.starts_with("<Error>") && text.ends_with("</Error>")) ||
                          (text.starts_with("<KMS>") && text.ends_with("</KMS>"));
  if (!documented) return {};
  return {.code = calling::plain(between(text, "<Code>", "</Code>"), in_a_code, 128),
          .request_id = calling::plain(between(text, "<RequestId>", "</RequestId>"), "-", 64)};
}

Document read_document(http::Response& response) {
  const bool looks_like_xml = trimmed(response.body.view()).starts_with('<');
  auto found = looks_like_xml ? read_xml(response.body.view()) : read_json(std::move(response.body));
  const auto* id = response.header("x-acs-request-id");
  if (found.request_id.empty() && id != nullptr) found.request_id = calling::plain(*id, "-", 64);
  return found;
}

}  // namespace

calling::Setback read_failure(http::Response response, std::string_view action, http::SysMillis now) {
  const auto wait = http::retry_after(response, now);
  const int status = response.status;
  auto document = read_document(response);
  const calling::ErrorReply reply{.status = status,
                                  .code = std::move(document.code),
                                  .request_id = std::move(document.request_id),
                                  .retry_after = wait};
  const auto known = known_meaning(reply.code);
  return calling::setback_of(reply, known ? *known : calling::meaning_of(reply, {}), action);
}

}  // namespace alibaba_ram
