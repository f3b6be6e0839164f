// What can go wrong with one call to a cloud, in the classes that trying again and the core's decisions depend on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "providers/http/message.hpp"
#include "rotation/answer.hpp"

namespace calling {

enum class Effect { read, write, create };  // `write`: may be repeated; `create`: must never be

// What could make another try succeed.
enum class Remedy {
  none,
  wait,         // throttled, or a passing fault
  clock,        // sign with the server's time
  new_session,  // renew temporary credentials
};

// One try that gave no usable result.
struct Setback {
  bool sure = false;     // surely nothing was done
  bool said_no = false;  // the service itself refused; otherwise nobody knows
  Remedy remedy = Remedy::none;
  rotation::Refused refused;
  std::optional<http::Millis> retry_after;
};

// What a provider's error code means.
struct Meaning {
  std::string_view code;
  rotation::Refusal why = rotation::Refusal::other;
  Remedy remedy = Remedy::none;
  bool sure = true;  // with a 4xx status; a 5xx never is
};

// What an error reply said, whatever its form. The provider's message is never kept.
struct ErrorReply {
  int status = 0;
  std::string code;  // empty: the body was not an error document
  std::string request_id;
  std::optional<http::Millis> retry_after;
};

// Text from outside, if it is as short and plain as a code or an id is; else empty. `also`: what may stand in it beside
// letters and digits.
[[nodiscard]] std::string plain(std::string_view text, std::string_view also, std::size_t longest);
// The meaning of a code; without one that is known, the status alone speaks, and for a write it proves nothing.
[[nodiscard]] Meaning meaning_of(const ErrorReply& reply, std::span<const Meaning> known);
[[nodiscard]] Setback setback_of(const ErrorReply& reply, const Meaning& meaning, std::string_view action);

// A request that did not get as far as a reply.
[[nodiscard]] Setback setback_of(const http::NotSent& reply, std::string_view action);
[[nodiscard]] Setback setback_of(const http::Lost& reply, std::string_view action);
// A reply that says yes and cannot be understood.
[[nodiscard]] Setback malformed_reply(std::string_view action, std::string_view what);
// A success whose body is a page for people: what answers is a proxy or a captive portal, and no other try will find
// the cloud behind it.
[[nodiscard]] bool is_web_page(std::string_view body);
[[nodiscard]] Setback web_page(std::string_view action);
// "the reply to ACTION cannot be read: WHAT"
[[nodiscard]] rotation::Unknown unreadable(std::string_view action, const std::string& what);

// A read whenever a remedy exists; a write only if nothing was done; a create never.
[[nodiscard]] bool may_try_again(Effect effect, const Setback& setback);
// How the call ends when nothing more is tried: refused if that is certain, otherwise unknown.
[[nodiscard]] bool ends_refused(Effect effect, const Setback& setback);

}  // namespace calling
