#include "providers/calling/setback.hpp"

#include <algorithm>

namespace calling {

using rotation::Refusal;

namespace {

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

Meaning by_status(int status) {
  if (status == 429) return {"", Refusal::throttled, Remedy::wait, false};
  if (status == 408 || status >= 500) return {"", Refusal::other, Remedy::wait, false};
  if (status == 401 || status == 403 || status == 407) return {"", Refusal::denied, Remedy::none, false};
  return {"", Refusal::other, Remedy::none, false};
}

}  // namespace

std::string plain(std::string_view text, std::string_view also, std::size_t longest) {
  const auto fits = [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  };
  if (text.size() > longest || !std::all_of(text.begin(), text.end(), fits)) return {};
  return std::string{text};
}

Meaning meaning_of(const ErrorReply& reply, std::span<const Meaning> known) {
  const auto found = std::ranges::find(known, std::string_view{reply.code}, &Meaning::code);
  return found == known.end() ? by_status(reply.status) : *found;
}

Setback setback_of(const ErrorReply& reply, const Meaning& meaning, std::string_view action) {
  const bool client_error = reply.status >= 400 && reply.status < 500;
  Setback setback;
  setback.sure = meaning.sure && client_error;
  setback.said_no = client_error || meaning.why == Refusal::throttled;
  setback.remedy = meaning.remedy;
  setback.retry_after = reply.retry_after;
  setback.refused = {meaning.why, reply.code.empty() ? "HTTP " + std::to_string(reply.status) : reply.code,
                     explain(meaning.why, action), reply.request_id};
  return setback;
}

Setback setback_of(const http::NotSent& reply, std::string_view action) {
  Setback setback;
  setback.sure = true;
  setback.said_no = true;
  setback.remedy = reply.permanent ? Remedy::none : Remedy::wait;
  setback.refused = {Refusal::not_sent, "", explain(Refusal::not_sent, action) + ": " + reply.why, ""};
  return setback;
}

Setback setback_of(const http::Lost& reply, std::string_view action) {
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

bool is_web_page(std::string_view body) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  const auto begins = [&](std::string_view tag) {
    const auto same = [](char c, char small) { return c == small || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == small); };
    return body.size() >= tag.size() &&
           std::equal(tag.begin(), tag.end(), body.begin(), [&](char small, char c) { return same(c, small); });
  };
  return begins("<html") || begins("<!doctype html");
}

Setback web_page(std::string_view action) {
  Setback setback;
  setback.refused = {Refusal::other, "",
                     "the reply to " + std::string{action} +
                         " is a web page: what answers is not the cloud's API but a proxy or a captive portal",
                     ""};
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

rotation::Unknown unreadable(std::string_view action, const std::string& what) {
  return rotation::Unknown{"the reply to " + std::string{action} + " cannot be read: " + what};
}

}  // namespace calling
