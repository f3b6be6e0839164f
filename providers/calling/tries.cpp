#include "providers/calling/tries.hpp"

#include <algorithm>

namespace calling {

rotation::Answer<const Credentials*> Tries::credentials(Signer* signer) const {
  if (signer == nullptr) return rotation::Done<const Credentials*>{nullptr};
  return signer->credentials(effect_ == Effect::read ? Renewal::when_due : Renewal::never);
}

bool Tries::again(const Setback& setback, Signer* signer) {
  ++made_;
  return may_try_again(effect_, setback) && prepare(setback, signer);
}

bool Tries::prepare(const Setback& setback, Signer* signer) {
  switch (setback.remedy) {
    case Remedy::none: return false;
    case Remedy::wait: {
      const auto& policy = effect_ == Effect::read ? patience_.reads : patience_.writes;
      const auto spent = std::max(waited_, world_.now() - started_);  // a clock set back costs nothing
      const auto delay = http::retry_delay(policy, made_, spent, world_.random(), setback.retry_after);
      if (!delay || world_.interrupted()) return false;
      waited_ += *delay;
      return world_.sleep(*delay);
    }
    case Remedy::clock:  // the refusal's Date header has set the offset
      return !std::exchange(clock_corrected_, true);
    case Remedy::new_session: return !std::exchange(session_renewed_, true) && signer != nullptr && signer->expire();
  }
  return false;
}

void ServerClock::note(const http::Response& response, http::SysMillis sent, http::SysMillis received) {
  if (const auto offset = http::clock_offset(response, sent, received)) offset_ = offset;
}

http::Request request_to(std::string url, std::string action, Effect effect, const Patience& patience,
                         const World& world) {
  return {.method = http::Method::post,
          .url = std::move(url),
          .purpose = std::move(action),
          .deadline = patience.deadline,
          .connection = effect == Effect::read ? http::Connection::kept_alive : http::Connection::fresh,
          .interrupted = world.interrupted};
}

std::variant<http::Response, Setback> send(http::Transport& transport, const http::Request& request, const World& world,
                                           ServerClock& clock) {
  const auto sent = world.now();
  auto reply = transport.send(request);
  return receive(std::move(reply), request.purpose, sent, world.now(), clock);
}

std::variant<http::Response, Setback> receive(http::Reply reply, std::string_view action, http::SysMillis sent,
                                              http::SysMillis received, ServerClock& clock) {
  if (const auto* not_sent = std::get_if<http::NotSent>(&reply)) return setback_of(*not_sent, action);
  if (const auto* lost = std::get_if<http::Lost>(&reply)) return setback_of(*lost, action);
  auto& response = std::get<http::Response>(reply);
  clock.note(response, sent, received);
  return std::move(response);
}

rotation::Unknown not_certain(const Setback& setback) {
  std::string why = setback.refused.message;
  if (!setback.refused.code.empty()) why += " (" + setback.refused.code + ")";
  if (!setback.refused.request_id.empty()) why += ", request id " + setback.refused.request_id;
  return rotation::Unknown{std::move(why)};
}

}  // namespace calling
