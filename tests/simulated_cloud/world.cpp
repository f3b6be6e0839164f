#include "world.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace simulated_cloud {
namespace {

[[noreturn]] void no_such(const std::string& message) { throw ApiError(404, "NoSuchEntity", message); }

bool matches(std::string_view pattern, std::string_view action) {
  if (pattern.ends_with('*')) return action.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == action;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view action) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, action); });
}

}  // namespace

std::string_view status_text(KeyStatus status) {
  switch (status) {
    case KeyStatus::active: return "Active";
    case KeyStatus::inactive: return "Inactive";
    case KeyStatus::expired: return "Expired";
  }
  return "Inactive";
}

std::optional<KeyStatus> parse_status(std::string_view text) {
  for (const KeyStatus status : {KeyStatus::active, KeyStatus::inactive, KeyStatus::expired}) {
    if (text == status_text(status)) return status;
  }
  return std::nullopt;
}

Decision decide(const Policy& policy, std::string_view action) {
  if (any_matches(policy.deny, action)) return Decision::explicit_deny;
  return any_matches(policy.allow, action) ? Decision::allowed : Decision::implicit_deny;
}

Time real_time() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

World::World(Clock clock, std::uint64_t seed) : clock_(std::move(clock)), random_(seed) {}

Time World::server_now() const { return (options.date_follows_world ? now() : clock_()) + options.date_skew; }

void World::reset() {
  options = Options{};
  offset_ = Millis{0};
  accounts_.clear();
  keys_.clear();
  sessions_.clear();
  buckets_.clear();
  nonces_.clear();
  nonces_by_age_.clear();
}

Account& World::add_account(const std::string& id, const std::string& partition) {
  Account& account = accounts_[id];
  account.id = id;
  account.partition = partition.empty() ? partition_of(id) : partition;
  return account;
}

Account& World::account(std::string_view id) {
  const auto found = accounts_.find(id);
  if (found == accounts_.end()) no_such("The account with id " + std::string{id} + " cannot be found.");
  return found->second;
}

User& World::create_user(const std::string& account_id, const std::string& name, const std::string& path) {
  Account& home = account(account_id);
  const auto [entry, fresh] = home.users.try_emplace(name);
  if (!fresh) throw ApiError(409, "EntityAlreadyExists", "User with name " + name + " already exists.");
  User& made = entry->second;
  made.account_id = account_id;
  made.name = name;
  made.path = path;
  made.id = home.partition == "acs" ? make_acs_id("2", 17, true) : make_id("AIDA", 17);
  made.created = now();
  return made;
}

void World::delete_user(const std::string& account_id, const std::string& name, bool and_keys) {
  User& gone = user(account_id, name);
  const auto keys = live_keys(gone);
  if (!keys.empty() && !and_keys) {
    throw ApiError(409, "DeleteConflict", "Cannot delete entity, must delete access keys first.");
  }
  for (const std::string& key : keys) delete_key(key);
  account(account_id).users.erase(name);
}

User& World::recreate_user(const std::string& account_id, const std::string& name) {
  const User old = user(account_id, name);
  delete_user(account_id, name, true);
  User& made = create_user(account_id, name, old.path);
  made.policy = old.policy;
  return made;
}

User& World::user(std::string_view account_id, std::string_view name) {
  auto& users = account(account_id).users;
  const auto found = users.find(name);
  if (found == users.end()) no_such("The user with name " + std::string{name} + " cannot be found.");
  return found->second;
}

Role& World::add_role(const std::string& account_id, const std::string& name) {
  Role& role = account(account_id).roles[name];
  role.name = name;
  if (role.id.empty()) role.id = is_acs(account_id) ? make_acs_id("3", 17, true) : make_id("AROA", 17);
  return role;
}

bool World::is_acs(std::string_view account_id) const {
  const auto found = accounts_.find(account_id);
  return found != accounts_.end() && found->second.partition == "acs";
}

