#include "metrics_samples.hpp"

namespace samples {

using inventory::Metrics;
using rotation::Seconds;

inventory::MetricAccount account(const std::string& name) {
  return {.name = name,
          .provider = "aws",
          .age_metric = "aws.iam.accessKey",
          .age_source = "AWS",
          .region = {},
          .account_id = "123456789012",
          .keys = 1,
          .complete = true};
}

inventory::MetricKey key(const std::string& user, const std::string& label, int days) {
  return {.account = 0,
          .status = rotation::KeyStatus::active,
          .use_known = true,
          .user = user,
          .label = label,
          .created = now - std::chrono::days{days},
          .used = now - std::chrono::days{1},
          .max_age = std::chrono::days{90}};
}

Metrics one_key() {
  Metrics metrics;
  metrics.version = "1.2.3";
  metrics.as_of = now;
  metrics.warn_before = std::chrono::days{14};
  metrics.accounts = {account("prod")};
  metrics.keys = {key("ci", "AKIAEXAMPLE000000001", 100)};
  return metrics;
}

Metrics everything() {
  Metrics metrics = one_key();
  inventory::MetricRotation rotation{.id = "r-1",
                                     .account = "prod",
                                     .user = "ci",
                                     .state = rotation::State::deactivated,
                                     .started = now - Seconds{900},
                                     .updated = now - Seconds{300},
                                     .due = now + Seconds{60}};
  rotation.steps = {{rotation::Step::create, now - Seconds{800}}};
  rotation.attention = rotation::AttentionCode::stranger;
  rotation.pending = std::pair{rotation::Step::delete_key, now - Seconds{200}};
  rotation.stuck = true;
  metrics.rotations = {rotation};
  metrics.drifted = {{.account = "prod", .user = "ci", .locations = 2}};
  metrics.closed = {{.account = "prod", .rotations = 7}};
  metrics.counted_from = rotation::Time{Seconds{1740000000}};
  return metrics;
}

inventory::KeyRow row(const std::string& account, const std::string& user, const std::string& key) {
  return {.account = rotation::AccountName{account},
          .provider = "aws",
          .account_id = rotation::AccountId{"123456789012"},
          .user = rotation::UserName{user},
          .user_id = rotation::UserId{"AIDA" + user},
          .key = {.id = rotation::AccessKeyId{key},
                  .status = rotation::KeyStatus::active,
                  .created_at = now - std::chrono::days{10}},
          .used = rotation::LastUsed{},
          .slots = 1};
}

}  // namespace samples
