// Scripted trouble, seen from a bare socket and through libcurl.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "signed_client.hpp"
#include "state_json.hpp"

namespace simulated_cloud {
namespace {

struct RawReply {
  std::string text;
  bool reset = false;
};

class FaultsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Request signed_request(const std::string& form) const {
    Request request{.method = "POST",
                    .target = "/",
                    .headers = {{"Host", server.url().substr(7)}},
                    .body = form + "&Version=2010-05-08"};
    sign(request, {.access_key = key.id, .secret = key.secret, .token = {}, .region = "us-east-1", .service = "iam"},
         real_time());
    return request;
  }
  // Everything that comes back until the server closes or `most` bytes are there.
  [[nodiscard]] RawReply raw(const std::string& form, std::size_t most = std::string::npos) const {
    const Request request = signed_request(form);
    std::string wire = "POST / HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers) wire.append(name).append(": ").append(value).append("\r\n");
    wire += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    RawReply out;
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(socket, wire.data(), wire.size(), 0) == static_cast<ssize_t>(wire.size())) {
      std::array<char, 4096> part;
      ssize_t got = 0;
      while (out.text.size() < most && (got = ::recv(socket, part.data(), part.size(), 0)) > 0) {
        out.text.append(part.data(), static_cast<std::size_t>(got));
      }
      out.reset = got < 0;
    }
    ::close(socket);
    return out;
  }
  void fault(FaultKind kind, const std::string& action = "CreateAccessKey") {
    control.fault({.kind = kind, .action = action});
  }

  Server server;
  Control control{server};
  KeySeen key = control.seed_user("dev");
  SignedClient client{server, key};
  const std::string create = "Action=CreateAccessKey&UserName=dev";
};

TEST_F(FaultsTest, DropsARequestWithoutDoingItsWork) {
  fault(FaultKind::drop_request);
  const RawReply reply = raw(create);
  EXPECT_EQ(reply.text, "");
  EXPECT_FALSE(reply.reset);
  EXPECT_EQ(control.keys("dev").size(), 1U);
  EXPECT_EQ(control.arrived("CreateAccessKey"), 1U);
  EXPECT_EQ(control.worked("CreateAccessKey"), 0U);
  EXPECT_EQ(client.iam(create).status, 200);
}

TEST_F(FaultsTest, DropsAReplyAfterDoingTheWork) {
  fault(FaultKind::drop_reply);
  EXPECT_EQ(raw(create).text, "");
  ASSERT_EQ(control.keys("dev").size(), 2U);
  const LogEntry entry = control.log().back();
  EXPECT_TRUE(entry.worked);
  EXPECT_FALSE(entry.delivered);
  EXPECT_EQ(entry.created_key, control.keys("dev")[1].id);
}

TEST_F(FaultsTest, ClosesWithAResetIfAsked) {
  control.fault({.kind = FaultKind::drop_reply, .action = "CreateAccessKey", .reset = true});
  const RawReply reply = raw(create);
  EXPECT_EQ(reply.text, "");
  EXPECT_TRUE(reply.reset);
}

TEST_F(FaultsTest, CutsAReplyAtEveryByteThatIsAsked) {
  const std::string list = "Action=ListAccessKeys&UserName=dev";
  for (const std::size_t at : {0U, 1U, 57U}) {
    control.fault({.kind = FaultKind::cut_reply, .action = "ListAccessKeys", .at_byte = at});
    const std::string text = raw(list).text;
    const std::size_t body = text.find("\r\n\r\n") + 4;
    EXPECT_EQ(text.size() - body, at);
    EXPECT_GT(std::stoul(between(text, "Content-Length: ", "\r\n")), at);
  }
  control.fault({.kind = FaultKind::cut_reply, .action = "ListAccessKeys", .at_byte = 9, .whole_reply = true});
  EXPECT_EQ(raw(list).text, "HTTP/1.1 ");
}

