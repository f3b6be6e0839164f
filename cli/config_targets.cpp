#include <algorithm>
#include <cctype>
#include <set>

#include "cli/config_parts.hpp"
#include "cli/nearest.hpp"
#include "cli/style.hpp"
#include "providers/known/kinds.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

std::string read_type(const yaml::Value& value) {
  std::string name = yaml::text(value);
  if (!secrets_adapters::is_type(name)) yaml::unknown_word(value, name, secrets_adapters::types());
  return name;
}

const yaml::Value& required(const std::vector<yaml::Value>& entries, const yaml::Value& of, const std::string& key) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key == key; });
  if (found == entries.end()) yaml::wrong(of, of.what + " lacks \"" + key + "\".");
  return *found;
}

rotation::LocationName read_name(const yaml::Value& value) {
  const std::string name = yaml::text(value);
  // It is named on command lines (--location NAME, --accept waive_location:NAME).
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (!plain || name.find_first_of(",:/\\\"'") != std::string::npos || name[0] == '-') {
    yaml::wrong(value, value.what + " \"" + visible(name) +
                           "\" may not begin with - nor hold blanks, quotes, commas, colons or slashes.");
  }
  return rotation::LocationName(name);
}

// What the adapter itself has to say, at the setting that it says it of.
void check_settings(const rotation::LocationSpec& spec, const std::vector<yaml::Value>& entries,
                    const yaml::Value& value) {
  for (const secrets_adapters::Finding& finding : secrets_adapters::check(spec)) {
    const std::string top = finding.setting.substr(0, finding.setting.find('.'));
    const auto at =
        std::find_if(entries.begin(), entries.end(), [&](const yaml::Value& entry) { return entry.key == top; });
    yaml::wrong(at == entries.end() ? value : *at, value.what + ": " + visible(finding.message) + ".");
  }
}

using Flat = std::map<std::string, std::string>;

void read_tree(const yaml::Value& value, const std::string& name, Flat& flat) {
  if (value.node.IsMap()) {
    for (const yaml::Value& entry : yaml::entries(value)) read_tree(entry, name + "." + entry.key, flat);
  } else if (value.node.IsSequence()) {
    std::size_t at = 0;
    for (const yaml::Value& item : yaml::items(value)) read_tree(item, name + "." + std::to_string(at++), flat);
  } else {
    flat[name] = yaml::word(value);
  }
}

void read_setting(const yaml::Value& value, const std::string& name, secrets_adapters::Shape shape, Flat& flat) {
  switch (shape) {
    case secrets_adapters::Shape::text: flat[name] = yaml::text(value); break;
    case secrets_adapters::Shape::path: flat[name] = parts::read_path(value).string(); break;
    case secrets_adapters::Shape::truth: flat[name] = yaml::truth(value) ? "yes" : "no"; break;
    case secrets_adapters::Shape::duration: flat[name] = std::to_string(yaml::duration(value).count()); break;
    case secrets_adapters::Shape::list: {
      std::size_t at = 0;
      for (const yaml::Value& item : yaml::items(value)) flat[name + "." + std::to_string(at++)] = yaml::word(item);
      break;
    }
    case secrets_adapters::Shape::tree: read_tree(value, name, flat); break;
  }
}

// The handlers of the settings below `prefix`; what has a dot in the rest of its name stands in a mapping of its own.
yaml::Handlers handlers_for(const std::vector<secrets_adapters::Setting>& settings, const std::string& prefix,
                            Flat& flat) {
  yaml::Handlers handlers;
  std::set<std::string> mappings;
  for (const secrets_adapters::Setting& setting : settings) {
    if (!setting.name.starts_with(prefix)) continue;
    const std::string rest(setting.name.substr(prefix.size()));
    const std::string first = rest.substr(0, rest.find('.'));
    if (first == rest) {
      handlers.emplace_back(rest, [&flat, name = std::string(setting.name), shape = setting.shape](
                                      const yaml::Value& entry) { read_setting(entry, name, shape, flat); });
    } else if (mappings.insert(first).second) {
      handlers.emplace_back(first, [&flat, settings, below = prefix + first + "."](const yaml::Value& entry) {
        yaml::read(entry, handlers_for(settings, below, flat));
      });
    }
  }
  return handlers;
}

