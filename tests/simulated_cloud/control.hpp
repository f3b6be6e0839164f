// What C++ tests use: a server in this process with one account and user, and short words for the usual moves.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server.hpp"

namespace simulated_cloud {

// A key as a test sees it, looked up at that moment; no lag, no staleness.
struct KeySeen {
  std::string id, secret;
  KeyStatus status = KeyStatus::active;
};

class Control {
 public:
  static constexpr const char* account = "123456789012";
  static constexpr const char* acs_account = "1234567890123456";  // Alibaba's, as its length says

  // `home` is the account that calls without one mean: one test for both clouds gives it Control::acs_account.
  explicit Control(Server& server, std::string home = account) : home_(std::move(home)), cloud_(server.cloud()) {}

  // A user with full rights and one Active key of that age.
  KeySeen seed_user(const std::string& user, std::chrono::hours age = std::chrono::hours{120 * 24},
                    const std::string& account_id = {}) {
    return cloud_.with([&](World& world) {
      const std::string& id = at(account_id);
      if (!world.accounts().contains(id)) world.add_account(id);
      world.create_user(id, user).created = world.now() - age;
      const AccessKey& key = world.seed_key(id, user, world.now() - age);
      return KeySeen{.id = key.id, .secret = key.secret, .status = KeyStatus::active};
    });
  }

  [[nodiscard]] std::vector<KeySeen> keys(const std::string& user, const std::string& account_id = {}) {
    return cloud_.with([&](World& world) {
      std::vector<KeySeen> out;
      for (const std::string& id : world.live_keys(world.user(at(account_id), user))) {
        const AccessKey& key = *world.find_key(id);
        out.push_back({.id = id, .secret = key.secret, .status = key.now().status});
      }
      return out;
    });
  }

  [[nodiscard]] Options options() {
    return cloud_.with([](World& world) { return world.options; });
  }
  void set(const Options& options) {
    cloud_.with([&](World& world) { world.options = options; });
  }
  void advance(Millis span) {
    cloud_.with([&](World& world) { world.advance(span); });
  }
  // A consumer uses the key now.
  void use(const std::string& key_id, const std::string& service = "s3", const std::string& region = "us-east-1") {
    cloud_.with([&](World& world) {
      if (AccessKey* key = world.find_key(key_id)) world.record_use(*key, service, region);
    });
  }
  KeySeen create_key(const std::string& user, const std::string& account_id = {}) {
    return cloud_.with([&](World& world) {
      const AccessKey& key = world.create_key(at(account_id), user);
      return KeySeen{.id = key.id, .secret = key.secret, .status = KeyStatus::active};
    });
  }
  void set_status(const std::string& key_id, KeyStatus status) {
    cloud_.with([&](World& world) { world.set_status(key_id, status); });
  }
  void delete_key(const std::string& key_id) {
    cloud_.with([&](World& world) { world.delete_key(key_id); });
  }
  // The recycle bin of an Alibaba user, oldest first.
  [[nodiscard]] std::vector<std::string> bin(const std::string& user, const std::string& account_id = {}) {
    return cloud_.with([&](World& world) {
      std::vector<std::string> out;
      for (const BinnedKey& key : world.bin(world.user(at(account_id), user))) out.push_back(key.id);
      return out;
    });
  }
  void restore_key(const std::string& key_id) {
    cloud_.with([&](World& world) { world.restore_key(key_id); });
  }
  void purge_key(const std::string& key_id) {
    cloud_.with([&](World& world) { world.purge_key(key_id); });
  }
  void deny(const std::string& user, const std::string& action, const std::string& account_id = {}) {
    cloud_.with([&](World& world) { world.user(at(account_id), user).policy.deny.push_back(action); });
  }
  void fault(FaultRule rule) { cloud_.add_fault(std::move(rule)); }
  void clear_faults() { cloud_.clear_faults(); }

  [[nodiscard]] std::vector<LogEntry> log(std::uint64_t after = 0) { return cloud_.log(after); }
  // How many requests of that action reached the server, whatever became of them.
  [[nodiscard]] std::size_t arrived(std::string_view action) {
    const auto entries = cloud_.log();
    return static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [&](const LogEntry& entry) { return entry.action == action; }));
  }
  // How many of them were carried out.
  [[nodiscard]] std::size_t worked(std::string_view action) {
    const auto entries = cloud_.log();
    return static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(), [&](const LogEntry& entry) { return entry.action == action && entry.worked; }));
  }
  [[nodiscard]] Cloud& cloud() { return cloud_; }

  [[nodiscard]] const std::string& home() const { return home_; }

 private:
  [[nodiscard]] const std::string& at(const std::string& account_id) const {
    return account_id.empty() ? home_ : account_id;
  }

  std::string home_;
  Cloud& cloud_;
};

}  // namespace simulated_cloud