TEST_F(FaultsTest, AnswersWithErrorsBeforeAndAfterTheWork) {
  fault(FaultKind::error_503_before);
  EXPECT_EQ(client.iam(create).status, 503);
  fault(FaultKind::html_502_before);
  const Said html = client.iam(create);
  EXPECT_EQ(html.status, 502);
  EXPECT_NE(html.body.find("<html>"), std::string::npos);
  for (const auto& [kind, code] :
       {std::pair{FaultKind::throttle, "Throttling"}, std::pair{FaultKind::expired_token, "ExpiredToken"},
        std::pair{FaultKind::access_denied, "AccessDenied"}, std::pair{FaultKind::no_such_entity, "NoSuchEntity"}}) {
    fault(kind);
    EXPECT_EQ(client.iam(create).code, code);
  }
  EXPECT_EQ(control.keys("dev").size(), 1U);
  fault(FaultKind::error_500_after);
  EXPECT_EQ(client.iam(create).code, "ServiceFailure");
  EXPECT_EQ(control.keys("dev").size(), 2U);
}

TEST_F(FaultsTest, SendsGarbageAndLeakyErrorsAfterTheWork) {
  fault(FaultKind::garbage);
  const Said garbage = client.iam(create);
  EXPECT_EQ(garbage.status, 200);
  EXPECT_EQ(garbage.body.find("<CreateAccessKeyResponse"), std::string::npos);
  const KeySeen made = control.keys("dev").at(1);
  control.delete_key(made.id);
  fault(FaultKind::leak);
  const Said leak = client.iam(create);
  EXPECT_EQ(leak.status, 500);
  EXPECT_NE(leak.body.find(control.keys("dev").at(1).secret), std::string::npos);
}

TEST_F(FaultsTest, ClosesAConnectionAfterAWholeReplyThoughItWasToBeKept) {
  fault(FaultKind::close_after, "ListUsers");
  const std::string text = raw("Action=ListUsers").text;  // returns at the end of the stream
  EXPECT_TRUE(text.ends_with("</ListUsersResponse>\n")) << text;
  EXPECT_EQ(text.find("Connection: close"), std::string::npos);
}

TEST_F(FaultsTest, DoesTheWorkOfASlowRequestEvenIfTheClientHasGone) {
  control.fault({.kind = FaultKind::slow_before, .action = "CreateAccessKey", .wait = Millis{150}});
  httplib::Client impatient(server.url());
  impatient.set_read_timeout(0, 20'000);
  const Request request = signed_request(create);
  EXPECT_FALSE(impatient.Post("/", httplib::Headers(request.headers.begin(), request.headers.end()), request.body,
                              "application/x-www-form-urlencoded"));
  EXPECT_EQ(control.worked("CreateAccessKey"), 0U);
  while (control.worked("CreateAccessKey") == 0) std::this_thread::sleep_for(Millis{5});
  EXPECT_EQ(control.keys("dev").size(), 2U);
}

TEST_F(FaultsTest, StrikesTheRequestsThatTheRuleNames) {
  control.fault({.kind = FaultKind::throttle, .action = "ListAccessKeys", .user = "dev", .skip = 1, .count = 2});
  std::vector<int> statuses;
  for (int n = 0; n < 5; ++n) statuses.push_back(client.iam("Action=ListAccessKeys&UserName=dev").status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 400, 400, 200, 200}));
  EXPECT_EQ(client.iam("Action=GetUser&UserName=dev").status, 200);
  EXPECT_EQ(control.cloud().faults().at(0).seen, 5U);
  EXPECT_EQ(control.cloud().faults().at(0).struck, 2U);
}

TEST_F(FaultsTest, LetsAForeignActorSlipInBetween) {
  const std::string rule = R"({"rules": [{"fault": "act_before", "action": "ListAccessKeys", "moves": [
      {"do": "create_key", "account": "123456789012", "user": "dev"},
      {"do": "delete_key", "key": "AKIANOSUCHKEY2345678"}]}]})";
  ASSERT_EQ(client.control("faults", rule).status, 200);
  const Said listed = client.iam("Action=ListAccessKeys&UserName=dev");
  EXPECT_NE(listed.body.find(control.keys("dev").at(1).id), std::string::npos);
  control.fault({.kind = FaultKind::act_after, .action = "ListAccessKeys", .act = [&](World& world) {
                   world.set_status(key.id, KeyStatus::inactive);
                 }});
  EXPECT_EQ(client.iam("Action=ListAccessKeys&UserName=dev").status, 200);
  EXPECT_EQ(control.keys("dev").at(0).status, KeyStatus::inactive);
}

