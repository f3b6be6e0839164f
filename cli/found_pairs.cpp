#include "cli/found_pairs.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>

#include "cli/pair_names.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/json_places.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

using rotation::LocationSpec;
using secrets_adapters::JsonPlace;
using Specs = std::vector<LocationSpec>;
using Settings = std::map<std::string, std::string>;

constexpr std::size_t biggest_file = 16U << 20U;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// As a JSON pointer has it.
std::string token(std::string_view name) {
  std::string text = "/";
  for (const char c : name) c == '~' ? text += "~0" : c == '/' ? text += "~1" : text += c;
  return text;
}

class Candidates {
 public:
  Candidates(const FoundSpot& found, const rotation::AccessKeyId& key,
             const std::vector<secrets_adapters::EyamlKeyFiles>& eyaml_keys, std::string_view text)
      : path_(found.file.file.string()), spot_(found.spot), key_(key), text_(text) {
    profiles();
    eyaml(found, eyaml_keys);
    for (const std::string& secret : secrets_there()) {
      add("env-file", {{"id", spot_.name}, {"value", secret}});
      const std::string section = spot_.section.empty() ? "" : token(spot_.section);
      add("structured-file", {{"id", section + token(spot_.name)}, {"value", section + token(secret)}});
    }
    json();
  }

  Specs specs;

 private:
  void add(const char* type, Settings settings) {
    if (!secrets_adapters::is_type(type)) return;
    settings["path"] = path_;
    specs.push_back({.name = {}, .type = type, .settings = std::move(settings)});
  }

  [[nodiscard]] std::vector<std::string> secrets_there() const {
    std::vector<std::string> names = secret_names(spot_.name);
    std::erase_if(names, [&](const std::string& name) { return text_.find(name) == std::string_view::npos; });
    return names;
  }

  void profiles() {
    if (spot_.section.empty() || spot_.encrypted) return;
    const std::string name = lower(spot_.name);
    if (name == "aws_access_key_id") add("aws-credentials-file", {{"profile", spot_.section}});
    if (name == "access_key_id") add("alibaba-credentials-file", {{"profile", spot_.section}});
  }

  void eyaml(const FoundSpot& found, const std::vector<secrets_adapters::EyamlKeyFiles>& configured) {
    if (text_.find("ENC[") == std::string_view::npos || spot_.name.empty()) return;
    std::vector<secrets_adapters::EyamlKeyFiles> keys = configured;
    const auto near = secrets_adapters::nearest_eyaml_keys(found.file.root, found.file.file);
    if (!near.private_key.empty()) keys.insert(keys.begin(), near);
    for (const std::string& secret : secrets_there()) {
      for (const auto& pair : keys) {
        add("eyaml", {{"id", spot_.name},
                      {"secret", secret},
                      {"keys.private", pair.private_key.string()},
                      {"keys.public", pair.certificate.string()}});
      }
    }
  }

  void json() {
    try {
      walk(secrets_adapters::parse_json(text_), "");
    } catch (const secrets_adapters::JsonError&) {
      return;  // no JSON
    }
  }

  [[nodiscard]] bool is_key(const JsonPlace& place) const {
    return place.kind == JsonPlace::Kind::string &&
           text_.substr(place.range.begin, place.range.end - place.range.begin) == key_.text();
  }

  void walk(const JsonPlace& place, const std::string& pointer) {
    for (const auto& member : place.members) {
      walk(member.value, pointer + token(member.name));
      if (!is_key(member.value) || secrets_adapters::spot_at(text_, member.value.range.begin).line != spot_.line)
        continue;
      for (const auto& other : place.members) {
        if (member.name == "access_key_id" && other.name == "name" && other.value.kind == JsonPlace::Kind::string) {
          add("alibaba-cli-config", {{"profile", secrets_adapters::read_json_string(text_, other.value)}});
        }
      }
      for (const std::string& secret : secret_names(member.name)) {
        const auto same = [&](const auto& other) { return other.name == secret; };
        if (std::ranges::none_of(place.members, same)) continue;
        add("structured-file", {{"id", pointer + token(member.name)}, {"value", pointer + token(secret)}});
      }
    }
    for (std::size_t at = 0; at < place.items.size(); ++at) walk(place.items[at], pointer + "/" + std::to_string(at));
  }

  std::string path_;
  const secrets_adapters::Spot& spot_;
  const rotation::AccessKeyId& key_;
  std::string_view text_;
};

// Empty: it reads the whole key and could write it.
std::string unfit(const LocationSpec& spec, const rotation::AccessKeyId& key) {
  try {
    const auto location = secrets_adapters::make_location(spec);
    const auto answer = location->read();
    if (const auto* no = rotation::refused(answer)) return no->message;
    const auto* holding = rotation::done(answer);
    if (holding == nullptr || holding->id != key || !holding->secret) return "the secret beside it cannot be read";
    const auto ready = location->ready();
    if (const auto* no = rotation::refused(ready)) return no->message;
    return rotation::done(ready) != nullptr ? "" : "it is not known whether it could be written";
  } catch (const rotation::Trouble& trouble) {
    return trouble.problem().message;
  }
}

std::string read(const std::filesystem::path& file) {
  try {
    return platform::read_file(file, biggest_file).value_or("");
  } catch (const std::system_error&) {
    return {};
  }
}

}  // namespace

std::variant<LocationSpec, std::string> describe_spot(const FoundSpot& found, const rotation::AccessKeyId& key,
                                                      const std::vector<secrets_adapters::EyamlKeyFiles>& eyaml_keys,
                                                      const Specs& taken) {
  std::string text = read(found.file.file);
  const Specs candidates = Candidates{found, key, eyaml_keys, text}.specs;
  rotation::wipe(text);
  std::string why;
  for (const LocationSpec& spec : candidates) {
    const auto same = [&](const LocationSpec& other) {
      return other.type == spec.type && other.settings == spec.settings;
    };
    if (std::ranges::any_of(taken, same)) continue;
    const std::string trouble = unfit(spec, key);
    if (trouble.empty()) return spec;
    if (why.empty()) why = trouble;
  }
  if (!why.empty()) return why;
  if (found.spot.name.empty()) return "the id stands there without a name";
  return "no secret's name goes with \"" + found.spot.name + "\" there";
}

}  // namespace cli
