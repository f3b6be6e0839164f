#include "secrets_adapters/token_server.hpp"

#include <algorithm>

#include "platform/files.hpp"

namespace secrets_adapters {
namespace {

using nlohmann::json;
using rotation::Answer;
using rotation::done;
using rotation::LocationSpec;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;

std::string address_of(const LocationSpec& spec, const std::string& usual) {
  std::string address(text_of(spec, "address"));
  if (address.empty()) return usual;
  while (address.ends_with('/')) address.pop_back();
  return address;
}

http::TransportSettings trust_of(const LocationSpec& spec) {
  const std::string_view file = text_of(spec, "ca_file");
  if (file.empty()) return {};
  return {.ca_bundle = platform::expand_home(file).string()};
}

}  // namespace

void check_server(const LocationSpec& spec, Findings& findings) {
  check_address(spec, "address", findings);
  check_token(spec, findings);
}

void check_names(const LocationSpec& spec, bool (*fits)(std::string_view name), const std::string& rule,
                 Findings& findings) {
  for (const char* setting : {"id", "value"}) {
    const std::string_view name = text_of(spec, setting);
    if (!name.empty() && !fits(name)) findings.push_back({setting, false, std::string(setting) + " must be " + rule});
  }
  if (!text_of(spec, "id").empty() && text_of(spec, "id") == text_of(spec, "value")) {
    findings.push_back({"value", false, "id and value have the same name"});
  }
}

TokenServer::TokenServer(const LocationSpec& spec, const Surroundings& surroundings, const std::string& name,
                         const std::string& usual)
    : spec_(spec),
      web_(name + " at " + address_of(spec, usual), address_of(spec, usual),
           wire_for(spec, surroundings, trust_of(spec)), surroundings.pause) {}

Answer<Nothing> TokenServer::sign_in(const std::string& header, std::string_view before) {
  const auto token = read_token(spec_);
  if (done(token) == nullptr) return rotation::pass_on<Nothing>(token);
  done(token)->expose([&](std::string_view text) {
    std::string value;
    value.reserve(before.size() + text.size());  // one buffer, so that none is left behind unwiped
    value.append(before).append(text);
    web_.set_header(header, Secret::taking(std::move(value)));
  });
  return rotation::Done<Nothing>{};
}

Answer<http::Response> TokenServer::get(const std::string& path, const std::string& what,
                                        std::initializer_list<int> also) {
  return helped(web_.send({.path = path, .what = what}, also));
}

Answer<http::Response> TokenServer::change(http::Method method, const std::string& path, const std::string& what,
                                           const http::Body& body, std::initializer_list<int> also) {
  Ask ask{.method = method, .path = path, .what = what, .body = body.view(), .effect = Effect::write};
  ask.headers.emplace_back("Content-Type", "application/json");
  return helped(web_.send(ask, also));
}

Answer<http::Response> TokenServer::helped(Answer<http::Response> answer) const {
  if (auto* no = std::get_if<Refused>(&answer)) *no = with_token_remedy(spec_, std::move(*no));
  return answer;
}

Unknown TokenServer::strange(const std::string& what) const {
  return {web_.words() + ", " + what + ": a reply that it should not give"};
}

json json_of(const http::Response& response) {
  json value = json::parse(response.body.view(), nullptr, false);
  return value.is_discarded() ? json() : value;
}

json member(const json& object, const std::string& name) {
  return object.is_object() ? object.value(name, json()) : json();
}

std::string text_in(const json& object, const std::string& name) {
  const json value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Refused hidden(Refused no) {
  if (no.why != Refusal::no_such_entity) return no;
  no.why = Refusal::denied;
  no.remedy = "check the name of the project or repository, and the scopes of the token";
  return no;
}

Refused before_write(const Refused* no, const Unknown* lost) {
  if (no != nullptr) return *no;
  return {.why = Refusal::other,
          .code = {},
          .message = (lost != nullptr ? lost->why : "an answer without a value") + "; nothing was written",
          .request_id = {}};
}

}  // namespace secrets_adapters
