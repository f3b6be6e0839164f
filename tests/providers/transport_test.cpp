// The real transport against a server that says and withholds exactly what a script tells it.
#include <gtest/gtest.h>

#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>

#include "providers/http/transport.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using namespace std::chrono_literals;
using http::Connection;
using tests::Peer;
using tests::RawServer;
using tests::Seen;

http::Request post(const RawServer& server, Connection connection = Connection::kept_alive,
                   std::string_view body = "Action=X") {
  return {.method = http::Method::post,
          .url = server.url(),
          .body = http::Body{body},
          .deadline = 5s,
          .connection = connection};
}

TEST(transport, brings_status_headers_and_body) {
  Seen seen;
  RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return tests::reply(404, "not here", "X-Amzn-RequestId: abc\r\n");
  })};
  const auto transport = http::curl_transport();
  auto request = post(server);
  request.headers.emplace_back("X-Own", "value");
  const auto reply = transport->send(request);
  const auto* got = std::get_if<http::Response>(&reply);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404);
  EXPECT_EQ(got->body.view(), "not here");
  ASSERT_TRUE(got->header("x-amzn-requestid"));
  EXPECT_EQ(*got->header("x-amzn-requestid"), "abc");
  EXPECT_FALSE(got->header("x-amzn"));
  const auto text = seen.all().at(0);
  EXPECT_TRUE(text.starts_with("POST / HTTP/1.1\r\n")) << text;
  EXPECT_NE(text.find("X-Own: value\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\nAction=X"));
}

TEST(transport, does_not_wait_for_100_continue_with_a_large_body) {
  Seen seen;
  RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return tests::reply(200, "ok");
  })};
  const std::string large(2 << 20, 'x');
  const auto started = std::chrono::steady_clock::now();
  const auto reply = http::curl_transport()->send(post(server, Connection::fresh, large));
  EXPECT_TRUE(std::holds_alternative<http::Response>(reply));
  EXPECT_LT(std::chrono::steady_clock::now() - started, 900ms);  // libcurl would wait a second for the 100
  EXPECT_EQ(seen.count("Expect:"), 0);
}

TEST(transport, reads_go_over_one_kept_alive_connection_and_fresh_ones_over_their_own) {
  RawServer server{tests::answering([](const std::string&) { return tests::reply(200, "ok"); })};
  const auto transport = http::curl_transport();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server))));
  EXPECT_EQ(server.connections(), 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server, Connection::fresh))));
  }
  EXPECT_EQ(server.connections(), 3);
  ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server))));
  EXPECT_EQ(server.connections(), 3);  // neither took the kept-alive one away
}

// Closes without a reply as soon as it has read a request that says Create.
std::function<void(Peer&, int)> drops_creates(Seen& seen) {
  return [&seen](Peer& peer, int) {
    while (const auto request = peer.request()) {
      seen.add(*request);
      if (request->find("Action=Create") != std::string::npos) return;
      peer.say(tests::reply(200, "ok"));
    }
  };
}

// Invariant 3: a create is sent at most once, on the wire.
TEST(transport, a_fresh_post_whose_connection_closes_without_a_reply_arrives_once) {
  Seen seen;
  RawServer server{drops_creates(seen)};
  const auto transport = http::curl_transport();
  ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server))));
  const auto reply = transport->send(post(server, Connection::fresh, "Action=Create"));
  EXPECT_TRUE(std::holds_alternative<http::Lost>(reply));
  EXPECT_EQ(seen.count("Action=Create"), 1);
}

// The reason for the fresh connection: libcurl itself sends a POST again. If this ever fails, libcurl has changed.
TEST(transport, the_same_post_on_a_kept_alive_connection_is_sent_twice_by_libcurl) {
  Seen seen;
  RawServer server{drops_creates(seen)};
  const auto transport = http::curl_transport();
  ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server))));
  const auto reply = transport->send(post(server, Connection::kept_alive, "Action=Create"));
  EXPECT_TRUE(std::holds_alternative<http::Lost>(reply));
  EXPECT_EQ(seen.count("Action=Create"), 2);
}

