// A signed HTTP client for the simulated cloud's own tests.
#pragma once

#include <httplib.h>

#include <string>

#include "control.hpp"

namespace simulated_cloud {

struct Said {
  int status = 0;  // 0: no reply
  std::string body;
  std::string code;  // of an error
  httplib::Headers headers;
};

inline std::string between(const std::string& text, const std::string& open, const std::string& close) {
  const std::size_t start = text.find(open);
  if (start == std::string::npos) return {};
  const std::size_t from = start + open.size();
  const std::size_t end = text.find(close, from);
  return end == std::string::npos ? std::string{} : text.substr(from, end - from);
}

// The text of the first element of that name.
inline std::string value_of(const Said& said, const std::string& name) {
  return between(said.body, "<" + name + ">", "</" + name + ">");
}

class SignedClient {
 public:
  SignedClient(const Server& server, KeySeen key) : host_(server.url().substr(7)), client_(server.url()), key_(key) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }

  std::string token;
  std::string region = "us-east-1";
  Millis clock_offset{0};

  Said iam(const std::string& form) { return post("iam", form + "&Version=2010-05-08"); }
  Said sts(const std::string& form) { return post("sts", form + "&Version=2011-06-15"); }
  Said post(const std::string& service, const std::string& body) {
    return send("POST", service, body, "application/x-www-form-urlencoded; charset=utf-8");
  }
  Said send(const std::string& method, const std::string& service, const std::string& body, const char* type) {
    Request request{.method = method, .target = "/", .headers = {{"Host", host_}}, .body = body};
    sign(request, {.access_key = key_.id, .secret = key_.secret, .token = token, .region = region, .service = service},
         real_time() + clock_offset);
    const httplib::Headers headers(request.headers.begin(), request.headers.end());
    return heard(method == "GET" ? client_.Get("/", headers) : client_.Post("/", headers, body, type));
  }
  Said control(const std::string& path, const std::string& json) {
    return heard(client_.Post("/_control/" + path, json, "application/json"));
  }
  Said look(const std::string& path) { return heard(client_.Get("/_control/" + path)); }

 private:
  static Said heard(const httplib::Result& reply) {
    if (!reply) return {};
    Said out{.status = reply->status, .body = reply->body, .code = {}, .headers = reply->headers};
    out.code = value_of(out, "Code");
    return out;
  }

  std::string host_;
  httplib::Client client_;
  KeySeen key_;
};

}  // namespace simulated_cloud
