#include "secrets_adapters/web.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "providers/http/retry.hpp"
#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Refusal;
using rotation::Refused;
using rotation::Unknown;

// All tries of one request end well within the lease under which a write goes out.
constexpr http::RetryPolicy tries{.attempts = 3, .base = rotation::Millis{300}, .budget = rotation::Millis{8'000}};
constexpr rotation::Millis deadline{15'000};
constexpr rotation::Millis connect_deadline{5'000};

double chance() {
  thread_local std::mt19937_64 source{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(source);
}

// Some servers say so with a 403 (GitHub: its count of requests is used up, or they came too fast).
bool is_rate_limit(const http::Response& response) {
  if (response.status == 429) return true;
  const std::string* left = response.header("x-ratelimit-remaining");
  return response.status == 403 && (response.header("Retry-After") != nullptr || (left != nullptr && *left == "0"));
}

// A count that is used up comes back after minutes: another try is for those who are told when.
bool passing(const http::Response& response) {
  if (response.status == 403) return response.header("Retry-After") != nullptr;
  return response.status == 429 || response.status >= 500;
}

struct Class {
  Refusal why;
  const char* words;
  const char* remedy = "";
};

Class class_of(int status) {
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308: return {Refusal::invalid, "it is at another place now; correct the settings"};
    case 401: return {Refusal::invalid_credentials, "it does not accept the credentials"};
    case 403: return {Refusal::denied, "no permission", "grant the permission"};
    case 404: return {Refusal::no_such_entity, "it is not there, or may not be seen with these credentials"};
    case 409:
    case 412: return {Refusal::conflict, "it has changed since it was read"};
    case 429: return {Refusal::throttled, "too many requests"};
    case 400:
    case 422: return {Refusal::invalid, "it takes the request for malformed"};
    default: return {Refusal::other, "it refused"};
  }
}

}  // namespace

Web::Web(std::string words, std::string address, std::unique_ptr<http::Transport> wire,
         std::function<bool(rotation::Millis)> pause)
    : words_(std::move(words)), address_(std::move(address)), wire_(std::move(wire)), pause_(std::move(pause)) {}

void Web::set_header(const std::string& name, const rotation::Secret& value) {
  std::erase_if(common_, [&](const auto& one) { return one.first == name; });
  common_.emplace_back(name, value.clone());  // the caller's own goes with its file or its reply
}

http::Request Web::request_for(const Ask& ask) const {
  http::Request request{.method = ask.method, .url = address_ + ask.path, .purpose = ask.what};
  for (const http::Header& each : ask.headers) request.headers.emplace_back(each.name, each.value);
  for (const auto& common : common_) {
    common.second.expose([&](std::string_view text) { request.headers.emplace_back(common.first, std::string(text)); });
  }
  request.body = http::Body{ask.body};
  request.deadline = deadline;
  request.connect_deadline = connect_deadline;
  request.connection = ask.effect == Effect::write ? http::Connection::fresh : http::Connection::kept_alive;
  return request;
}

Answer<http::Response> Web::send(const Ask& ask, std::span<const int> also) {
  const std::string said = words_ + ", " + ask.what + ": ";
  rotation::Millis waited{0};
  for (int attempt = 1;; ++attempt) {
    http::Reply reply = wire_->send(request_for(ask));
    std::optional<rotation::Millis> asked;
    bool again = false;
    Answer<http::Response> answer = Unknown{said + "no reply"};
    if (auto* response = std::get_if<http::Response>(&reply)) {
      const int status = response->status;
      if ((status >= 200 && status < 300) || std::ranges::find(also, status) != also.end()) {
        return rotation::Done<http::Response>{std::move(*response)};
      }
      const std::string text = said + "status " + std::to_string(status);
      if (status >= 500) {
        answer = Unknown{text};
      } else {
        const bool limited = is_rate_limit(*response);
        const Class kind = class_of(limited ? 429 : status);
        answer = Refused{
            .why = kind.why, .code = {}, .message = text + ": " + kind.words, .request_id = {}, .remedy = kind.remedy};
      }
      again = passing(*response) && (ask.effect == Effect::read || status < 500);
      if (const std::string* after = response->header("Retry-After");
          after != nullptr && !after->empty() && after->size() < 5 &&
          after->find_first_not_of("0123456789") == std::string::npos) {
        asked = rotation::Millis{std::stol(*after) * 1000};
      }
    } else if (const auto* unsent = std::get_if<http::NotSent>(&reply)) {
      answer = Refused{.why = Refusal::not_sent, .code = {}, .message = said + unsent->why, .request_id = {}};
      again = !unsent->permanent;
    } else {
      const auto& lost = std::get<http::Lost>(reply);
      answer = Unknown{said + lost.why};
      again = ask.effect == Effect::read && !lost.interrupted;
    }
    const auto delay = http::retry_delay(tries, attempt, waited, chance(), asked);
    if (!again || !delay || !pause_ || !pause_(*delay)) return answer;
    waited += *delay;
  }
}

std::unique_ptr<http::Transport> wire_for(const rotation::LocationSpec& spec, const Surroundings& surroundings,
                                          http::TransportSettings settings) {
  if (!surroundings.network) not_connected(spec, "Look there with the store's own tools.");
  return surroundings.network(std::move(settings));
}

void check_address(const rotation::LocationSpec& spec, const std::string& setting, Findings& findings) {
  const std::string_view text = text_of(spec, setting);
  if (text.empty()) return;
  const auto url = http::parse_url(text);
  if (!url || !url->query.empty() || text.ends_with('?')) {
    findings.push_back({setting, false, setting + " is no address of a server (https://HOST[:PORT][/PATH])"});
  } else if (!http::may_speak_to(*url, {})) {
    findings.push_back({setting, false, setting + " is plain http, which is for this machine alone: use https"});
  }
}

}  // namespace secrets_adapters
