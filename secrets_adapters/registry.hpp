// The kinds of location that this version knows, and the only place that knows their classes.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/ports.hpp"
#include "secrets_adapters/versioned_secrets.hpp"

namespace secrets_adapters {

enum class Support {
  yes,
  later,    // a documented type that this version can't handle
  unknown,  // no such type
};
[[nodiscard]] Support support(std::string_view type);
// Every type with Support::yes.
[[nodiscard]] std::vector<std::string> types();

// It lives in an account's cloud: make_location needs what reaches it there.
[[nodiscard]] bool is_networked(std::string_view type);

struct Setting {
  std::string_view name;
  bool required = true;
};
// What may stand beside name, type and optional in the config; empty unless Support::yes.
[[nodiscard]] std::span<const Setting> settings_of(std::string_view type);

// Something wrong with one location of the config. `setting` is the key to point at: "type" where the type is at fault,
// the unknown key itself, or the missing one (`missing` says which of both).
struct Finding {
  std::string setting;
  bool missing = false;
  std::string message;
};
[[nodiscard]] std::vector<Finding> check(const rotation::LocationSpec& spec);

// What reaches the locations that live in an account's cloud, as a caller that is connected to it has it. The settings
// of the spec say which secret, and may name a region other than the account's.
struct Networked {
  std::function<std::unique_ptr<VersionedSecrets>(const rotation::LocationSpec&)> secrets;
};

// Throws Trouble (usage) with the first finding of `check`, and for a location in a cloud that nobody is connected to.
// Clears temp files that a crash left beside the location; reads and writes nothing else yet.
[[nodiscard]] std::unique_ptr<rotation::Location> make_location(const rotation::LocationSpec& spec,
                                                                const Networked& networked = {});

}  // namespace secrets_adapters
