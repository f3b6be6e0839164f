#include "tests/providers/fakes.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace tests {

FakeWorld::FakeWorld() {
  world.env = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.empty()) return std::nullopt;
    return found->second;
  };
  world.now = [this] { return now; };
  world.sleep = [this](http::Millis span) {
    slept.push_back(span);
    now += span;
    return !interrupted;
  };
  world.random = [] { return 0.5; };
  world.interrupted = [this] { return interrupted; };
  world.ask_code = [this](const std::string& device) -> std::optional<std::string> {
    asked_devices.push_back(device);
    if (codes.empty()) return std::nullopt;
    auto code = codes.front();
    codes.pop_front();
    return code;
  };
}

http::Reply FakeTransport::send(const http::Request& request) {
  SentRequest one{request.method, request.url, {}, std::string{request.body.view()}, request.connection};
  for (const auto& header : request.headers) one.headers[header.name] = header.value;
  sent.push_back(std::move(one));
  if (queue.empty()) {
    ADD_FAILURE() << "a request that the test did not foresee: " << sent.back().body;
    return http::Lost{"nothing prepared"};
  }
  auto next = std::move(queue.front());
  queue.pop_front();
  return next;
}

void FakeTransport::answers(int status, std::string_view body,
                            std::vector<std::pair<std::string, std::string>> headers) {
  answers(response(status, body, headers));
}

http::Response response(int status, std::string_view body,
                        const std::vector<std::pair<std::string, std::string>>& headers) {
  http::Response out{.status = status, .headers = {}, .body = http::Body{body}};
  for (const auto& [name, value] : headers) out.headers.emplace_back(name, value);
  return out;
}

std::string good_xml(const std::string& action, const std::string& inner) {
  return "<" + action + "Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><" + action + "Result>" + inner +
         "</" + action + "Result><ResponseMetadata><RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId>" +
         "</ResponseMetadata></" + action + "Response>";
}

std::string error_xml(const std::string& code, const std::string& message) {
  return "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>" + code +
         "</Code><Message>" + message +
         "</Message></Error><RequestId>11112222-3333-4444-5555-666677778888</RequestId>" + "</ErrorResponse>";
}

std::string new_key_xml(const std::string& user, const std::string& id, const std::string& secret) {
  return good_xml("CreateAccessKey", "<AccessKey><UserName>" + user + "</UserName><AccessKeyId>" + id +
                                         "</AccessKeyId><Status>Active</Status><SecretAccessKey>" + secret +
                                         "</SecretAccessKey><CreateDate>2026-01-02T03:04:05Z</CreateDate></AccessKey>");
}

std::string member_xml(const std::string& user, const std::string& id, const std::string& status,
                       const std::string& created) {
  return "<member><UserName>" + user + "</UserName><AccessKeyId>" + id + "</AccessKeyId><Status>" + status +
         "</Status><CreateDate>" + created + "</CreateDate></member>";
}

std::string caller_xml(const std::string& account) {
  return "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
         "<Arn>arn:aws:iam::" +
         account + ":user/team/svc</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>" + account +
         "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
}

std::string session_xml(const std::string& action, const std::string& id, const std::string& expires) {
  return good_xml(action, "<Credentials><AccessKeyId>" + id +
                              "</AccessKeyId><SecretAccessKey>session/secret/0123456789</SecretAccessKey>"
                              "<SessionToken>token//of+the=session</SessionToken><Expiration>" +
                              expires + "</Expiration></Credentials>");
}

aws_iam::Endpoints endpoints(const std::string& url) { return {{url, "us-east-1", false}, {url, "us-east-1", false}}; }

calling::Credentials static_keys(const std::string& id, const std::string& secret) {
  return {.id = rotation::AccessKeyId{id}, .secret = rotation::Secret{secret}, .source = "test"};
}

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "keybaton-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
  const auto file = path_ / name;
  std::ofstream{file, std::ios::binary} << content;
  return file.string();
}

}  // namespace tests
