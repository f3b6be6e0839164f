#include "providers/alibaba_ram/cli_config.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/unusable.hpp"
#include "rotation/secret.hpp"

namespace alibaba_ram {

namespace {

constexpr std::size_t largest_file = 4 << 20;

// Takes nothing but the place of the first fault, and wipes each string that comes by.
struct FaultFinder final : nlohmann::json_sax<nlohmann::json> {
  std::size_t at = 0;
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& value) override {
    rotation::wipe(value);
    return true;
  }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return true; }
  bool key(string_t& /*name*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*what*/) override {
    at = position;
    return false;
  }
};

// Of the first fault; 1 for a whole text that is no object.
std::ptrdiff_t line_of_fault(std::string_view text) {
  FaultFinder finder;
  (void)nlohmann::json::sax_parse(text, &finder);
  const auto before = text.substr(0, finder.at == 0 ? 0 : finder.at - 1);  // the fault itself may be a line's end
  return 1 + std::count(before.begin(), before.end(), '\n');
}

}  // namespace

bool is_true(const std::optional<std::string>& text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
  return text && std::ranges::equal(*text, std::string_view{"true"}, same);
}

std::optional<Mode> mode_of(Value profile) {
  constexpr std::array<std::pair<std::string_view, Mode>, 8> modes{
      {{"AK", Mode::ak},
       {"StsToken", Mode::sts_token},
       {"RamRoleArn", Mode::ram_role_arn},
       {"ChainableRamRoleArn", Mode::chainable_ram_role_arn},
       {"EcsRamRole", Mode::ecs_ram_role},
       {"External", Mode::external},
       {"OIDC", Mode::oidc},
       {"CredentialsURI", Mode::uri}}};
  const auto has = [&](const char* name) { return !profile.member(name).text().empty(); };
  const auto stated = profile.member("mode").text();
  // A profile of mode AK without any key is what the command line writes before it was set up.
  if (stated == "AK" && !has("access_key_id") && !has("access_key_secret")) return std::nullopt;
  if (!stated.empty()) {
    const auto* known = std::ranges::find(modes, stated, &std::pair<std::string_view, Mode>::first);
    return known == modes.end() ? Mode::other : known->second;
  }
  if (has("access_key_id") && has("access_key_secret")) {
    if (has("sts_token")) return Mode::sts_token;
    return has("ram_role_arn") ? Mode::ram_role_arn : Mode::ak;
  }
  if (has("ram_role_name")) return Mode::ecs_ram_role;
  if (has("process_command")) return Mode::external;
  if (has("oidc_provider_arn") && has("oidc_token_file") && has("ram_role_arn")) return Mode::oidc;
  if (has("access_key_id") || has("access_key_secret")) return Mode::ak;  // half of it: told when it is used
  return std::nullopt;
}

CliConfig::CliConfig(const Environment& env)
    : path_(home_path(env, env("ALIBABA_CLOUD_CONFIG_FILE").value_or("~/.aliyun/config.json"))),
      disabled_(is_true(env("ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))) {
  if (!disabled_) read();
}

void CliConfig::read() {
  try {
    auto content = platform::read_file(path_, largest_file);
    if (!content) return;
    json_ = Json::parse(http::Body{*content});
    const auto line = json_ ? 0 : line_of_fault(*content);
    rotation::wipe(*content);
    if (!json_) {
      const auto where = path_.string() + ":" + std::to_string(line);
      calling::unusable(where + ": this is not the JSON object that the aliyun command line writes",
                        "mend line " + std::to_string(line) + " of " + path_.string());
    }
  } catch (const std::system_error& error) {
    calling::unusable(path_.string() + " cannot be read: " + error.code().message(),
                      "ls -l " + calling::quote_word(path_.string()));
  }
  const auto profiles = json_->root().member("profiles");
  if (profiles.exists() && !profiles.is_null() && !profiles.is_list()) {
    calling::unusable("in " + path_.string() + " \"profiles\" is not a list", "mend it, or run: aliyun configure");
  }
}

std::string CliConfig::current() const {
  const auto name = json_ ? json_->root().member("current").text() : std::string_view{};
  return name.empty() ? "default" : std::string{name};
}

Value CliConfig::profile(std::string_view name) const {
  if (!json_) return {};
  for (const auto& one : json_->root().member("profiles").items()) {
    if (one.member("name").text() == name) return one;
  }
  return {};
}

}  // namespace alibaba_ram
