#include "secrets_adapters/registry.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "rotation/errors.hpp"
#include "secrets_adapters/derived.hpp"
#include "secrets_adapters/held_place.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/searched_path.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;

// In the order in which messages name them.
constexpr std::array kinds{&aws_credentials_file,
                           &alibaba_credentials_file,
                           &alibaba_cli_config,
                           &env_file,
                           &structured_file,
                           &eyaml,
                           &eyaml_gpg,
                           &aws_secrets_manager,
                           &aws_ssm,
                           &alibaba_kms_secret,
                           &vault_kv2,
                           &kubernetes,
                           &github_actions,
                           &gitlab_ci,
                           &circleci,
                           &http_steps,
                           &exec,
                           &manual};

const Kind* kind_of(std::string_view type) {
  const auto found = std::ranges::find(kinds, type, &Kind::type);
  return found == kinds.end() ? nullptr : *found;
}

std::string known_types() {
  std::string list;
  for (const Kind* kind : kinds) list.append(list.empty() ? "" : ", ").append(kind->type);
  return list;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

// A query may be a secret of somebody's.
std::string_view shown(std::string_view value) {
  return value.starts_with("http") ? value.substr(0, value.find_first_of("?#")) : value;
}

// One part of a kind's `place`, its settings filled in; empty where one of them is not there.
std::string filled_in(std::string_view part, const LocationSpec& spec) {
  std::string text;
  for (;;) {
    const std::size_t open = part.find('{'), close = part.find('}');
    text += part.substr(0, open);
    if (close == std::string_view::npos) return text;
    const std::string_view value = text_of(spec, std::string(part.substr(open + 1, close - open - 1)));
    if (value.empty()) return {};
    text += shown(value);
    part.remove_prefix(close + 1);
  }
}

// "read.0" is an item of `read`.
bool names(const Setting& setting, std::string_view key) {
  const bool open = setting.shape == Shape::list || setting.shape == Shape::tree;
  if (!open) return key == setting.name;
  return key.starts_with(setting.name) && key.size() > setting.name.size() && key[setting.name.size()] == '.';
}

bool is_set(const LocationSpec& spec, const Setting& setting) {
  return std::ranges::any_of(spec.settings, [&](const auto& one) { return names(setting, one.first); });
}

void check_values(const LocationSpec& spec, Findings& findings) {
  for (const auto& [name, value] : spec.settings) {
    if (value.empty()) findings.push_back({name, false, name + " is empty"});
    if (has_control(value)) findings.push_back({name, false, name + " has a control character in it"});
  }
  check_derivation(spec, findings);
  kind_of(spec.type)->check(spec, findings);
}

std::unique_ptr<rotation::Location> searched_path(const LocationSpec& spec) {
  return std::make_unique<SearchedPath>(spec.settings.at("path"), rotation::AccessKeyId{spec.settings.at("key")},
                                        search_words_of(spec));
}

}  // namespace

bool is_type(std::string_view word) { return kind_of(word) != nullptr; }

std::vector<std::string> types() {
  std::vector<std::string> list;
  for (const Kind* kind : kinds) list.emplace_back(kind->type);
  return list;
}

bool is_of_account(std::string_view type) {
  const Kind* kind = kind_of(type);
  return kind != nullptr && kind->reach == Reach::account;
}

std::optional<std::filesystem::path> file_of(const LocationSpec& spec) {
  const Kind* kind = kind_of(spec.type);
  if (kind == nullptr || !kind->place.empty()) return std::nullopt;
  return std::filesystem::path(text_of(spec, "path"));
}

std::string place_of(const LocationSpec& spec) {
  if (const auto file = file_of(spec)) return file->string();
  const Kind* kind = kind_of(spec.type);
  std::string text;
  for (std::string_view rest = kind == nullptr ? "" : kind->place; !rest.empty();) {
    const std::size_t skip = rest.front() == '[' ? 1 : 0;
    const std::size_t end = std::min(rest.find(skip == 0 ? '[' : ']'), rest.size());
    text += filled_in(rest.substr(skip, end - skip), spec);
    rest.remove_prefix(std::min(end + skip, rest.size()));
  }
  return text.starts_with(", ") ? text.substr(2) : text;
}

std::vector<Setting> settings_of(std::string_view type) {
  const Kind* kind = kind_of(type);
  if (kind == nullptr) return {};
  std::vector<Setting> all{kind->settings.begin(), kind->settings.end()};
  if (kind != &manual) all.insert(all.end(), derivation_settings().begin(), derivation_settings().end());
  return all;
}

Findings check(const LocationSpec& spec) {
  Findings findings;
  if (!is_type(spec.type)) {
    findings.push_back({"type", false, "there is no location type \"" + spec.type + "\""});
    return findings;
  }
  const auto allowed = settings_of(spec.type);
  for (const auto& [name, value] : spec.settings) {
    const bool known = std::ranges::any_of(allowed, [&](const Setting& one) { return names(one, name); });
    if (!known) findings.push_back({name, false, spec.type + " has no setting \"" + name + "\""});
  }
  for (const Setting& one : allowed) {
    if (!one.required || is_set(spec, one)) continue;
    findings.push_back({std::string(one.name), true, spec.type + " needs the setting " + std::string(one.name)});
  }
  check_values(spec, findings);
  return findings;
}

std::unique_ptr<rotation::Location> make_location(const LocationSpec& spec, const Surroundings& surroundings) {
  if (spec.type == searched_path_type) return searched_path(spec);
  const auto findings = check(spec);
  if (!findings.empty()) {
    const bool type = findings.front().setting == "type";
    throw rotation::Trouble(
        rotation::Ending::usage,
        {.message = "Location " + spec.name.text() + ": " + findings.front().message + ".",
         .keys = "No key was touched by this command.",
         .hint = type ? "Use one of the types " + known_types() + "." : "Correct this location in the config."});
  }
  const Kind& kind = *kind_of(spec.type);
  const Surroundings here = with_budget(surroundings);
  return held(derived(spec, kind.make(spec, here)), here, kind.compares);
}

}  // namespace secrets_adapters
