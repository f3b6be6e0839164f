// Where an access key is used: its places, its owner, and what could not be looked into.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/holders.hpp"
#include "cli/key_owner.hpp"

namespace cli {

struct FoundPlace {
  std::filesystem::path path = {};  // empty: a location that is no file
  std::string where = {};           // of such a location, in words
  std::size_t line = 0;             // 0: not known
  std::string name = {};            // of the value there; may be empty
  bool encrypted = false;
  std::size_t more = 0;                    // lines of that file that name it too, and are not told one by one
  std::string type = {};                   // of the location that it is or could be; empty: neither
  std::string location = {}, target = {};  // empty: not configured
  // Of what is not configured: how it could be, or why a person must say how.
  std::optional<rotation::LocationSpec> proposal = {};
  std::string why_not = {};

  [[nodiscard]] bool configured() const { return !location.empty(); }
};

struct Finding {
  rotation::AccessKeyId key;
  std::vector<FoundPlace> places;
  OwnerSearch who;
  std::vector<Unread> unread;  // places
  std::vector<std::string> silent;
  std::size_t closed_values = 0, closed_files = 0;
  std::set<std::string> accounts;  // whose the key is, or in whose locations it is
  bool has_targets = false;        // of the config: something can be added to one

  [[nodiscard]] bool complete() const { return unread.empty() && who.unread.empty() && closed_values == 0; }
  [[nodiscard]] std::size_t total() const;  // of places, told one by one or not
  [[nodiscard]] bool adds() const;          // something that was found could become a location
};

// What stands there in that file is this location, and no other place of its own.
[[nodiscard]] bool is_spot_of(const rotation::LocationSpec& spec, const secrets_adapters::SearchedFile& file,
                              const secrets_adapters::Spot& spot);

// Its places alone: no account is asked whose it is, or who used it. Throws Trouble (interrupted).
[[nodiscard]] Finding find_places(House& house, const Config& config, const rotation::AccessKeyId& key,
                                  const std::function<void(const std::string&)>& progress);

// Throws Trouble (interrupted).
[[nodiscard]] Finding find_key(House& house, const Config& config, const rotation::AccessKeyId& key,
                               const std::vector<std::filesystem::path>& more_paths,
                               const std::function<void(const std::string&)>& progress);

}  // namespace cli
