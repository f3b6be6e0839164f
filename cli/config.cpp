#include "cli/config.hpp"

#include <system_error>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"

namespace cli {
namespace {

constexpr std::size_t largest_config = 1 << 20;
constexpr const char* no_key_touched = "Nothing was done; no key was touched.";

void read_sealing(const yaml::Value& value, Config& config) {
  yaml::read(value, {{"key_file", [&](const yaml::Value& file) { config.sealing_key = parts::read_path(file); }}});
}

void read_search_paths(const yaml::Value& value, Config& config) {
  for (const yaml::Value& item : yaml::items(value)) config.search_paths.push_back(parts::read_path(item));
}

std::optional<std::string> content_of(const std::filesystem::path& file) {
  try {
    auto text = platform::read_file(file, largest_config);
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text && text->starts_with(byte_order_mark)) text->erase(0, byte_order_mark.size());
    return text;
  } catch (const std::system_error& error) {
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "The config " + visible(file.string()) +
                                        " cannot be read: " + visible(error.code().message()) + ".",
                             .keys = no_key_touched,
                             .hint = "Make it readable, or name another one with --config PATH."});
  }
}

}  // namespace

const Account* Config::account(const rotation::AccountName& name) const {
  const auto found = accounts.find(name);
  return found == accounts.end() ? nullptr : &found->second;
}

const ConfiguredTarget* Config::target(const rotation::AccountName& name, const rotation::UserName& user) const {
  const auto found = targets.find(name.text() + "/" + user.text());
  return found == targets.end() ? nullptr : &found->second;
}

Config parse_config(const std::string& text, const std::filesystem::path& file) {
  Config config{.file = file,
                .accounts = {},
                .policy = {},
                .sealing_key = {},
                .search_paths = {},
                .targets = {},
                .run = {},
                .metrics = {}};
  const yaml::Source source{file, text};
  // Targets name accounts, so they are read last, wherever they stand.
  std::optional<yaml::Value> targets;
  yaml::read(yaml::document(source),
             {{"accounts", [&](const yaml::Value& value) { config.accounts = parts::read_accounts(value); }},
              {"policy", [&](const yaml::Value& value) { yaml::read(value, parts::policy_handlers(config.policy)); }},
              {"sealing", [&](const yaml::Value& value) { read_sealing(value, config); }},
              {"search_paths", [&](const yaml::Value& value) { read_search_paths(value, config); }},
              {"targets", [&](const yaml::Value& value) { targets = value; }},
              {"notifiers", yaml::later("nobody would be told. Remove it.")},
              {"clean", [&](const yaml::Value& value) { config.clean = parts::read_clean(value); }},
              {"run", [&](const yaml::Value& value) { config.run = parts::read_run(value); }},
              {"metrics", [&](const yaml::Value& value) { config.metrics = parts::read_metrics(value); }}});
  if (targets) config.targets = parts::read_targets(*targets, config.accounts);
  return config;
}

Config load_config(const std::filesystem::path& file) {
  const auto text = content_of(file);
  if (!text) {
    throw rotation::Trouble(rotation::Ending::usage, {.message = "There is no config " + visible(file.string()) + ".",
                                                      .keys = no_key_touched,
                                                      .hint = "keybaton init"});
  }
  return parse_config(*text, file);
}

Config load_config_if_present(const std::filesystem::path& file) {
  const auto text = content_of(file);
  return text ? parse_config(*text, file) : Config{};
}

}  // namespace cli
