#include "inventory/metrics_push.hpp"

#include <gtest/gtest.h>

#include <deque>

using inventory::Batch;
using inventory::Dialect;
using rotation::Ending;
using rotation::Millis;

namespace {

http::Response reply(int status, const std::string& body = {}, const std::string& retry_after = {}) {
  http::Response response{.status = status};
  response.body = http::Body{body};
  if (!retry_after.empty()) response.headers.emplace_back("Retry-After", retry_after);
  return response;
}

struct Wire final : http::Transport {
  std::deque<http::Reply> replies;
  std::vector<std::string> bodies, urls, tokens;
  std::vector<Millis> deadlines;
  Millis boot{0};
  bool hangs = false;  // every request until its deadline

  http::Reply send(const http::Request& request) override {
    bodies.emplace_back(request.body.view());
    urls.push_back(request.url);
    deadlines.push_back(request.deadline);
    if (hangs) {
      boot += request.deadline;
      return http::Lost{.why = "Timeout was reached"};
    }
    for (const http::Header& header : request.headers) {
      if (header.name == "Authorization") tokens.push_back(header.value);
    }
    if (replies.empty()) return reply(202);
    http::Reply next = std::move(replies.front());
    replies.pop_front();
    return next;
  }
};

struct Sending {
  Wire wire;
  std::vector<Millis> pauses;
  bool interrupted = false;
  std::vector<Batch> batches;

