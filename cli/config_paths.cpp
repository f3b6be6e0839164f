#include <cstdlib>

#include "cli/config_parts.hpp"
#include "platform/files.hpp"

namespace cli {
namespace {

// XDG base directory specification 0.8: a relative value is invalid and must be ignored.
std::filesystem::path base(const char* variable, const char* below_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && value[0] == '/') return value;
  return platform::expand_home(std::string("~/") + below_home);
}

}  // namespace

std::filesystem::path default_config_path() { return base("XDG_CONFIG_HOME", ".config") / "keybaton/config.yaml"; }
std::filesystem::path default_journal_path() { return base("XDG_STATE_HOME", ".local/state") / "keybaton/journal.db"; }
std::filesystem::path default_sealing_key_path() { return base("XDG_CONFIG_HOME", ".config") / "keybaton/sealing.key"; }

std::filesystem::path parts::read_path(const yaml::Value& value) {
  const std::string text = yaml::text(value);
  if (text[0] == '~' && text.size() > 1 && text[1] != '/') {
    yaml::wrong(value, value.what + ": only ~/ is understood, not another user's home.");
  }
  const std::filesystem::path path = platform::expand_home(text);
  const auto directory = std::filesystem::absolute(value.source->file).parent_path();
  return (directory / path).lexically_normal();
}

}  // namespace cli
