// From the words of a command line to one account's one user, and how to reach them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/config.hpp"
#include "cli/options.hpp"
#include "providers/known/kinds.hpp"
#include "rotation/engine.hpp"

namespace cli {

// Who is meant, before the cloud has been asked.
struct Aim {
  rotation::AccountName account;
  rotation::UserName user;  // empty by profile: whoever the key belongs to
  bool by_profile = false;
  rotation::Connection connection;  // pinned as it is, so that going on needs neither config nor environment
  std::optional<rotation::AccountId> account_pin;
  std::vector<rotation::LocationSpec> locations;
  std::string words = {};  // that name it in a command: "prod/support-api", "--profile dev"
};

// What a target's words mean at all. Throws Trouble (usage).
struct SplitTarget {
  rotation::AccountName account;
  rotation::UserName user;
  bool by_profile = false;
  std::optional<std::string> provider = {};  // of a profile: the one named, or whose file holds it
};
[[nodiscard]] SplitTarget split_target(const TargetWords& words);

enum class Locations : bool { needed, not_needed };

// Throws Trouble (usage) for an account or, where locations are needed, a target that the config does not have.
[[nodiscard]] Aim aim_at(const TargetWords& words, const Config& config, Locations locations);

[[nodiscard]] rotation::Connection connection_of(const Account& account, const Config& config);

// Where a file of the vendor's tools is: its variable, else its usual place; absolute.
[[nodiscard]] std::filesystem::path place_of(const known::File& file);

}  // namespace cli
