// What the simulated cloud knows: accounts, users, keys with their history, roles, sessions, and how kind it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"

namespace simulated_cloud {

enum class KeyStatus { active, inactive, expired };
[[nodiscard]] std::string_view status_text(KeyStatus status);
[[nodiscard]] std::optional<KeyStatus> parse_status(std::string_view text);

// "iam:CreateAccessKey", "iam:*" or "*". A deny wins; what is not allowed is implicitly denied.
struct Policy {
  std::vector<std::string> allow{"*"};
  std::vector<std::string> deny;
};
enum class Decision { allowed, explicit_deny, implicit_deny };
[[nodiscard]] Decision decide(const Policy& policy, std::string_view action);

// One event in a key's life. Who reads a list sees it from `listed_at` on, who signs with the key from `effective_at`.
struct KeyChange {
  Time at, listed_at, effective_at;
  KeyStatus status = KeyStatus::active;
  bool deleted = false;
};

struct KeyUse {
  Time at, visible_at;
  std::string service, region;
  std::string address, agent, event;
};
// What one caller did with a key: service, source address, action.
using Origin = std::array<std::string, 3>;

struct AccessKey {
  std::string id, secret, account_id, user_name;
  Time created;
  std::vector<KeyChange> changes;                 // never empty; the first is the creation
  std::vector<KeyUse> uses;                       // recorded ones only: the last visible, then those still on their way
  std::map<Origin, std::vector<KeyUse>> origins;  // the same, told apart; of Alibaba's keys only
  std::vector<KeyUse> events;                     // each call, oldest first; of AWS's keys only
  std::uint64_t accepted = 0;                     // requests that passed authentication
  std::map<std::string, std::uint64_t> refused;   // error code → count

  [[nodiscard]] const KeyChange& now() const { return changes.back(); }
};

// A deleted key that can still come back (Alibaba only).
struct BinnedKey {
  std::string id;
  Time recycled;
};

struct User {
  std::string account_id, name, path = "/", id;
  Time created;
  std::map<std::string, std::string> tags;
  Policy policy;
  std::vector<std::string> keys;  // ids, deleted ones too, while a late list may still show them
  std::vector<BinnedKey> bin;     // oldest first
};

struct Role {
  std::string name, id;
  std::vector<std::string> trust;                // principal ARNs, account ids, or "*"
  std::string external_id;                       // demanded if not empty
  std::vector<std::string> web_identity_tokens;  // that AssumeRoleWithWebIdentity accepts
  Policy policy;
};

struct Report {
  Time asked, ready, data_of;
  std::string content;
};

// A secret of KMS (Alibaba only), its versions oldest first.
struct SecretVersion {
  std::string id, data, data_type = "text";
  std::set<std::string> stages;
  Time created;
};
struct StoredSecret {
  std::string name, type = "Generic";
  std::vector<SecretVersion> versions;
  Time created;
};

struct Account {
  std::string id, partition = "aws";  // "acs" is Alibaba's
  std::map<std::string, User, std::less<>> users;
  std::map<std::string, Role, std::less<>> roles;
  std::map<std::string, StoredSecret, std::less<>> secrets;
  std::optional<Report> report;
};
// AWS's account ids have 12 digits, Alibaba's 16.
[[nodiscard]] inline std::string partition_of(std::string_view account_id) {
  return account_id.size() == 16 ? "acs" : "aws";
}

// What AssumeRole and GetSessionToken hand out.
struct Session {
  std::string access_key, secret, token, account_id;
  std::string role, name;  // of an assumed role
  std::string user_name;   // of a user's session token
  bool mfa = false;
  Time expires;
};

// Who signed a request.
struct Caller {
  std::string access_key, account_id, partition, arn, user_id;
  std::string user_name;  // empty for a role's session
  bool session_without_mfa = false;
  Policy policy;
};

// An answer that is an error; code and HTTP status as the service would send them.
struct ApiError : std::runtime_error {
  ApiError(int http_status, std::string error_code, const std::string& message)
      : std::runtime_error(message), status(http_status), code(std::move(error_code)) {}
  int status;
  std::string code;
};

// How the cloud behaves. All spans are in milliseconds of the world's clock; defaults are a prompt, strict cloud.
struct Options {
  Millis propagation{0};               // a new (or reactivated) key is refused until then
  Millis deactivation_delay{0};        // a deactivated or deleted key still works until then
  Millis stale{0};                     // ListAccessKeys shows changes only after that
  bool stale_alternates = false;       // then every second list is fresh all the same, as two front ends would answer
  Millis granularity{15 * 60 * 1000};  // only the first use in such a span is recorded
  Millis acs_granularity{60 * 60 * 1000};  // the same for Alibaba's keys, whose uses show rounded down to it
  Millis lag{0};                           // until a recorded use shows
  bool refused_counts_as_use = true;       // an Inactive key, a denied action (wire: "failed-auth calls also count")
  bool bad_signature_counts_as_use = false;
  Millis date_skew{0};             // the server's own clock against the world's: Date header and signature window
  bool date_follows_world = true;  // false: Date and signature window keep to real time when the world's clock moves
  std::size_t key_limit = 2;
  Millis key_limit_blind{0};       // the limit does not see keys younger than this: creates in parallel pass it
  std::size_t page_cap = 1000;     // pages hold at most this many, whatever MaxItems says
  bool omit_is_truncated = false;  // leave out IsTruncated when false
  bool fractional_timestamps = false;
  bool check_region = true;  // IAM demands its partition's region in the scope
  double throttle_rate = 0;  // requests a second for each account; 0 is no limit
  double throttle_burst = 10;
  bool throttle_per_action = false;
  Millis report_delay{0};                   // until a credential report is COMPLETE
  Millis report_interval{4 * 3600 * 1000};  // no new report before
  Millis trail_lag{0};                      // until an event shows in CloudTrail
  double lookup_rate = 0;                   // of LookupEvents, a second in each region; 0 is no limit
  Millis latency{0};                        // each reply waits this long (real time)
  // Alibaba only:
  bool delete_active_refused = true;  // a key must be Inactive before it is deleted
  std::size_t bin_slots = 3;          // deleted keys that a user can still get back; a further one costs the oldest
  Millis bin{30LL * 24 * 60 * 60 * 1000};  // until they are gone for good
};

}  // namespace simulated_cloud
