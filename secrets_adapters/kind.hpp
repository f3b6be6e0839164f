// How a kind of location describes itself to the registry, and what it is handed to reach its places.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "providers/http/transport.hpp"
#include "rotation/ports.hpp"
#include "secrets_adapters/parameters.hpp"
#include "secrets_adapters/versioned_secrets.hpp"
#include "secrets_adapters/write_budget.hpp"

namespace secrets_adapters {

// ---- settings -----------------------------------------------------------------------------------------------

// Settings are flat text in a LocationSpec, so that the journal can pin them: a mapping's entries are "headers.Accept",
// a list's items "read.0", "read.1"; a truth is "yes" or "no", a duration its seconds, a path absolute.
enum class Shape : std::uint8_t {
  text,
  path,
  truth,
  duration,
  list,  // of texts
  tree,  // texts, lists and mappings in each other, as deep as the kind's own check allows
};

struct Setting {
  std::string_view name;  // "path"; a dot leads into a mapping: "keys.private"
  bool required = true;
  Shape shape = Shape::text;
};

// Something wrong with one location of the config. `setting` is the key to point at: "type" where the type is at fault,
// the unknown key itself, or the missing one (`missing` says which of both).
struct Finding {
  std::string setting;
  bool missing = false;
  std::string message;
};
using Findings = std::vector<Finding>;

// The text of a setting; empty where it is not there.
[[nodiscard]] std::string_view text_of(const rotation::LocationSpec& spec, const std::string& name);
[[nodiscard]] bool truth_of(const rotation::LocationSpec& spec, const std::string& name);  // false where not there
[[nodiscard]] std::optional<rotation::Seconds> duration_of(const rotation::LocationSpec& spec, const std::string& name);
[[nodiscard]] std::vector<std::string> list_of(const rotation::LocationSpec& spec, const std::string& name);
// What stands below "name.", by the rest of its name.
[[nodiscard]] std::map<std::string, std::string> tree_of(const rotation::LocationSpec& spec, const std::string& name);

// ---- surroundings -------------------------------------------------------------------------------------------

// What reaches places beyond the file system. Empty functions: this command is connected to nothing there.
struct Surroundings {
  // The account's own cloud; the settings of the spec say which secret, and may name another region.
  std::function<std::unique_ptr<VersionedSecrets>(const rotation::LocationSpec&)> secrets = {};
  std::function<std::unique_ptr<Parameters>(const rotation::LocationSpec&)> parameters = {};
  // Any other server.
  std::function<std::unique_ptr<http::Transport>(http::TransportSettings)> network = {};
  // Before another try of a request. false: interrupted, so that there is no other try. Empty: nothing is tried twice.
  std::function<bool(rotation::Millis)> pause = {};
  std::string rotation = {};  // its id, once there is one
  // The time since the machine's start. Empty: no write is cut short.
  std::function<rotation::Millis()> boot = {};
  // Of the writes of one place; set by make_location.
  std::shared_ptr<WriteBudget> budget = {};
};

// ---- kinds --------------------------------------------------------------------------------------------------

enum class Reach : std::uint8_t {
  here,     // files and programs of this machine
  network,  // a server of its own: make() needs Surroundings::network
  account,  // in the account's cloud: make() needs what is connected to it
};

// Of two writes over the same value `itself` takes one at the most: by a compare-and-set of its own, or of ours under a
// lock. With `nobody` a write that was given up may still be carried out.
enum class Compares : std::uint8_t { itself, nobody };

struct Kind {
  std::string_view type;
  std::span<const Setting> settings;
  // What the kind alone minds. Required settings are there, or found missing already.
  void (*check)(const rotation::LocationSpec& spec, Findings& findings);
  // Only for a spec without findings. Throws Trouble (usage) where the surroundings lack what it needs.
  std::unique_ptr<rotation::Location> (*make)(const rotation::LocationSpec& spec, const Surroundings& surroundings);
  Reach reach = Reach::here;
  // The place in a few words, as people name it: a setting's value for "{name}", and what stands in brackets only where
  // its setting is there. Empty: it is a file, and named by its path.
  std::string_view place = {};
  Compares compares = Compares::itself;
};

// Finds fault with an optional `region` of an account's cloud: it becomes part of a host's name.
void check_region(const rotation::LocationSpec& spec, Findings& findings);

// For make(): nothing leads there from this command. Throws Trouble (usage).
[[noreturn]] void not_connected(const rotation::LocationSpec& spec, const std::string& way_out);

}  // namespace secrets_adapters
