// A world and a transport that a test holds in its hands, and the replies of AWS as text.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "providers/aws_iam/query_api.hpp"
#include "providers/calling/world.hpp"
#include "providers/http/transport.hpp"

namespace tests {

// 2026-01-02T03:04:05Z
inline constexpr http::SysMillis start{std::chrono::milliseconds{1'767'323'045'000}};

struct FakeWorld {
  FakeWorld();
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  std::map<std::string, std::string> variables;
  http::SysMillis now = start;
  std::vector<http::Millis> slept;
  bool interrupted = false;
  std::deque<std::string> codes;  // what a person types
  std::vector<std::string> asked_devices;
  calling::World world;  // refers to all of the above
};

// What went out, copied where a test can look.
struct SentRequest {
  http::Method method = http::Method::get;
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  http::Connection connection = http::Connection::kept_alive;

  [[nodiscard]] bool has(const std::string& text) const { return body.find(text) != std::string::npos; }
};

// Answers from a queue; a test that sends more than it prepared fails.
class FakeTransport final : public http::Transport {
 public:
  http::Reply send(const http::Request& request) override;
  void answers(http::Reply reply) { queue.push_back(std::move(reply)); }
  void answers(int status, std::string_view body, std::vector<std::pair<std::string, std::string>> headers = {});

  std::deque<http::Reply> queue;
  std::vector<SentRequest> sent;
};

[[nodiscard]] http::Response response(int status, std::string_view body,
                                      const std::vector<std::pair<std::string, std::string>>& headers = {});
// <{action}Response>…<{action}Result>inner</…>
[[nodiscard]] std::string good_xml(const std::string& action, const std::string& inner);
[[nodiscard]] std::string error_xml(const std::string& code, const std::string& message = "words of the cloud");
[[nodiscard]] std::string new_key_xml(const std::string& user, const std::string& id = "AKIANEWKEY0000000001",
                                      const std::string& secret = "secret/of+the/new/key/0123456789abcdefghi");
[[nodiscard]] std::string member_xml(const std::string& user, const std::string& id, const std::string& status,
                                     const std::string& created = "2026-01-01T00:00:00Z");
[[nodiscard]] std::string caller_xml(const std::string& account = "123456789012");
[[nodiscard]] std::string session_xml(const std::string& action, const std::string& id, const std::string& expires);

[[nodiscard]] aws_iam::Endpoints endpoints(const std::string& url = "https://iam.amazonaws.com/");
[[nodiscard]] calling::Credentials static_keys(const std::string& id = "AKIAOLDKEY0000000001",
                                               const std::string& secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

// A directory of its own, removed with its content.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const;  // returns the whole path

 private:
  std::filesystem::path path_;
};

}  // namespace tests
