#include "cli/remote_trouble.hpp"

namespace cli {
namespace {

// Where the caller knows no better: what usually helps against this kind of refusal.
std::string remedy(rotation::Refusal why) {
  switch (why) {
    case rotation::Refusal::denied: return "give the caller this permission, then run the command again";
    case rotation::Refusal::expired_session: return "sign in again, then run the command again";
    case rotation::Refusal::clock: return "set this machine's clock right, then run the command again";
    case rotation::Refusal::invalid_credentials: return "check the access key of this profile or account";
    case rotation::Refusal::throttled: return "run the command again in a minute";
    case rotation::Refusal::not_sent: return "check the network and the endpoint, then run the command again";
    case rotation::Refusal::no_such_entity:
    case rotation::Refusal::limit_exceeded:
    case rotation::Refusal::conflict:
    case rotation::Refusal::unsupported:
    case rotation::Refusal::invalid:
    case rotation::Refusal::other: return "keybaton doctor";
  }
  return "keybaton doctor";
}

std::string sentence(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text + ".";
}

}  // namespace

rotation::Trouble refused_trouble(const rotation::Refused& no, const std::string& what, const std::string& keys,
                                  const std::string& hint) {
  std::string why = no.message;
  if (!no.code.empty()) why += (why.empty() ? "" : " ") + std::string("(") + no.code + ")";
  if (!no.request_id.empty()) why += " [request " + no.request_id + "]";
  return {rotation::Ending::refused,
          {.message = sentence(why.empty() ? what : what + ": " + why),
           .keys = keys,
           .hint = hint.empty() || no.why != rotation::Refusal::no_such_entity ? remedy(no.why) : hint}};
}

rotation::Trouble unknown_trouble(const rotation::Unknown& lost, const std::string& what, const std::string& keys,
                                  const std::string& hint) {
  return {rotation::Ending::unknown,
          {.message = sentence(what + ": " + lost.why),
           .keys = keys,
           .hint = hint.empty() ? "run the command again" : hint}};
}

}  // namespace cli
