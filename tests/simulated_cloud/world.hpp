// The model of the cloud: no network, no threads, no lock; its clock is given to it.
#pragma once

#include <deque>
#include <functional>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "model.hpp"

namespace simulated_cloud {

using Clock = std::function<Time()>;
[[nodiscard]] Time real_time();

struct ListedKey {
  std::string id;
  KeyStatus status = KeyStatus::active;
  Time created;
};

class World {
 public:
  explicit World(Clock clock = real_time, std::uint64_t seed = 1);

  Options options;

  [[nodiscard]] Time now() const { return clock_() + offset_; }
  // The server's idea of time: its Date header, and the middle of the window for signatures.
  [[nodiscard]] Time server_now() const;
  void advance(Millis span) { offset_ += span; }
  // Forgets everything; options go back to their defaults and the clock to its source.
  void reset();

  // --- accounts, users, roles. All throw ApiError{404 NoSuchEntity} for what is not there. ---
  // An empty partition is what the id's length says. "acs" makes it an account of Alibaba's: ids, ARNs and rules
  // follow.
  Account& add_account(const std::string& id, const std::string& partition = {});
  [[nodiscard]] Account& account(std::string_view id);
  [[nodiscard]] std::map<std::string, Account, std::less<>>& accounts() { return accounts_; }
  // ApiError 409 EntityAlreadyExists.
  User& create_user(const std::string& account_id, const std::string& name, const std::string& path = "/");
  // ApiError 409 DeleteConflict while it has keys; with `and_keys` they are deleted first.
  void delete_user(const std::string& account_id, const std::string& name, bool and_keys = false);
  // The same name with another id, and no keys: what a foreign actor's delete and create leave.
  User& recreate_user(const std::string& account_id, const std::string& name);
  [[nodiscard]] User& user(std::string_view account_id, std::string_view name);
  Role& add_role(const std::string& account_id, const std::string& name);
  [[nodiscard]] std::string user_arn(const User& user);
  [[nodiscard]] bool is_acs(std::string_view account_id) const;

  // --- access keys ---
  // ApiError 409 LimitExceeded at options.key_limit.
  AccessKey& create_key(const std::string& account_id, const std::string& user_name);
  // Puts a key there that has existed since `created`, the limit notwithstanding. Empty id or secret: made up.
  AccessKey& seed_key(const std::string& account_id, const std::string& user_name, Time created,
                      const std::string& id = {}, const std::string& secret = {}, KeyStatus status = KeyStatus::active);
  void set_status(std::string_view key_id, KeyStatus status);
  void delete_key(std::string_view key_id);
  // nullptr if no such key ever was; a deleted one is found, with now().deleted.
  [[nodiscard]] AccessKey* find_key(std::string_view id);
  // The user's own key that is not deleted, or ApiError 404 NoSuchEntity.
  [[nodiscard]] AccessKey& key_of(const User& user, std::string_view id);
  [[nodiscard]] std::vector<std::string> live_keys(const User& user);
  // As ListAccessKeys shows them now: late, if options.stale says so.
  [[nodiscard]] std::vector<ListedKey> listed_keys(const User& user);
  // What authentication goes by now: nullopt is "unknown key" (not yet there, or gone).
  [[nodiscard]] std::optional<KeyStatus> effective_status(const AccessKey& key) const;

  // A use at `at` (default: now) recorded with its granularity, visible after the lag.
  void record_use(AccessKey& key, const std::string& service, const std::string& region,
                  std::optional<Time> at = std::nullopt);
  // The same with its address, agent and event; use.visible_at is set here.
  void record_use(AccessKey& key, KeyUse use);
  // As the cloud tells it: an Alibaba key's rounded down to options.acs_granularity.
  [[nodiscard]] std::optional<KeyUse> last_used(const AccessKey& key) const;
  // The last visible use by each origin, newest first.
  [[nodiscard]] std::vector<KeyUse> last_origins(const AccessKey& key) const;

  // What CloudTrail tells of an AWS key in one region, newest first: 90 days, and only once trail_lag is over.
  [[nodiscard]] std::vector<KeyUse> events(const AccessKey& key, const std::string& region) const;

  // --- the recycle bin of an Alibaba user (world_bin.cpp) ---
  // What is in it now: too old or too many is gone. Oldest first.
  [[nodiscard]] std::vector<BinnedKey>& bin(User& user);
  // Puts a key that is there into its user's bin, as if deleted at that time.
  void put_in_bin(AccessKey& key, Time at);
  // Comes back Inactive with its id, secret and creation time. ApiError 404 EntityNotExist.User.AccessKey if it is not
  // in its user's bin, 409 LimitExceeded at options.key_limit.
  AccessKey& restore_key(std::string_view key_id);
  void purge_key(std::string_view key_id);

  // --- sessions ---
  Session& open_role_session(const Account& account, const Role& role, const std::string& name, Millis life);
  Session& open_user_session(const User& user, Millis life, bool mfa);
  [[nodiscard]] Session* find_session(std::string_view access_key);

  // Takes a token from the account's bucket; false is "throttled".
  [[nodiscard]] bool take_token(const std::string& account_id, const std::string& action);

  [[nodiscard]] bool take_lookup(const std::string& account_id, const std::string& region);

  // An id like AWS's: the prefix, then `length` of A-Z and 2-7.
  [[nodiscard]] std::string make_id(std::string_view prefix, std::size_t length);
  [[nodiscard]] std::string make_secret(std::size_t length = 40);
  // Like Alibaba's: the prefix, then letters and digits (or digits alone).
  [[nodiscard]] std::string make_acs_id(std::string_view prefix, std::size_t length, bool digits = false);
  // Whether nobody signed with that key and that nonce in the last 15 minutes.
  [[nodiscard]] bool use_nonce(const std::string& access_key, const std::string& nonce);
  [[nodiscard]] std::string make_request_id();

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  [[nodiscard]] bool take(const std::string& bucket_of, double rate, double burst);
  void change(AccessKey& key, KeyStatus status, bool deleted);
  void note(std::vector<KeyUse>& trail, const KeyUse& use, bool acs) const;
  [[nodiscard]] Time coarse(Time at) const;
  [[nodiscard]] User* owner_of(const AccessKey& key);
  [[nodiscard]] std::size_t counted_keys(const User& user);

  Clock clock_;
  Millis offset_{0};
  std::mt19937_64 random_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::unordered_map<std::string, AccessKey> keys_;
  std::unordered_map<std::string, Session> sessions_;
  std::map<std::string, Bucket> buckets_;
  std::unordered_set<std::string> nonces_;
  std::deque<std::pair<Time, std::string>> nonces_by_age_;
  std::uint64_t lists_ = 0;
};

}  // namespace simulated_cloud