TEST(transport, a_reply_cut_at_any_byte_is_lost) {
  const auto whole = tests::reply(200, "<a>the whole body</a>", "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\n");
  std::size_t cut = 0;
  RawServer server{[&](Peer& peer, int) {
    if (peer.request()) peer.say(std::string_view{whole}.substr(0, cut));
  }};
  const auto transport = http::curl_transport();
  for (cut = 0; cut < whole.size(); ++cut) {
    const auto reply = transport->send(post(server, Connection::fresh));
    EXPECT_TRUE(std::holds_alternative<http::Lost>(reply)) << cut << " of " << whole.size();
  }
  cut = whole.size();
  EXPECT_TRUE(std::holds_alternative<http::Response>(transport->send(post(server, Connection::fresh))));
}

TEST(transport, a_chunked_reply_without_its_last_chunk_is_lost) {
  RawServer server{[](Peer& peer, int) {
    if (peer.request()) peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n");
  }};
  EXPECT_TRUE(std::holds_alternative<http::Lost>(http::curl_transport()->send(post(server, Connection::fresh))));
}

TEST(transport, a_reset_connection_is_lost) {
  RawServer server{[](Peer& peer, int) {
    if (!peer.request()) return;
    const linger now{1, 0};
    setsockopt(peer.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }};
  EXPECT_TRUE(std::holds_alternative<http::Lost>(http::curl_transport()->send(post(server, Connection::fresh))));
}

TEST(transport, a_reply_beyond_the_deadline_is_lost) {
  RawServer server{[](Peer& peer, int) {
    if (peer.request()) peer.wait_for_close();
  }};
  auto request = post(server, Connection::fresh);
  request.deadline = 200ms;
  const auto started = std::chrono::steady_clock::now();
  const auto reply = http::curl_transport()->send(request);
  EXPECT_TRUE(std::holds_alternative<http::Lost>(reply));
  EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
}

TEST(transport, a_body_or_header_over_the_cap_is_lost) {
  RawServer server{tests::answering([](const std::string& request) {
    if (request.find("headers") != std::string::npos)
      return tests::reply(200, "", "X: " + std::string(90'000, 'h') + "\r\n");
    return tests::reply(200, std::string(5000, 'b'));
  })};
  const auto transport = http::curl_transport();
  auto request = post(server, Connection::fresh);
  request.reply_cap = 5000;
  EXPECT_TRUE(std::holds_alternative<http::Response>(transport->send(request)));
  request.reply_cap = 4999;
  EXPECT_TRUE(std::holds_alternative<http::Lost>(transport->send(request)));
  EXPECT_TRUE(std::holds_alternative<http::Lost>(transport->send(post(server, Connection::fresh, "headers"))));
}

TEST(transport, nobody_listening_is_not_sent) {
  int port = 0;
  {
    RawServer gone{[](Peer&, int) {}};
    port = gone.port();
  }
  const http::Request request{.method = http::Method::post, .url = "http://127.0.0.1:" + std::to_string(port) + "/"};
  const auto reply = http::curl_transport()->send(request);
  const auto* not_sent = std::get_if<http::NotSent>(&reply);
  ASSERT_TRUE(not_sent);
  EXPECT_FALSE(not_sent->permanent);
}

TEST(transport, an_unknown_name_is_not_sent) {
  const http::Request request{.url = "https://no-such-host.invalid/", .deadline = 3s};
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(http::curl_transport()->send(request)));
}

TEST(transport, plain_http_beyond_loopback_is_refused_before_connecting) {
  const auto transport = http::curl_transport();
  for (const auto* url :
       {"http://iam.amazonaws.com/", "http://169.254.169.254/", "ftp://127.0.0.1/", "file:///dev/null"}) {
    const auto started = std::chrono::steady_clock::now();
    const auto reply = transport->send({.url = url});
    const auto* not_sent = std::get_if<http::NotSent>(&reply);
    ASSERT_TRUE(not_sent) << url;
    EXPECT_TRUE(not_sent->permanent);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 100ms);
  }
}

TEST(transport, a_proxy_from_the_environment_never_sees_loopback) {
  Seen proxied;
  RawServer proxy{tests::answering([&](const std::string& request) {
    proxied.add(request);
    return tests::reply(502, "proxy");
  })};
  RawServer server{tests::answering([](const std::string&) { return tests::reply(200, "ok"); })};
  setenv("http_proxy", proxy.url().c_str(), 1);
  const auto reply = http::curl_transport()->send(post(server));
  unsetenv("http_proxy");
  EXPECT_EQ(std::get<http::Response>(reply).status, 200);
  EXPECT_TRUE(proxied.all().empty());
}

TEST(transport, a_proxys_password_stays_out_of_errors) {
  setenv("https_proxy", "http://user:hunter2secret@127.0.0.1:1", 1);
  const auto reply = http::curl_transport()->send({.url = "https://iam.example.invalid/"});
  unsetenv("https_proxy");
  const auto* not_sent = std::get_if<http::NotSent>(&reply);
  ASSERT_TRUE(not_sent);
  EXPECT_EQ(not_sent->why.find("hunter2"), std::string::npos);
}

TEST(transport, redirects_are_not_followed) {
  Seen elsewhere;
  RawServer other{tests::answering([&](const std::string& request) {
    elsewhere.add(request);
    return tests::reply(200, "here");
  })};
  RawServer server{
      tests::answering([&](const std::string&) { return tests::reply(302, "", "Location: " + other.url() + "\r\n"); })};
  const auto reply = http::curl_transport()->send(post(server));
  EXPECT_EQ(std::get<http::Response>(reply).status, 302);
  EXPECT_TRUE(elsewhere.all().empty());
}

TEST(transport, a_header_with_a_line_end_is_not_sent) {
  Seen seen;
  RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return tests::reply(200, "ok");
  })};
  auto request = post(server);
  request.headers.emplace_back("Authorization", "x\r\nInjected: y");
  EXPECT_TRUE(std::holds_alternative<http::NotSent>(http::curl_transport()->send(request)));
  EXPECT_TRUE(seen.all().empty());
}

