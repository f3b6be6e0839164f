#include "inventory/metrics_formats.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "metrics_samples.hpp"
#include "rotation/errors.hpp"

using inventory::Metrics;

namespace {

std::string prometheus(const Metrics& metrics) {
  std::string all;
  inventory::prometheus_text(metrics, [&](std::string_view piece) { all += piece; });
  return all;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

bool has(const std::string& text, const std::string& line) {
  const auto all = lines(text);
  return std::find(all.begin(), all.end(), line) != all.end();
}

std::string wavefront(const Metrics& metrics) {
  std::string all;
  for (const auto& batch : inventory::wavefront_batches(metrics)) all += batch.body;
  return all;
}

const std::string ci_labels = R"({account="prod",provider="aws",user="ci",access_key_id="AKIAEXAMPLE000000001"})";

}  // namespace

TEST(PrometheusText, tells_a_key_by_timestamps_in_seconds) {
  const std::string text = prometheus(samples::one_key());
  EXPECT_TRUE(has(text, "keybaton_access_key_created_timestamp_seconds" + ci_labels + " 1741360000")) << text;
  EXPECT_TRUE(has(text, "keybaton_access_key_last_used_timestamp_seconds" + ci_labels + " 1749913600"));
  EXPECT_TRUE(has(text, "keybaton_access_key_age_seconds" + ci_labels + " 8640000"));
  EXPECT_TRUE(has(text, "keybaton_access_key_max_age_seconds" + ci_labels + " 7776000"));
  EXPECT_TRUE(has(text, "keybaton_access_key_active" + ci_labels + " 1"));
  EXPECT_TRUE(has(text, "keybaton_access_key_never_used" + ci_labels + " 0"));
  EXPECT_TRUE(has(text, R"(keybaton_account_info{account="prod",provider="aws",account_id="123456789012"} 1)"));
  EXPECT_TRUE(has(text, R"(keybaton_account_access_keys{account="prod",provider="aws"} 1)"));
  EXPECT_TRUE(has(text, R"(keybaton_scan_success{account="prod",provider="aws"} 1)"));
  EXPECT_TRUE(has(text, R"(keybaton_build_info{version="1.2.3"} 1)"));
}

TEST(PrometheusText, never_used_has_no_last_use_and_an_unread_use_says_neither) {
  Metrics metrics = samples::one_key();
  metrics.keys[0].used.reset();
  const std::string never = prometheus(metrics);
  EXPECT_EQ(never.find("last_used"), std::string::npos);
  EXPECT_TRUE(has(never, "keybaton_access_key_never_used" + ci_labels + " 1"));
  metrics.keys[0].use_known = false;
  EXPECT_EQ(prometheus(metrics).find("never_used"), std::string::npos);
}

TEST(PrometheusText, an_inactive_key_is_zero_and_not_another_series) {
  Metrics metrics = samples::one_key();
  metrics.keys[0].status = rotation::KeyStatus::inactive;
  EXPECT_TRUE(has(prometheus(metrics), "keybaton_access_key_active" + ci_labels + " 0"));
}

TEST(PrometheusText, an_account_that_could_not_be_read_says_so_and_counts_nothing) {
  Metrics metrics = samples::one_key();
  metrics.keys.clear();
  metrics.accounts[0].complete = false;
  const std::string text = prometheus(metrics);
  EXPECT_TRUE(has(text, R"(keybaton_scan_success{account="prod",provider="aws"} 0)"));
  EXPECT_EQ(text.find("keybaton_account_access_keys"), std::string::npos);
  EXPECT_EQ(text.find("access_key_"), std::string::npos);
}

TEST(PrometheusText, tells_where_a_rotation_stands) {
  const std::string text = prometheus(samples::everything());
  const std::string whose = R"({account="prod",user="ci",rotation="r-1",procedure="rotate")";
  EXPECT_TRUE(has(text, "keybaton_rotation_state" + whose + R"(,state="deactivated",direction="forward"} 1)")) << text;
  EXPECT_TRUE(has(text, "keybaton_rotation_started_timestamp_seconds" + whose + "} 1749999100"));
  EXPECT_TRUE(has(text, "keybaton_rotation_updated_timestamp_seconds" + whose + "} 1749999700"));
  EXPECT_TRUE(has(text, "keybaton_rotation_step_timestamp_seconds" + whose + R"(,step="create"} 1749999200)"));
  EXPECT_TRUE(has(text, "keybaton_rotation_next_due_timestamp_seconds" + whose + "} 1750000060"));
  EXPECT_TRUE(has(text, "keybaton_rotation_attention" + whose + R"(,code="stranger"} 1)"));
  EXPECT_TRUE(has(text, "keybaton_rotation_pending_since_timestamp_seconds" + whose + R"(,step="delete"} 1749999800)"));
  EXPECT_TRUE(has(text, "keybaton_rotation_stuck" + whose + "} 1"));
  EXPECT_TRUE(has(text, R"(keybaton_rotations_closed_total{account="prod",procedure="rotate",result="completed"} 7)"));
  EXPECT_TRUE(has(text, R"(keybaton_drifted_locations{account="prod",user="ci"} 2)"));
}

TEST(PrometheusText, escapes_what_a_label_cannot_hold) {
  Metrics metrics = samples::one_key();
  metrics.keys[0].user = "a\"b\\c\nd\xc3\xa4";
  EXPECT_NE(prometheus(metrics).find(R"(user="a\"b\\c\nd)"
                                     "\xc3\xa4\""),
            std::string::npos);
}

TEST(PrometheusText, has_help_and_type_once_before_the_samples_and_each_series_once) {
  Metrics metrics = samples::everything();
  for (int i = 0; i < 2000; ++i) metrics.keys.push_back(samples::key("u" + std::to_string(i), "AKIA", i));
  std::set<std::string> seen, described;
  std::string family;
  for (const std::string& line : lines(prometheus(metrics))) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(described.insert(family).second) << line;
    } else if (!line.starts_with("# TYPE " + family + " ")) {
      EXPECT_TRUE(line.starts_with(family + "{")) << line;
      EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_EQ(described.size(), inventory::families().size());
}

TEST(Wavefront, lines_are_those_of_the_script_with_a_time) {
  Metrics metrics = samples::one_key();
  EXPECT_TRUE(has(wavefront(metrics),
                  R"(aws.iam.accessKey 100 1750000000 source="AWS" name="ci" key="AKIAEXAMPLE000000001" )"
                  R"(status="Active" profile="prod")"));
  metrics.accounts[0].region = "eu-west-1";
  EXPECT_NE(wavefront(metrics).find(R"(profile="prod" region="eu-west-1")"), std::string::npos);
}

TEST(Wavefront, ages_are_whole_days_and_never_negative) {
  Metrics metrics = samples::one_key();
  const auto age = [&](rotation::Seconds seconds) {
    metrics.keys[0].created = samples::now - seconds;
    const std::string line = lines(wavefront(metrics)).front();
    return line.substr(18, line.find(' ', 18) - 18);
  };
  EXPECT_EQ(age(rotation::Seconds{86'399}), "0");
  EXPECT_EQ(age(rotation::Seconds{86'400}), "1");
  EXPECT_EQ(age(rotation::Seconds{-5}), "0");
}

TEST(Wavefront, what_is_not_about_one_key_goes_along_under_our_own_name) {
  const std::string text = wavefront(samples::everything());
  EXPECT_TRUE(has(text, R"(keybaton.scan_success 1 1750000000 source="keybaton" account="prod" provider="aws")"))
      << text;
  EXPECT_TRUE(has(text, R"(keybaton.rotation_stuck 1 1750000000 source="keybaton" account="prod" user="ci" )"
                        R"(rotation="r-1" procedure="rotate")"));
  EXPECT_EQ(text.find("keybaton.access_key"), std::string::npos);
}

TEST(Wavefront, values_are_made_such_that_it_takes_them) {
  using inventory::wavefront_value;
  EXPECT_EQ(wavefront_value("name", R"(a"b)"), R"("a\"b")");
  EXPECT_EQ(wavefront_value("name", "a\nb\tc"), R"("a_b_c")");
  EXPECT_EQ(wavefront_value("name", R"(ends\)"), R"("ends_")");
  EXPECT_EQ(wavefront_value("name", "j\xc3\xb6rg"), "\"j\xc3\xb6rg\"");
  EXPECT_EQ(wavefront_value("name", std::string(300, 'x')), "\"" + std::string(250, 'x') + "\"");
  EXPECT_EQ(wavefront_value("name", std::string(249, 'x') + "\xc3\xb6"), "\"" + std::string(249, 'x') + "\"");
}

TEST(Wavefront, an_empty_tag_is_left_out) {
  Metrics metrics = samples::one_key();
  metrics.keys[0].label.clear();
  EXPECT_EQ(wavefront(metrics).find("key="), std::string::npos);
}

TEST(Wavefront, two_accounts_that_it_would_take_for_one_are_refused) {
  Metrics metrics = samples::one_key();
  metrics.accounts = {samples::account("a\\b"), samples::account("a_b")};
  EXPECT_THROW((void)inventory::wavefront_batches(metrics), rotation::Trouble);
}

TEST(Batches, keep_both_limits_and_lose_no_point) {
  Metrics metrics = samples::one_key();
  for (int i = 0; i < 2499; ++i) metrics.keys.push_back(samples::key("u" + std::to_string(i), "AKIA", i));
  const auto check = [](const std::vector<inventory::Batch>& batches, std::size_t expected) {
    std::size_t points = 0;
    for (const auto& batch : batches) {
      points += batch.points;
      EXPECT_LE(batch.points, 1000U);
      EXPECT_LE(batch.body.size(), 300U << 10);
    }
    EXPECT_EQ(points, expected);
  };
  std::size_t others = 0, all = 0;
  for (const auto& family : inventory::families()) {
    family.samples(metrics, [&](std::span<const inventory::Label>, std::int64_t) {
      ++all;
      if (family.about == inventory::Concerns::rest) ++others;
    });
  }
  check(inventory::wavefront_batches(metrics), 2500 + others);
  check(inventory::otlp_batches(metrics), all);
  for (const auto& batch : inventory::wavefront_batches(metrics, {.points = 1000, .bytes = 500})) {
    EXPECT_LE(batch.body.size(), 500U);
    EXPECT_EQ(lines(batch.body).size(), batch.points);
  }
}

TEST(Otlp, is_protobufs_json) {
  const auto batches = inventory::otlp_batches(samples::everything());
  ASSERT_EQ(batches.size(), 1U);
  const auto document = nlohmann::json::parse(batches[0].body);
  const auto& resource = document["resourceMetrics"][0];
  EXPECT_EQ(resource["resource"]["attributes"][0]["key"], "service.name");
  EXPECT_EQ(resource["resource"]["attributes"][0]["value"]["stringValue"], "keybaton");
  const auto& metrics = resource["scopeMetrics"][0]["metrics"];
  ASSERT_EQ(metrics.size(), inventory::families().size());
  const auto& created = metrics[0];
  EXPECT_EQ(created["name"], "keybaton.access_key_created_timestamp");
  EXPECT_EQ(created["unit"], "s");
  const auto& point = created["gauge"]["dataPoints"][0];
  EXPECT_EQ(point["asInt"], "1741360000");
  EXPECT_EQ(point["timeUnixNano"], "1750000000000000000");
  EXPECT_EQ(point["attributes"][2]["key"], "user");
  EXPECT_EQ(point["attributes"][2]["value"]["stringValue"], "ci");
  const auto closed = std::find_if(metrics.begin(), metrics.end(),
                                   [](const auto& each) { return each["name"] == "keybaton.rotations_closed"; });
  ASSERT_NE(closed, metrics.end());
  EXPECT_EQ((*closed)["sum"]["aggregationTemporality"], 2);
  EXPECT_EQ((*closed)["sum"]["isMonotonic"], true);
  EXPECT_EQ((*closed)["sum"]["dataPoints"][0]["asInt"], "7");
  EXPECT_EQ((*closed)["sum"]["dataPoints"][0]["startTimeUnixNano"], "1740000000000000000");
  EXPECT_FALSE(point.contains("startTimeUnixNano"));
}

TEST(Otlp, a_metric_that_is_cut_over_two_requests_has_its_name_in_both) {
  Metrics metrics = samples::one_key();
  metrics.keys.push_back(samples::key("other", "AKIA", 3));
  const auto batches = inventory::otlp_batches(metrics, {.points = 1, .bytes = 1 << 20});
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const auto document = nlohmann::json::parse(batches[i].body);
    const auto& list = document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0]["name"], "keybaton.access_key_created_timestamp");
  }
}