  Sending() {
    batches.push_back({.body = "first\n", .points = 1000});
    batches.push_back({.body = "second\n", .points = 5});
  }
  template <class... Replies>
  Sending& answers(Replies&&... replies) {
    (wire.replies.push_back(std::forward<Replies>(replies)), ...);
    return *this;
  }
  inventory::Delivery to(Dialect dialect = Dialect::wavefront, Millis budget = Millis{60'000}) {
    inventory::Destination place{.dialect = dialect,
                                 .name = "The place",
                                 .setting = "metrics.place.url",
                                 .url = "https://place.example/report",
                                 .token_header = "Authorization",
                                 .token_scheme = "Bearer ",
                                 .token = rotation::Secret{"the-token"},
                                 .token_file = "/etc/token"};
    const inventory::Surroundings around{.wire = wire,
                                         .pause =
                                             [this](Millis span) {
                                               pauses.push_back(span);
                                               wire.boot += span;
                                               return !interrupted;
                                             },
                                         .interrupted = [] { return false; },
                                         .now = [] { return http::SysMillis{}; },
                                         .boot = [this] { return wire.boot; },
                                         .chance = [] { return 0.5; }};
    return inventory::deliver(place, batches, {.attempts = 4, .base = Millis{100}, .budget = budget}, around);
  }
};

using Bodies = std::vector<std::string>;

}  // namespace

TEST(Deliver, sends_every_batch_with_the_token_and_counts_what_was_taken) {
  Sending sending;
  const auto delivery = sending.answers(reply(202), reply(200)).to();
  EXPECT_EQ(delivery.ending, Ending::ok);
  EXPECT_EQ(delivery.points, 1005U);
  EXPECT_EQ(delivery.taken, 1005U);
  EXPECT_EQ(sending.wire.bodies, (Bodies{"first\n", "second\n"}));
  EXPECT_EQ(sending.wire.tokens, (Bodies{"Bearer the-token", "Bearer the-token"}));
  EXPECT_TRUE(sending.pauses.empty());
}

TEST(Deliver, pushback_errors_of_the_server_and_lost_replies_are_tried_again_with_the_same_points) {
  Sending sending;
  const auto delivery =
      sending.answers(reply(406), http::Lost{.why = "closed"}, reply(500), reply(202), http::NotSent{.why = "refused"})
          .to();
  EXPECT_EQ(delivery.ending, Ending::ok);
  EXPECT_EQ(sending.wire.bodies, (Bodies{"first\n", "first\n", "first\n", "first\n", "second\n", "second\n"}));
  EXPECT_EQ(sending.pauses, (std::vector<Millis>{Millis{50}, Millis{100}, Millis{200}, Millis{50}}));
}

TEST(Deliver, waits_as_long_as_the_server_asks) {
  Sending sending;
  EXPECT_EQ(sending.answers(reply(429, "", "7")).to().ending, Ending::ok);
  EXPECT_EQ(sending.pauses, std::vector<Millis>{Millis{7000}});
}

TEST(Deliver, does_not_wait_longer_than_its_patience_and_says_how_long_was_asked) {
  Sending sending;
  const auto delivery = sending.answers(reply(202), reply(429, "", "3600")).to();
  EXPECT_EQ(delivery.ending, Ending::refused);
  EXPECT_EQ(delivery.taken, 1000U);
  EXPECT_TRUE(sending.pauses.empty());
  EXPECT_NE(delivery.problem.message.find("1000 of 1005 points"), std::string::npos) << delivery.problem.message;
  EXPECT_NE(delivery.problem.message.find("for 3600 s"), std::string::npos) << delivery.problem.message;
  EXPECT_NE(delivery.problem.keys.find("overwritten"), std::string::npos);
}

TEST(Deliver, refusals_are_final_and_say_what_helps) {
  struct Case {
    int status;
    const char* hint;
  };
  for (const Case& each : {Case{400, "log"}, Case{401, "/etc/token"}, Case{403, "Direct Data Ingestion"},
                           Case{404, "metrics.place.url"}, Case{302, "metrics.place.url"}}) {
    Sending sending;
    const auto delivery = sending.answers(reply(each.status)).to();
    EXPECT_EQ(delivery.ending, Ending::refused) << each.status;
    EXPECT_EQ(delivery.taken, 0U);
    EXPECT_EQ(sending.wire.bodies.size(), 1U) << each.status;
    EXPECT_NE(delivery.problem.hint.find(each.hint), std::string::npos) << delivery.problem.hint;
    EXPECT_EQ(delivery.problem.message.find("the-token"), std::string::npos);
  }
}

TEST(Deliver, what_is_never_answered_is_unknown_and_what_is_never_taken_is_refused) {
  const auto four_times = [](const auto& make) {
    Sending sending;
    sending.answers(make(), make(), make(), make());
    const auto delivery = sending.to();
    EXPECT_EQ(sending.wire.bodies.size(), 4U);
    return delivery.ending;
  };
  EXPECT_EQ(four_times([] { return http::Lost{.why = "closed"}; }), Ending::unknown);
  EXPECT_EQ(four_times([] { return reply(503); }), Ending::unknown);
  EXPECT_EQ(four_times([] { return reply(406); }), Ending::refused);
  EXPECT_EQ(four_times([] { return http::NotSent{.why = "no route"}; }), Ending::refused);
}

TEST(Deliver, a_signal_ends_it_between_two_tries) {
  Sending sending;
  sending.interrupted = true;
  EXPECT_EQ(sending.answers(reply(503)).to().ending, Ending::interrupted);
  EXPECT_EQ(sending.wire.bodies.size(), 1U);
}

TEST(Deliver, otlp_points_refused_inside_a_success_are_a_failure_that_is_not_sent_again) {
  for (const char* body : {R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}})",
                           R"({"partialSuccess":{"rejectedDataPoints":3}})"}) {
    Sending sending;
    const auto delivery = sending.answers(reply(200, body), reply(200, "{}")).to(Dialect::otlp);
    EXPECT_EQ(delivery.ending, Ending::refused);
    EXPECT_EQ(delivery.taken, 1002U);
    EXPECT_EQ(sending.wire.bodies.size(), 2U);
    EXPECT_NE(delivery.problem.message.find("it refused 3"), std::string::npos) << delivery.problem.message;
  }
  for (const char* body : {"", "{}", R"({"partialSuccess":{}})", R"({"partialSuccess":7})",
                           R"({"partialSuccess":{"rejectedDataPoints":"0","errorMessage":"a warning"}})"}) {
    Sending sending;
    EXPECT_EQ(sending.answers(reply(200, body)).to(Dialect::otlp).ending, Ending::ok) << body;
  }
}

TEST(Deliver, a_success_that_is_no_reply_of_otlp_is_not_taken) {
  for (const char* body : {"<html>", "[]", "7", "null", "{"}) {
    Sending sending;
    const auto delivery = sending.answers(reply(200, body)).to(Dialect::otlp);
    EXPECT_EQ(delivery.ending, Ending::refused) << body;
    EXPECT_EQ(delivery.taken, 0U) << body;
    EXPECT_EQ(sending.wire.bodies.size(), 1U) << body;
    EXPECT_NE(delivery.problem.hint.find("metrics.place.url"), std::string::npos);
  }
}

TEST(Deliver, a_request_that_came_too_late_is_sent_again_by_every_dialect) {
  for (const Dialect dialect : {Dialect::wavefront, Dialect::otlp, Dialect::pushgateway}) {
    Sending sending;
    EXPECT_EQ(sending.answers(reply(408), reply(200, "{}"), reply(200, "{}")).to(dialect).ending, Ending::ok);
    EXPECT_EQ(sending.wire.bodies, (Bodies{"first\n", "first\n", "second\n"}));
  }
}