rotation::LocationSpec read_location(const yaml::Value& value) {
  const std::vector<yaml::Value> entries = yaml::entries(value);
  rotation::LocationSpec spec;
  spec.type = read_type(required(entries, value, "type"));
  yaml::Handlers handlers{{"name", [&](const yaml::Value& entry) { spec.name = read_name(entry); }},
                          {"type", [](const yaml::Value&) {}},
                          {"optional", [&](const yaml::Value& entry) { spec.optional = yaml::truth(entry); }},
                          {"canary", [&](const yaml::Value& entry) { spec.canary = yaml::truth(entry); }}};
  const auto settings = secrets_adapters::settings_of(spec.type);
  for (auto& handler : handlers_for(settings, "", spec.settings)) handlers.push_back(std::move(handler));
  yaml::Value named = value;
  named.what += " (" + spec.type + ")";
  yaml::read(named, handlers);
  (void)required(entries, value, "name");
  check_settings(spec, entries, value);
  return spec;
}

std::vector<rotation::LocationSpec> read_locations(const yaml::Value& value) {
  std::vector<rotation::LocationSpec> specs;
  for (const yaml::Value& item : yaml::items(value)) {
    rotation::LocationSpec spec = read_location(item);
    for (const rotation::LocationSpec& other : specs) {
      if (other.name == spec.name) {
        yaml::wrong(item, "two locations of this target are named \"" + visible(spec.name.text()) + "\".");
      }
      if (other.type == spec.type && other.settings == spec.settings) {
        yaml::wrong(item, "the locations \"" + visible(other.name.text()) + "\" and \"" + visible(spec.name.text()) +
                              "\" are the same place.");
      }
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

// "prod/support-api", of an account that the config knows.
void read_target_name(const yaml::Value& entry, const std::map<rotation::AccountName, Account>& accounts,
                      ConfiguredTarget& target) {
  const auto slash = entry.key.find('/');
  const bool whole = slash != std::string::npos && slash > 0 && slash + 1 < entry.key.size() &&
                     entry.key.find('/', slash + 1) == std::string::npos;
  if (!whole) yaml::wrong_key(entry, "the target \"" + visible(entry.key) + "\" must have the form ACCOUNT/USER.");
  target.account = rotation::AccountName(entry.key.substr(0, slash));
  target.user = rotation::UserName(entry.key.substr(slash + 1));
  if (const auto account = accounts.find(target.account); account != accounts.end()) {
    const known::Kind& kind = known::kind_or_first(account->second.provider);
    if (known::is_user_name(kind, target.user.text())) return;
    yaml::wrong_key(entry, "\"" + visible(target.user.text()) + "\" cannot be the name of a user at " +
                               std::string(kind.title) + ".");
  }
  std::vector<std::string> names;
  for (const auto& [name, account] : accounts) names.push_back(name.text());
  const auto near = nearest(target.account.text(), names);
  yaml::wrong_key(entry, "no account is named \"" + visible(target.account.text()) + "\"." +
                             (near ? " Did you mean \"" + *near + "\"?" : ""));
}

ConfiguredTarget read_target(const yaml::Value& value, const std::map<rotation::AccountName, Account>& accounts) {
  ConfiguredTarget target;
  read_target_name(value, accounts, target);
  yaml::Handlers handlers{
      {"cadence", [&](const yaml::Value& entry) { target.cadence = yaml::duration(entry); }},
      {"canary", [&](const yaml::Value& entry) { target.canary = yaml::truth(entry); }},
      {"locations", [&](const yaml::Value& entry) { target.locations = read_locations(entry); }},
      {"refresh", yaml::later("it would not be run. Remove it, and refresh the consumers by hand after deploy.")},
      {"checks", yaml::later("they would not be run. Remove it, and check by hand after deploy.")},
      {"notify", yaml::later("nobody would be told. Remove it.")}};
  for (auto& handler : parts::policy_at_level(target.policy)) handlers.push_back(std::move(handler));
  yaml::read(value, handlers);
  return target;
}

}  // namespace

std::map<std::string, ConfiguredTarget> parts::read_targets(const yaml::Value& value,
                                                            const std::map<rotation::AccountName, Account>& accounts) {
  std::map<std::string, ConfiguredTarget> targets;
  for (const yaml::Value& entry : yaml::entries(value)) targets.emplace(entry.key, read_target(entry, accounts));
  return targets;
}

}  // namespace cli
