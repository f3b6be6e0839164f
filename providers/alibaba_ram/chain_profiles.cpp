// What one profile means, in config.json and in the ini.
#include <algorithm>

#include "providers/alibaba_ram/chain.hpp"
#include "providers/calling/setback.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"

namespace alibaba_ram {

namespace {

constexpr std::int64_t shortest_session = 900;  // AssumeRole refuses less

using Text = std::optional<std::string_view>;

std::optional<std::string> owned(Text text) {
  if (!text || text->empty()) return std::nullopt;
  return std::string{*text};
}

std::optional<std::string> text_of(Value profile, const char* name) { return owned(profile.member(name).text()); }

// What must stand in a profile.
std::string need(std::optional<std::string> value, const std::string& where, const std::string& name) {
  if (!value) calling::unusable(where + " has no " + name, "add " + name + " to it");
  return std::move(*value);
}

enum class Token { none, allowed, needed };

struct KeyTexts {
  Text id;
  Text secret;
  Text token;
};

// How a place calls them, for messages.
struct KeyNames {
  const char* id;
  const char* secret;
  const char* token;
};
constexpr KeyNames cli_names{"access_key_id", "access_key_secret", "sts_token"};
constexpr KeyNames ini_names{"access_key_id", "access_key_secret", "security_token"};

Credentials keys_of(const KeyTexts& texts, const KeyNames& names, Token token, const std::string& where) {
  const auto missing = [](Text text) { return !text || text->empty(); };
  const auto refuse = [&](const std::string& what, const char* name) {
    calling::unusable(where + " has " + what, std::string{"mend "} + name + " in it");
  };
  if (missing(texts.id)) refuse(std::string{"no "} + names.id, names.id);
  if (missing(texts.secret)) refuse(std::string{"an access key id and no "} + names.secret, names.secret);
  if (!calling::is_signing_id(*texts.id)) refuse("an access key id that is none", names.id);
  if (!calling::is_visible(*texts.secret)) refuse("a secret that is none", names.secret);
  Credentials found{
      .id = rotation::AccessKeyId{std::string{*texts.id}}, .secret = rotation::Secret{*texts.secret}, .source = where};
  if (token == Token::none) return found;
  if (missing(texts.token)) {
    if (token == Token::needed) refuse(std::string{"no "} + names.token, names.token);
    return found;
  }
  if (!calling::is_visible(*texts.token)) refuse("a session token that is none", names.token);
  found.token = rotation::Secret{*texts.token};
  return found;
}

Credentials keys_of(Value profile, Token token, const std::string& where) {
  return keys_of({profile.member("access_key_id").text(), profile.member("access_key_secret").text(),
                  profile.member("sts_token").text()},
                 cli_names, token, where);
}

// Empty and 0 mean the cloud's own default, an hour.
std::optional<std::int64_t> seconds_of(Value profile, const char* name, const std::string& where) {
  const auto value = profile.member(name);
  if (!value.exists() || value.is_null()) return std::nullopt;
  const auto seconds = value.number();
  if (seconds == 0) return std::nullopt;
  if (!seconds || *seconds < shortest_session) {
    calling::unusable(where + " has " + name + " that is not a number of seconds from 900 on",
                      std::string{"mend or remove "} + name);
  }
  return seconds;
}

[[noreturn]] void not_spoken(const std::string& where, std::string_view kind, const std::string& what) {
  const auto shown = calling::plain(kind, "_-", 40);
  const bool by_browser = shown == "CloudSSO" || shown == "OAuth";
  calling::unusable(
      where + " has " + what + " " + (shown.empty() ? "that nobody knows" : shown) + ", which keybaton does not speak",
      shown == "RamRoleArnWithRoleName"
          ? "use the mode ChainableRamRoleArn with a source_profile of mode EcsRamRole"
          : std::string{"use a profile of mode External, whose process_command prints a session"} +
                (by_browser ? " got by that login" : "") +
                ", or set ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and "
                "ALIBABA_CLOUD_SECURITY_TOKEN");
}

}  // namespace

Chain::Found Chain::from_cli(const std::string& name) {
  const auto profile = files_.cli.profile(name);
  const auto where = "the profile " + name + " in " + files_.cli.path().string();
  const auto mode = mode_of(profile);
  if (!mode)
    calling::unusable(where + " has no credentials", "aliyun configure --profile " + calling::quote_word(name));
  switch (*mode) {
    case Mode::ak: return calling::fixed_credentials(keys_of(profile, Token::none, where));
    case Mode::sts_token: return calling::fixed_credentials(keys_of(profile, Token::needed, where));
    case Mode::ram_role_arn:
      return role_of(profile, where, calling::fixed_credentials(keys_of(profile, Token::allowed, where)));
    case Mode::chainable_ram_role_arn: return chained(name, profile, where);
    case Mode::ecs_ram_role: return instance(text_of(profile, "ram_role_name"), where);
    case Mode::external:
      return external(where, need(text_of(profile, "process_command"), where, "process_command"),
                      files_.cli.path().string());
    case Mode::oidc: return oidc_of(profile, where);
    case Mode::uri:
      return credentials_uri(world_, transport_, need(text_of(profile, "credentials_uri"), where, "credentials_uri"));
    case Mode::other: break;
  }
  not_spoken(where, profile.member("mode").text(), "the mode");
}

Chain::Found Chain::chained(const std::string& name, Value profile, const std::string& where) {
  const auto source = need(text_of(profile, "source_profile"), where, "source_profile");
  if (!files_.cli.profile(source).exists()) {
    calling::unusable(where + " names source_profile " + source + ", which is not there", "aliyun configure list");
  }
  visited_.push_back(name);
  if (std::ranges::find(visited_, source) != visited_.end()) {
    calling::unusable("the source profiles go round in a circle: " + name + " comes back to " + source,
                      "mend source_profile in " + files_.cli.path().string());
  }
  return role_of(profile, where, from_cli(source));
}

Chain::Found Chain::role_of(Value profile, const std::string& where, Found source) const {
  Role role{.arn = need(text_of(profile, "ram_role_arn"), where, "ram_role_arn"),
            .session_name = text_of(profile, "ram_session_name").value_or(session_name()),
            .external_id = text_of(profile, "external_id"),
            .seconds = seconds_of(profile, "expired_seconds", where)};
  return assume_role(std::move(role), sts(text_of(profile, "sts_region"), text_of(profile, "sts_endpoint"), where),
                     std::make_unique<calling::CredentialCache>(std::move(source), world_));
}

Chain::Found Chain::oidc_of(Value profile, const std::string& where) const {
  auto seconds = seconds_of(profile, "duration_seconds", where);
  if (!seconds) seconds = seconds_of(profile, "expired_seconds", where);
  Role role{.arn = need(text_of(profile, "ram_role_arn"), where, "ram_role_arn"),
            .session_name = text_of(profile, "ram_session_name").value_or(session_name()),
            .seconds = seconds};
  const auto file = need(text_of(profile, "oidc_token_file"), where, "oidc_token_file");
  return assume_role_with_oidc(std::move(role), need(text_of(profile, "oidc_provider_arn"), where, "oidc_provider_arn"),
                               home_path(world_.env, file).string(),
                               sts(text_of(profile, "sts_region"), text_of(profile, "sts_endpoint"), where));
}

Chain::Found Chain::from_ini(const std::string& name) const {
  const auto where = "the profile " + name + " in " + files_.ini.path().string();
  const auto value = [&](const char* key) { return files_.ini.value(name, key); };
  const KeyTexts texts{value("access_key_id"), value("access_key_secret"), value("security_token")};
  const auto type = need(owned(value("type")), where, "type");
  if (type == "access_key") return calling::fixed_credentials(keys_of(texts, ini_names, Token::none, where));
  if (type == "sts") return calling::fixed_credentials(keys_of(texts, ini_names, Token::needed, where));
  if (type == "ram_role_arn") return ini_role(name, where);
  if (type == "ecs_ram_role") return instance(owned(value("role_name")), where);
  if (type == "oidc_role_arn") return ini_oidc(name, where);
  not_spoken(where, type, "the type");
}

Chain::Found Chain::ini_role(const std::string& name, const std::string& where) const {
  const auto value = [&](const char* key) { return files_.ini.value(name, key); };
  const KeyTexts texts{value("access_key_id"), value("access_key_secret"), value("security_token")};
  auto source = calling::fixed_credentials(keys_of(texts, ini_names, Token::allowed, where));
  Role role{.arn = need(owned(value("role_arn")), where, "role_arn"),
            .session_name = owned(value("role_session_name")).value_or(session_name()),
            .policy = owned(value("policy"))};
  return assume_role(std::move(role), sts({}, {}, where),
                     std::make_unique<calling::CredentialCache>(std::move(source), world_));
}

Chain::Found Chain::ini_oidc(const std::string& name, const std::string& where) const {
  const auto value = [&](const char* key) { return owned(files_.ini.value(name, key)); };
  Role role{.arn = need(value("role_arn"), where, "role_arn"),
            .session_name = value("role_session_name").value_or(session_name()),
            .policy = value("policy")};
  const auto file = need(value("oidc_token_file_path"), where, "oidc_token_file_path");
  return assume_role_with_oidc(std::move(role), need(value("oidc_provider_arn"), where, "oidc_provider_arn"),
                               home_path(world_.env, file).string(), sts({}, {}, where));
}

Chain::Found Chain::instance(std::optional<std::string> role, const std::string& where) const {
  if (is_true(world_.env("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))) {
    calling::unusable(where + " takes a role of the ECS instance, and ALIBABA_CLOUD_ECS_METADATA_DISABLED is set",
                      "unset it, or name another profile");
  }
  return instance_metadata(transport_, metadata(std::move(role)));
}

}  // namespace alibaba_ram