TEST(Deliver, otlp_is_tried_again_for_the_four_statuses_that_its_specification_names) {
  for (const int status : {429, 502, 503, 504}) {
    Sending sending;
    EXPECT_EQ(sending.answers(reply(status)).to(Dialect::otlp).ending, Ending::ok) << status;
  }
  for (const int status : {400, 406, 500, 501}) {
    Sending sending;
    const Ending wanted = status < 500 ? Ending::refused : Ending::unknown;
    EXPECT_EQ(sending.answers(reply(status)).to(Dialect::otlp).ending, wanted) << status;
    EXPECT_EQ(sending.wire.bodies.size(), 1U) << status;
  }
}

TEST(Deliver, a_place_that_hangs_takes_no_longer_than_the_patience_and_ten_seconds_at_least) {
  for (const auto& [patience, longest] :
       {std::pair{Millis{2'000}, Millis{10'000}}, std::pair{Millis{60'000}, Millis{61'000}}}) {
    Sending sending;
    sending.wire.hangs = true;
    EXPECT_EQ(sending.to(Dialect::wavefront, patience).ending, Ending::unknown);
    EXPECT_LE(sending.wire.boot, longest);
    EXPECT_GE(sending.wire.boot, std::min(patience, longest));
    EXPECT_EQ(sending.wire.deadlines.front(), std::clamp(patience, Millis{10'000}, Millis{30'000}));
  }
}

TEST(Deliver, what_is_taken_slowly_costs_no_patience) {
  Sending sending;
  sending.wire.boot = Millis{3'600'000};
  EXPECT_EQ(sending.to().ending, Ending::ok);
  EXPECT_EQ(sending.wire.deadlines, (std::vector<Millis>{Millis{30'000}, Millis{30'000}}));
}

TEST(Deliver, the_hint_after_malformed_points_is_a_command_that_prints_them) {
  for (const auto& [dialect, format] :
       {std::pair{Dialect::wavefront, "wavefront"}, std::pair{Dialect::otlp, "otlp-json"},
        std::pair{Dialect::pushgateway, "prometheus"}}) {
    Sending sending;
    const auto delivery = sending.answers(reply(400)).to(dialect);
    EXPECT_NE(delivery.problem.hint.find("`keybaton metrics --format " + std::string(format) + "`"), std::string::npos)
        << delivery.problem.hint;
  }
}

TEST(Deliver, what_a_receiver_says_of_refused_points_is_told_short_clean_and_without_the_token) {
  Sending sending;
  const std::string words = R"(too old\u001b[31m\nfor the-token and )" + std::string(500, 'y');
  const auto delivery =
      sending
          .answers(reply(200, R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":")" + words + "\"}}"),
                   reply(200, "{}"))
          .to(Dialect::otlp);
  const std::string& message = delivery.problem.message;
  EXPECT_NE(message.find("it refused 3, and says: \"too old [31m for ... and yyy"), std::string::npos) << message;
  EXPECT_EQ(message.find("the-token"), std::string::npos) << message;
  EXPECT_LT(message.size(), 350U);
}

TEST(Deliver, a_remark_on_points_that_were_all_taken_is_passed_on) {
  Sending sending;
  const auto delivery =
      sending
          .answers(reply(200, R"({"partialSuccess":{"rejectedDataPoints":0,"errorMessage":"use gzip."}})"),
                   reply(200, "{}"))
          .to(Dialect::otlp);
  EXPECT_EQ(delivery.ending, Ending::ok);
  EXPECT_EQ(delivery.remark, "The place has taken all points, and says: \"use gzip\"");
}

TEST(Deliver, refused_points_that_nobody_can_count_are_no_success) {
  for (const char* count : {R"("x")", R"("3 of them")", R"("")", "-1", "1.5", "true", "{}"}) {
    Sending sending;
    const std::string body = R"({"partialSuccess":{"rejectedDataPoints":)" + std::string(count) + "}}";
    const auto delivery = sending.answers(reply(200, body), reply(200, "{}")).to(Dialect::otlp);
    EXPECT_EQ(delivery.ending, Ending::refused) << count;
    EXPECT_EQ(delivery.taken, 5U) << count;
    EXPECT_NE(delivery.problem.message.find("it refused some and does not say how many"), std::string::npos) << count;
  }
  Sending sending;
  EXPECT_EQ(sending.answers(reply(200, R"({"partialSuccess":{"rejectedDataPoints":null}})")).to(Dialect::otlp).ending,
            Ending::ok);
}
