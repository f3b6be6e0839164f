#include "cli/config_metrics.hpp"

#include <gtest/gtest.h>

#include <string>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

namespace {

cli::MetricsConfig read(const std::string& entries) {
  return cli::parse_config("metrics: {" + entries + "}\n", "/etc/keybaton/c.yaml").metrics;
}

// The message behind "c.yaml:".
std::string wrong(const std::string& entries) {
  try {
    (void)cli::parse_config("metrics: {" + entries + "}\n", "c.yaml");
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    EXPECT_FALSE(trouble.problem().hint.empty());
    return trouble.problem().message.substr(7);
  }
  return "accepted";
}

void says(const std::string& text, const std::string& at, const std::string& words) {
  EXPECT_TRUE(text.starts_with("1:" + at + ": ")) << text;
  EXPECT_NE(text.find(words), std::string::npos) << text;
}

}  // namespace

TEST(ConfigMetrics, has_defaults_and_says_nothing_of_places) {
  const cli::MetricsConfig metrics = read("");
  EXPECT_EQ(metrics.key_ids, inventory::KeyIds::whole);
  EXPECT_EQ(metrics.warn_before, std::chrono::days{14});
  EXPECT_EQ(metrics.stuck_after, std::chrono::hours{1});
  EXPECT_EQ(metrics.retry_for, std::chrono::seconds{60});
  EXPECT_FALSE(metrics.textfile || metrics.wavefront || metrics.otlp || metrics.pushgateway);
}

TEST(ConfigMetrics, reads_every_place) {
  const cli::MetricsConfig metrics = read(
      "key_ids: last4, warn_before: 30d, stuck_after: 2h, retry_for: 5m, textfile: a.prom, "
      "wavefront: {url: \"https://x.wavefront.com/report/\", token_file: t}, "
      "otlp: {url: \"http://127.0.0.1:4318/v1/metrics\", token_file: /o, token_header: api-key, headers: {X-Scope: "
      "1}}, "
      "pushgateway: {url: \"https://push.example\", job: keys.prod}");
  EXPECT_EQ(metrics.key_ids, inventory::KeyIds::last4);
  EXPECT_EQ(metrics.warn_before, std::chrono::days{30});
  EXPECT_EQ(metrics.stuck_after, std::chrono::hours{2});
  EXPECT_EQ(metrics.retry_for, std::chrono::minutes{5});
  EXPECT_EQ(metrics.textfile, "/etc/keybaton/a.prom");
  EXPECT_EQ(metrics.wavefront->address, "https://x.wavefront.com");
  EXPECT_EQ(metrics.wavefront->token_file, "/etc/keybaton/t");
  EXPECT_EQ(metrics.otlp->url, "http://127.0.0.1:4318");
  EXPECT_EQ(metrics.otlp->token_header, "api-key");
  EXPECT_EQ(metrics.otlp->headers.at(0), std::pair(std::string("X-Scope"), std::string("1")));
  EXPECT_EQ(metrics.pushgateway->url, "https://push.example");
  EXPECT_EQ(metrics.pushgateway->job, "keys.prod");
}

TEST(ConfigMetrics, a_proxy_is_a_host_in_the_network_with_the_vendors_port) {
  const auto proxy = [](const std::string& text) { return *read("wavefront: {proxy: \"" + text + "\"}").wavefront; };
  EXPECT_EQ(proxy("wf-proxy").address, "http://wf-proxy:2878");
  EXPECT_EQ(proxy("WF-Proxy:4000").address, "http://WF-Proxy:4000");
  EXPECT_EQ(proxy("WF-Proxy:4000").proxy_host, "wf-proxy");
  EXPECT_EQ(proxy("[fd00::7]:2879").address, "http://[fd00::7]:2879");
  EXPECT_EQ(proxy("[fd00::7]").proxy_host, "fd00::7");
  for (const char* bad :
       {"http://wf-proxy", "wf-proxy:", "wf-proxy:0", "wf-proxy:70000", "wf proxy", "[fd00::7", ":2878"}) {
    says(wrong("wavefront: {proxy: \"" + std::string(bad) + "\"}"), "30", "wavefront-proxy:2878");
  }
}

TEST(ConfigMetrics, plain_http_goes_to_this_machine_alone) {
  says(wrong("otlp: {url: \"http://collector:4318\"}"), "23", "http goes to this machine only");
  says(wrong("pushgateway: {url: \"http://gateway:9091\"}"), "30", "use https");
  says(wrong("wavefront: {url: \"http://x.wavefront.com\", token_file: t}"), "28", "use https");
  says(wrong("otlp: {url: \"https://name:word@collector\"}"), "23", "name or password");
}

TEST(ConfigMetrics, what_is_missing_or_too_much_is_named) {
  says(wrong("wavefront: {url: \"https://x.wavefront.com\"}"), "22", "needs \"token_file\"");
  says(wrong("wavefront: {token_file: t}"), "22", "\"url\" with \"token_file\", or \"proxy\"");
  says(wrong("wavefront: {proxy: p, url: \"https://x.wavefront.com\"}"), "23", "both \"url\" and \"proxy\"");
  says(wrong("wavefront: {proxy: p, token_file: t}"), "33", "a proxy has the token itself");
  says(wrong("otlp: {}"), "17", "needs \"url\"");
  says(wrong("pushgateway: {job: x}"), "24", "needs \"url\"");
  says(wrong("pushgateway: {url: \"https://p\", job: \"a/b\"}"), "48", "letters, digits");
  says(wrong("textfile: /x/keys.txt"), "21", "ends in .prom");
  says(wrong("key_ids: last5"), "20", "last4");
  says(wrong("warn_before: 14"), "24", "14");
  says(wrong("grafana: {}"), "11", "unknown key \"grafana\" in metrics");
  says(wrong("otlp: {url: \"https://c\", urls: x}"), "36", "unknown key \"urls\" in metrics.otlp");
}

TEST(ConfigMetrics, no_secret_stands_in_a_header) {
  for (const char* name : {"Authorization", "X-Api-Key", "api-token", "Cookie"}) {
    says(wrong("otlp: {url: \"https://c\", headers: {" + std::string(name) + ": x}}"), "46", "token_header");
  }
  says(wrong("otlp: {url: \"https://c\", headers: {\"a b\": x}}"), "46", "is no header");
}