TEST(transport, a_read_can_be_interrupted_and_a_fresh_request_cannot) {
  RawServer server{[](Peer& peer, int) {
    if (peer.request()) peer.wait_for_close();
  }};
  const auto transport = http::curl_transport();
  int asked = 0;
  auto request = post(server);
  request.interrupted = [&asked] { return ++asked > 0; };
  const auto reply = transport->send(request);
  const auto* lost = std::get_if<http::Lost>(&reply);
  const auto* not_sent = std::get_if<http::NotSent>(&reply);
  EXPECT_TRUE((lost && lost->interrupted) || not_sent);
  EXPECT_GT(asked, 0);

  asked = 0;
  request.connection = Connection::fresh;
  request.deadline = 300ms;
  const auto again = transport->send(request);
  ASSERT_TRUE(std::holds_alternative<http::Lost>(again));
  EXPECT_FALSE(std::get<http::Lost>(again).interrupted);
  EXPECT_EQ(asked, 0);
}

TEST(transport, the_log_names_the_exchange_and_no_header_body_or_query) {
  RawServer server{tests::answering(
      [](const std::string&) { return tests::reply(200, "replysecret", "x-amzn-RequestId: r1\r\n"); })};
  std::vector<http::LogLine> lines;
  const auto transport = http::curl_transport({.log = [&](const http::LogLine& line) { lines.push_back(line); }});
  auto request = post(server, Connection::kept_alive, "bodysecret");
  request.url += "path?query=querysecret";
  request.purpose = "ListUsers";
  request.headers.emplace_back("Authorization", "headersecret");
  ASSERT_TRUE(std::holds_alternative<http::Response>(transport->send(request)));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].what, "ListUsers POST " + server.url() + "path");
  EXPECT_EQ(lines[0].status, 200);
  EXPECT_EQ(lines[0].request_id, "r1");
  EXPECT_EQ((lines[0].what + lines[0].ending + lines[0].request_id).find("secret"), std::string::npos);
}

TEST(transport, a_put_without_a_body_says_so) {
  Seen seen;
  RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return tests::reply(200, "token");
  })};
  const auto reply =
      http::curl_transport()->send({.method = http::Method::put, .url = server.url() + "latest/api/token"});
  EXPECT_EQ(std::get<http::Response>(reply).body.view(), "token");
  EXPECT_TRUE(seen.all().at(0).starts_with("PUT /latest/api/token HTTP/1.1"));
  EXPECT_EQ(seen.count("Content-Length: 0"), 1);
}

}  // namespace
