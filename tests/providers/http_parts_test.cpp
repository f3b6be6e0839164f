#include <gtest/gtest.h>

#include "providers/http/encode.hpp"
#include "providers/http/message.hpp"
#include "providers/http/retry.hpp"
#include "providers/http/url.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using namespace std::chrono_literals;
using http::Millis;

struct RetryCase {
  const char* name;
  int attempt;
  Millis spent;
  double random;
  std::optional<Millis> asked;
  std::optional<Millis> expected;
};

TEST(retry_delay, follows_its_table) {
  const http::RetryPolicy policy{.attempts = 9, .base = 200ms, .cap = 20s, .budget = 60s};
  const RetryCase cases[] = {
      {"first wait is within the base", 1, 0ms, 0.5, {}, 100ms},
      {"no chance, no wait", 1, 0ms, 0.0, {}, 0ms},
      {"doubles", 3, 0ms, 0.5, {}, 400ms},
      {"doubles again", 4, 0ms, 0.5, {}, 800ms},
      {"is capped", 8, 0ms, 0.999, {}, 19980ms},
      {"the server's word is a floor", 1, 0ms, 0.5, 3s, 3s},
      {"a lower word of the server changes nothing", 4, 0ms, 0.5, 100ms, 800ms},
      {"the last try has no next", 9, 0ms, 0.5, {}, {}},
      {"far beyond the last try", 100, 0ms, 0.5, {}, {}},
      {"the budget is kept", 8, 50s, 0.999, {}, {}},
      {"exactly the budget is allowed", 1, 59900ms, 0.5, {}, 100ms},
      {"the server asks for more than the budget", 1, 0ms, 0.5, 61s, {}},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(http::retry_delay(policy, one.attempt, one.spent, one.random, one.asked), one.expected) << one.name;
  }
}

TEST(retry_delay, never_leaves_the_jitters_range) {
  const http::RetryPolicy policy;
  for (int attempt = 1; attempt < policy.attempts; ++attempt) {
    for (double random = 0; random < 1; random += 0.05) {
      const auto delay = http::retry_delay(policy, attempt, 0ms, random, {});
      ASSERT_TRUE(delay);
      EXPECT_GE(*delay, 0ms);
      EXPECT_LE(*delay, policy.cap);
    }
  }
}

TEST(url, is_taken_apart) {
  const auto url = http::parse_url("https://IAM.amazonaws.com");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "iam.amazonaws.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/");
  EXPECT_EQ(url->authority(), "iam.amazonaws.com");
  EXPECT_EQ(http::parse_url("http://127.0.0.1:5000/a/B?x=1")->query, "x=1");
  EXPECT_EQ(http::parse_url("http://127.0.0.1:5000/a/B?x=1")->path, "/a/B");
  EXPECT_EQ(http::parse_url("http://[::1]:5000/")->authority(), "[::1]:5000");
  EXPECT_EQ(http::parse_url("http://h:80")->authority(), "h");
}

TEST(url, refuses_what_two_readers_could_understand_differently) {
  for (const auto* text :
       {"", "ftp://h/", "file:///etc/passwd", "https://", "https:///x", "https://user@h/", "https://user:pw@127.0.0.1/",
        "https://h:0/", "https://h:65536/", "https://h:x/", "https://h:/", "https://h/#f", "https://h/ x",
        "https://h/\r\nX: y", "https://h\\@evil/", "https://[::1", "https://[h]/", "https://h\xc3\xa9/"}) {
    EXPECT_FALSE(http::parse_url(text)) << text;
  }
}

TEST(url, http_is_for_loopback_alone) {
  const auto may = [](const char* text, const std::vector<std::string>& hosts = {}) {
    return http::may_speak_to(http::parse_url(text).value(), hosts);
  };
  EXPECT_TRUE(may("http://127.0.0.1:1/"));
  EXPECT_TRUE(may("http://127.9.8.7/"));
  EXPECT_TRUE(may("http://[::1]/"));
  EXPECT_TRUE(may("http://localhost/"));
  EXPECT_TRUE(may("https://iam.amazonaws.com/"));
  for (const auto* text : {"http://iam.amazonaws.com/", "http://127.0.0.1.evil.com/", "http://localhost.evil.com/",
                           "http://10.0.0.1/", "http://0.0.0.0/", "http://[::2]/", "http://169.254.169.254/",
                           "http://2130706433/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/"}) {
    EXPECT_FALSE(may(text)) << text;
  }
  EXPECT_TRUE(may("http://169.254.169.254/latest", {"169.254.169.254"}));
  EXPECT_FALSE(may("http://169.254.170.2/", {"169.254.169.254"}));
}

TEST(encode, leaves_only_the_unreserved_set) {
  EXPECT_EQ(http::percent_encode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(http::percent_encode("svc+deploy=x,y@z /\n\xff"), "svc%2Bdeploy%3Dx%2Cy%40z%20%2F%0A%FF");
  EXPECT_EQ(http::form({{"Action", "ListUsers"}, {"a b", "c&d=e"}}), "Action=ListUsers&a%20b=c%26d%3De");
  EXPECT_EQ(http::form({}), "");
}

TEST(http_date, reads_one_form_and_no_other) {
  EXPECT_EQ(rotation::rfc3339(http::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value()), "1994-11-06T08:49:37Z");
  for (const auto* text :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:-7 GMT"}) {
    EXPECT_FALSE(http::parse_http_date(text)) << text;
  }
}

TEST(clock_offset, is_the_servers_time_minus_ours_and_zero_within_the_measurements_error) {
  const auto at = [](const char* date, Millis ahead, Millis trip) {
    return http::clock_offset(tests::response(200, "", {{"date", date}}), tests::start + ahead,
                              tests::start + ahead + trip);
  };
  // tests::start is 03:04:05.
  EXPECT_EQ(at("Fri, 02 Jan 2026 03:04:05 GMT", 0ms, 20ms), 0ms);
  EXPECT_EQ(at("Fri, 02 Jan 2026 03:04:05 GMT", 900ms, 100ms), 0ms);
  EXPECT_EQ(at("Fri, 02 Jan 2026 03:34:05 GMT", 0ms, 0ms), 30min + 500ms);
  EXPECT_EQ(at("Fri, 02 Jan 2026 02:04:05 GMT", 0ms, 2000ms), -1h - 500ms);
  EXPECT_FALSE(at("yesterday", 0ms, 0ms));
  EXPECT_FALSE(http::clock_offset(tests::response(200, ""), tests::start, tests::start));
}

TEST(retry_after, is_read_as_seconds_or_as_a_date) {
  const auto read = [](const char* text) {
    return http::retry_after(tests::response(503, "", {{"Retry-After", text}}), tests::start);
  };
  EXPECT_EQ(read("7"), 7s);
  EXPECT_EQ(read("Fri, 02 Jan 2026 03:04:15 GMT"), 10s);
  EXPECT_EQ(read("Fri, 02 Jan 2026 03:04:00 GMT"), 0s);
  EXPECT_FALSE(read("-1"));
  EXPECT_FALSE(read("soon"));
}

TEST(body, keeps_all_bytes_while_it_grows) {
  http::Body body;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const auto piece = std::to_string(i) + ",";
    body.append(piece);
    expected += piece;
  }
  EXPECT_EQ(body.view(), expected);
  http::Body other{std::move(body)};
  EXPECT_EQ(other.view(), expected);
  other.clear();
  EXPECT_TRUE(other.empty());
}

}  // namespace