std::string World::user_arn(const User& user) {
  if (is_acs(user.account_id)) return "acs:ram::" + user.account_id + ":user/" + user.name;
  return "arn:" + account(user.account_id).partition + ":iam::" + user.account_id + ":user" + user.path + user.name;
}

Session& World::open_role_session(const Account& account, const Role& role, const std::string& name, Millis life) {
  const bool acs = account.partition == "acs";
  Session session{.access_key = acs ? make_acs_id("STS.N", 24) : make_id("ASIA", 16),
                  .secret = acs ? make_acs_id("", 44) : make_secret(),
                  .token = (acs ? "CAIS" : "IQoJ") + make_secret(300) + "==",
                  .account_id = account.id,
                  .role = role.name,
                  .name = name,
                  .user_name = {},
                  .mfa = false,
                  .expires = now() + life};
  const std::string id = session.access_key;
  return sessions_[id] = std::move(session);
}

Session& World::open_user_session(const User& user, Millis life, bool mfa) {
  Session session{.access_key = make_id("ASIA", 16),
                  .secret = make_secret(),
                  .token = "FwoG" + make_secret(300) + "==",
                  .account_id = user.account_id,
                  .role = {},
                  .name = {},
                  .user_name = user.name,
                  .mfa = mfa,
                  .expires = now() + life};
  const std::string id = session.access_key;
  return sessions_[id] = std::move(session);
}

Session* World::find_session(std::string_view access_key) {
  const auto found = sessions_.find(std::string{access_key});
  return found == sessions_.end() ? nullptr : &found->second;
}

bool World::take_token(const std::string& account_id, const std::string& action) {
  return take(options.throttle_per_action ? account_id + "/" + action : account_id, options.throttle_rate,
              options.throttle_burst);
}

bool World::take_lookup(const std::string& account_id, const std::string& region) {
  return take(account_id + " " + region, options.lookup_rate, std::max(1.0, options.lookup_rate));
}

bool World::take(const std::string& bucket_of, double rate, double burst) {
  if (rate <= 0) return true;
  const Time at = now();
  Bucket& bucket = buckets_.try_emplace(bucket_of, Bucket{burst, at}).first->second;
  const double passed = std::chrono::duration<double>(at - bucket.at).count();
  bucket.tokens = std::min(burst, bucket.tokens + passed * rate);
  bucket.at = at;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::string World::make_id(std::string_view prefix, std::size_t length) {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out{prefix};
  while (out.size() < prefix.size() + length) out += letters[random_() % letters.size()];
  return out;
}

std::string World::make_secret(std::size_t length) {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  while (out.size() < length) out += letters[random_() % letters.size()];
  return out;
}

std::string World::make_acs_id(std::string_view prefix, std::size_t length, bool digits) {
  static constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out{prefix};
  while (out.size() < prefix.size() + length) out += letters[random_() % (digits ? 10 : letters.size())];
  return out;
}

bool World::use_nonce(const std::string& access_key, const std::string& nonce) {
  constexpr std::chrono::minutes remembered{15};
  const Time at = server_now();
  while (!nonces_by_age_.empty() && nonces_by_age_.front().first + remembered < at) {
    nonces_.erase(nonces_by_age_.front().second);
    nonces_by_age_.pop_front();
  }
  std::string name = access_key + "\n" + nonce;
  if (!nonces_.insert(name).second) return false;
  nonces_by_age_.emplace_back(at, std::move(name));
  return true;
}

std::string World::make_request_id() {
  std::array<char, 48> out{};
  const std::uint64_t high = random_(), low = random_();
  const int size =
      std::snprintf(out.data(), out.size(), "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(high >> 32),
                    static_cast<unsigned>(high & 0xffff), static_cast<unsigned>(high >> 16 & 0xfff),
                    static_cast<unsigned>(low >> 52), static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return {out.data(), static_cast<std::size_t>(size)};
}

}  // namespace simulated_cloud
