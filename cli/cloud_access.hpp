// One account's cloud, opened on first use: the code behind it stands in a module of its own (keybaton-cloud.so), so
// that commands which need no network don't pay for loading the network's libraries.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/calling/questions.hpp"
#include "providers/http/crowd.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"
#include "secrets_adapters/kind.hpp"

namespace cli {

// What the module may ask back of the program that loaded it.
struct CloudNeeds {
  std::function<std::optional<std::string>(const std::string& device)> ask_code;  // of an MFA device
  std::function<bool()> interrupted;
  std::function<void(const std::string& line)> log;  // empty: no log
};

// What a simulation of the caller's own policies says of one action.
struct Permission {
  std::string action;  // "iam:CreateAccessKey"
  bool allowed = false;
  // Not certain: allowed under a condition or on some users only; or not allowed by what could be read of them.
  bool certain = true;
  std::string why = {};  // of what is not certain, if there is more to say
};

// The engine's port, and what lists and the doctor ask beyond it.
class CloudAccess {
 public:
  virtual ~CloudAccess() = default;
  [[nodiscard]] virtual rotation::Cloud& cloud() = 0;
  // The connection with everything in it that the environment and the provider's own files decided: region and
  // overridden endpoints. What a rotation pins at its start.
  [[nodiscard]] virtual rotation::Connection pins() const = 0;
  // Every user of the account, all pages, in the cloud's order. The callback's false ends it early.
  [[nodiscard]] virtual rotation::Answer<rotation::Nothing> each_user(
      const std::function<bool(const rotation::User& user)>& take) = 0;
  // For a scan, which has many questions under way: how they are put (refers to this object), and over what they go.
  [[nodiscard]] virtual std::unique_ptr<calling::Questions> questions() = 0;
  [[nodiscard]] virtual std::shared_ptr<const http::TransportSettings> transport() const = 0;
  // What an account-wide report says of every key, without its id; Refused{unsupported} where there is none. Takes
  // seconds.
  [[nodiscard]] virtual rotation::Answer<rotation::CredentialReport> report() {
    return rotation::Refused{rotation::Refusal::unsupported, "", "this cloud makes no credential report", ""};
  }
  // The user that has this key, where the cloud says so without being told the user; Refused{unsupported} elsewhere.
  [[nodiscard]] virtual rotation::Answer<rotation::UserName> user_with(const rotation::AccessKeyId& /*key*/) {
    return rotation::Refused{rotation::Refusal::unsupported, "", "this cloud finds no user by a key", ""};
  }
  [[nodiscard]] virtual rotation::Answer<std::map<std::string, std::string>> tags_of(
      const rotation::UserName& /*user*/) {
    return rotation::Refused{rotation::Refusal::unsupported, "", "tags are not read at this cloud", ""};
  }
  // By the provider's own simulation, else by reading the caller's policies; Refused where neither can be had.
  [[nodiscard]] virtual rotation::Answer<std::vector<Permission>> simulate(const rotation::Arn& principal,
                                                                           const std::vector<std::string>& actions,
                                                                           const rotation::Arn& resource) = 0;
  // What reaches the secrets that live in this account's cloud; null where this version knows none there.
  // Throws Trouble (usage) for a region that is not known.
  [[nodiscard]] virtual std::unique_ptr<secrets_adapters::VersionedSecrets> secrets(
      const rotation::LocationSpec& spec) = 0;
  // The same for parameters.
  [[nodiscard]] virtual std::unique_ptr<secrets_adapters::Parameters> parameters(
      const rotation::LocationSpec& /*spec*/) {
    return nullptr;
  }
};

// Throws Trouble (usage) for a connection that can't be used as it is described: an unknown profile, a malformed
// credentials file. Calls nothing over the network yet.
[[nodiscard]] std::unique_ptr<CloudAccess> open_cloud(const rotation::Connection& connection, const CloudNeeds& needs);

// The network itself, for places that live in no account's cloud. `log` as above.
[[nodiscard]] std::unique_ptr<http::Transport> open_network(http::TransportSettings settings);
// The same for many reads at once.
[[nodiscard]] std::unique_ptr<http::Crowd> open_crowd(std::size_t seats);

// The module's only doors. The names carry no C++ mangling; both sides are built together, which `version` proves.
inline constexpr const char* module_version_symbol = "keybaton_cloud_version";
inline constexpr const char* module_open_symbol = "keybaton_cloud_open";
inline constexpr const char* module_network_symbol = "keybaton_network_open";
inline constexpr const char* module_crowd_symbol = "keybaton_crowd_open";
using ModuleVersion = const char* (*)();
using ModuleOpen = CloudAccess* (*)(const rotation::Connection&, const CloudNeeds&);
using ModuleNetwork = http::Transport* (*)(http::TransportSettings&&);
using ModuleCrowd = http::Crowd* (*)(std::size_t seats);

}  // namespace cli
