// A client of the simulated Alibaba cloud in both signature styles, for the simulated cloud's own tests.
#pragma once

#include <httplib.h>

#include <string>

#include "acs3.hpp"
#include "control.hpp"
#include "rpc_v1.hpp"
#include "state_json.hpp"

namespace simulated_cloud {

struct AcsSaid {
  int status = 0;  // 0: no reply
  std::string text;
  Json body;  // null if the text is no JSON
  std::string code;
  httplib::Headers headers;
};

class AcsClient {
 public:
  AcsClient(const Server& server, KeySeen key) : host(server.url().substr(7)), client_(server.url()), key_(key) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }

  std::string host, token;
  std::string nonce;  // fixed if not empty
  Millis clock_offset{0};
  bool v1 = false;

  AcsSaid ram(const std::string& action, const Parameters& parameters = {}) {
    return call("2015-05-01", action, parameters);
  }
  AcsSaid sts(const std::string& action, const Parameters& parameters = {}) {
    return call("2015-04-01", action, parameters);
  }
  AcsSaid ims(const std::string& action, const Parameters& parameters = {}) {
    return call("2019-08-15", action, parameters);
  }
  AcsSaid trail(const std::string& action, const Parameters& parameters) {
    return call("2020-07-06", action, parameters);
  }
  AcsSaid kms(const std::string& action, const Parameters& parameters) {
    return call("2016-01-20", action, parameters);
  }
  AcsSaid call(const std::string& version, const std::string& action, const Parameters& parameters) {
    return v1 ? call_v1(version, action, parameters) : send(signed_v3(version, action, parameters));
  }

  [[nodiscard]] Request signed_v3(const std::string& version, const std::string& action, const Parameters& parameters,
                                  const std::string& body = {}) const {
    std::string query;
    for (const auto& [name, value] : parameters) query += (query.empty() ? "?" : "&") + name + "=" + uri_encode(value);
    Request request{.method = "POST", .target = "/" + query, .headers = {{"Host", host}}, .body = body};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    sign_acs3(request,
              {.access_key = key_.id,
               .secret = key_.secret,
               .token = token,
               .action = action,
               .version = version,
               .nonce = fresh_nonce()},
              real_time() + clock_offset);
    return request;
  }
  // Exactly that request.
  AcsSaid send(const Request& request) {
    httplib::Headers headers;
    std::string type;
    for (const auto& [name, value] : request.headers) {
      if (name == "Content-Type") {
        type = value;
      } else {
        headers.emplace(name, value);
      }
    }
    const auto reply = request.method == "GET" ? client_.Get(request.target, headers)
                                               : client_.Post(request.target, headers, request.body, type);
    return heard(reply);
  }
  [[nodiscard]] Pairs signed_v1(const std::string& method, const std::string& version, const std::string& action,
                                const Parameters& parameters) const {
    Pairs pairs{{"AccessKeyId", key_.id},
                {"Action", action},
                {"Format", "JSON"},
                {"SignatureMethod", "HMAC-SHA1"},
                {"SignatureNonce", fresh_nonce()},
                {"SignatureVersion", "1.0"},
                {"Timestamp", iso8601(real_time() + clock_offset)},
                {"Version", version}};
    if (!token.empty()) pairs.emplace_back("SecurityToken", token);
    for (const auto& [name, value] : parameters) {
      std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
      pairs.emplace_back(name, value);
    }
    pairs.emplace_back("Signature", rpc_signature(key_.secret, rpc_string_to_sign(method, pairs)));
    return pairs;
  }
  static std::string form(const Pairs& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
      out += (out.empty() ? "" : "&") + uri_encode(name) + "=" + uri_encode(value);
    }
    return out;
  }
  AcsSaid get(const Pairs& pairs) { return heard(client_.Get("/?" + form(pairs))); }
  AcsSaid post(const Pairs& pairs) {
    return heard(client_.Post("/", form(pairs), "application/x-www-form-urlencoded"));
  }
  AcsSaid call_v1(const std::string& version, const std::string& action, const Parameters& parameters) {
    return post(signed_v1("POST", version, action, parameters));
  }
  AcsSaid control(const std::string& path, const Json& body) {
    return heard(client_.Post("/_control/" + path, body.dump(), "application/json"));
  }
  AcsSaid look(const std::string& path) { return heard(client_.Get("/_control/" + path)); }

 private:
  [[nodiscard]] std::string fresh_nonce() const {
    return nonce.empty() ? "nonce-" + std::to_string(++nonces_) + "-" + key_.id : nonce;
  }
  static AcsSaid heard(const httplib::Result& reply) {
    if (!reply) return {};
    AcsSaid out{.status = reply->status, .text = reply->body, .body = {}, .code = {}, .headers = reply->headers};
    out.body = Json::parse(reply->body, nullptr, false);
    if (out.body.is_discarded()) out.body = nullptr;
    if (out.body.is_object()) out.code = out.body.value("Code", "");
    return out;
  }

  httplib::Client client_;
  KeySeen key_;
  inline static std::uint64_t nonces_ = 0;
};

}  // namespace simulated_cloud