TEST_F(FaultsTest, WaitsBeforeOrAfterTheWorkAndStopsPromptlyAllTheSame) {
  const auto begun = std::chrono::steady_clock::now();
  control.fault({.kind = FaultKind::slow_before, .action = "CreateAccessKey", .wait = Millis{100}});
  EXPECT_EQ(client.iam(create).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, Millis{100});
  control.fault({.kind = FaultKind::slow_after, .action = "ListUsers", .wait = Millis{60'000}});
  std::thread waiting([this] { static_cast<void>(raw("Action=ListUsers")); });
  while (control.arrived("ListUsers") == 0) std::this_thread::yield();
  server.stop();
  waiting.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{30});
}

TEST_F(FaultsTest, KeepsASlowRequestOfTheOldWorldOutOfANewOne) {
  control.fault({.kind = FaultKind::slow_before, .action = "CreateAccessKey", .wait = Millis{60'000}});
  std::thread waiting([this] { EXPECT_EQ(raw(create).text, ""); });
  while (control.arrived("CreateAccessKey") == 0) std::this_thread::yield();
  control.cloud().reset();
  waiting.join();
  EXPECT_TRUE(control.log().empty());
}

// --- libcurl, as keybaton uses it ---

struct CurlAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
};

class Curl {
 public:
  Curl() : handle_(curl_easy_init()) {}
  ~Curl() { curl_easy_cleanup(handle_); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  [[nodiscard]] CurlAnswer post(const std::string& url, const Request& request) {
    curl_slist* headers = nullptr;
    for (const auto& [name, value] : request.headers)
      headers = curl_slist_append(headers, (name + ": " + value).c_str());
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(
        handle_, CURLOPT_WRITEFUNCTION, +[](char*, std::size_t, std::size_t n, void*) { return n; });
    CurlAnswer out{.code = curl_easy_perform(handle_), .status = 0};
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &out.status);
    curl_slist_free_all(headers);
    return out;
  }

 private:
  CURL* handle_;
};

TEST_F(FaultsTest, LibcurlReusesAConnectionAndSeesEachKindOfLoss) {
  Curl curl;
  const std::string list = "Action=ListAccessKeys&UserName=dev";
  EXPECT_EQ(curl.post(server.url(), signed_request(list)).status, 200);
  EXPECT_EQ(curl.post(server.url(), signed_request(list)).status, 200);
  EXPECT_EQ(control.log()[0].connection, control.log()[1].connection);
  control.fault({.kind = FaultKind::cut_reply, .action = "ListAccessKeys", .at_byte = 20});
  EXPECT_EQ(curl.post(server.url(), signed_request(list)).code, CURLE_PARTIAL_FILE);
  Curl fresh;
  control.fault({.kind = FaultKind::drop_reply, .action = "ListAccessKeys"});
  EXPECT_EQ(fresh.post(server.url(), signed_request(list)).code, CURLE_GOT_NOTHING);
}

// The trap that a create must avoid: on a kept-alive connection libcurl takes a lost reply for an idle time-out of the
// server, and sends the POST again by itself.
TEST_F(FaultsTest, LibcurlSendsAPostAgainWhenAKeptAliveConnectionClosesWithoutAReply) {
  Curl curl;
  ASSERT_EQ(curl.post(server.url(), signed_request("Action=GetUser&UserName=dev")).status, 200);
  fault(FaultKind::drop_reply);
  static_cast<void>(curl.post(server.url(), signed_request(create)));
  EXPECT_EQ(control.arrived("CreateAccessKey"), 2U);
}

}  // namespace
}  // namespace simulated_cloud
