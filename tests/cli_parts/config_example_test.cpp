#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

namespace {

// The documented config with everything that the format knows.
constexpr const char* documented = R"(accounts:
  prod:
    provider: aws                 # aws | alibaba
    profile: prod                 # credentials: profile, or the provider's usual chain
    account_id: "123456789012"    # optional pin
    region: eu-west-1             # STS, Secrets Manager, SSM; IAM's own region follows the partition
    endpoints: {iam: "http://127.0.0.1:5000", sts: "http://127.0.0.1:5000"}   # optional; http only to loopback
  hk: {provider: alibaba, profile: default}           # endpoints here: {ram, sts, ims}
policy:                           # defaults; may be set per account and per target
  max_age: 90d
  quiet: 24h                      # floor 1 h on real endpoints; raised to the key's cadence
  grace: 7d                       # floor 24 h on real endpoints
  lag: 4h                         # until a use shows in last-used; floor 4 h on real endpoints
  granularity: 15m                # provider default
  propagation: 120s
  check_every: 15m
  approvals: 0
  confirm: [deploy, deactivate, delete]
  windows: {deactivate: "Mon-Thu 09:00-16:00 Europe/London"}     # holds back deactivate and delete, never a rollback
  exclude_users: [root-backup]    # clean and scheduled rotations stop on a name that no account knows
sealing: {key_file: ~/.config/keybaton/sealing.key}
search_paths: [~/govuk-secrets]
targets:
  prod/support-api:
    cadence: 31d                  # used at least this often
    locations:
      - {name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: support-api}
      - name: hieradata
        type: eyaml
        path: hieradata/production_credentials.yaml
        id: govuk::apps::support_api::aws_access_key_id          # plain or ENC
        secret: govuk::apps::support_api::aws_secret_access_key
        keys: {private: keys/private_key.pkcs7.pem, public: keys/public_key.pkcs7.pem}
        git: {commit: true, push: true, branch: "rotate-{rotation}", merged_into: origin/main}
      - {name: sm, type: aws-secrets-manager, secret: support/aws, id: access_key_id, value: secret_access_key}
      - {name: ssm, type: aws-ssm, id: /support/id, value: /support/secret}
      - {name: vault, type: vault-kv2, address: "https://vault.internal", mount: secret, path: support, id: aws_id, value: aws_secret}
      - {name: k8s, type: kubernetes, context: prod, namespace: apps, secret: aws, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY}
      - {name: env, type: env-file, path: /etc/support.env, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY}
      - {name: hook, type: exec, read: [/usr/local/bin/sup, show], write: [/usr/local/bin/sup, set]}
      - {name: fastly, type: manual, instructions: "Fastly → S3 logging → access key", optional: false}
    refresh: [{run: [govuk_puppet, --verbose], timeout: 30m, ok: [0, 2], pass_env: [SSH_AUTH_SOCK]}]
    checks: [{run: [curl, -fsS, "https://support.example/healthcheck"], watch: 15m, on_failure: reactivate}]   # after deploy, after deactivate, before delete
    notify: [2ndline]
    approvals: 1
notifiers:
  2ndline: {type: slack, url_file: ~/.config/keybaton/slack-url}
clean: {enabled: true, dry_run: false, max_per_run: 50, parallel: 16, consent: [deactivate, delete]}   # what the worker may do unattended
metrics:
  wavefront: {url: "https://example.wavefront.com", token_file: ~/.config/keybaton/wavefront-token}
)";

struct Refusal {
  std::string at, names;  // LINE:COLUMN, and the word that the message must say
  std::string from;       // what the operator then takes out: whole lines, from the one that begins with this …
  std::size_t lines = 1;
};

void take_out(std::string& text, const std::string& from, std::size_t lines) {
  const auto found = text.find(from);
  ASSERT_NE(found, std::string::npos) << from;
  const std::size_t start = text.rfind('\n', found) + 1;
  std::size_t end = start;
  for (std::size_t i = 0; i < lines; ++i) end = text.find('\n', end) + 1;
  text.erase(start, end - start);
}

}  // namespace

TEST(ConfigExample, the_documented_config_is_refused_key_by_key_and_loads_without_what_comes_later) {
  const std::vector<Refusal> refusals{
      {"19:3", "\"windows\"", "  windows:"},   {"45:1", "\"notifiers\"", "notifiers:", 2},
      {"41:5", "\"refresh\"", "    refresh:"}, {"41:5", "\"checks\"", "    checks:"},
      {"41:5", "\"notify\"", "    notify:"},   {"41:5", "\"approvals\"", "    approvals: 1"}};
  std::string text = documented;
  for (const Refusal& refusal : refusals) {
    try {
      (void)cli::parse_config(text, "c.yaml");
      FAIL() << refusal.names << " was accepted";
    } catch (const rotation::Trouble& trouble) {
      EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
      const std::string& message = trouble.problem().message;
      EXPECT_TRUE(message.starts_with("c.yaml:" + refusal.at + ": ")) << message;
      EXPECT_NE(message.find(refusal.names), std::string::npos) << message;
      EXPECT_NE(message.find("this version"), std::string::npos) << message;
    }
    take_out(text, refusal.from, refusal.lines);
  }
  const cli::Config config = cli::parse_config(text, "c.yaml");
  EXPECT_EQ(config.accounts.size(), 2U);
  ASSERT_TRUE(config.metrics.wavefront);
  EXPECT_EQ(config.metrics.wavefront->address, "https://example.wavefront.com");
  EXPECT_EQ(config.clean.max_per_run, 50U);
  EXPECT_EQ(config.targets.at("prod/support-api").locations.size(), 9U);
}
