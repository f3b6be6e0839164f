#include "cli/found_pairs.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>

#include "cli/pair_names.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/json_places.hpp"
#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/structured_text.hpp"

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

// "/a/b" → "a.b", as eyaml's names lead into a mapping.
std::string dotted(std::string_view pointer) {
  std::string name;
  for (const std::string& token : secrets_adapters::pointer_tokens(pointer).value_or(std::vector<std::string>{})) {
    name += (name.empty() ? "" : ".") + token;
  }
  return name;
}

class Candidates {
 public:
  Candidates(const FoundSpot& found, const rotation::AccessKeyId& key,
             const std::vector<secrets_adapters::EyamlKeyFiles>& eyaml_keys, std::string_view text)
      : path_(found.file.file.string()), spot_(found.spot), key_(key), text_(text) {
    profiles();
    eyaml(found, eyaml_keys);
    json();
    structured();
    for (const std::string& secret : secrets_there()) add("env-file", {{"id", spot_.name}, {"value", secret}});
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
    keys_ = configured;
    const auto near = secrets_adapters::nearest_eyaml_keys(found.file.root, found.file.file);
    if (!near.private_key.empty()) keys_.insert(keys_.begin(), near);
    for (const std::string& secret : secrets_there()) add_eyaml(spot_.name, secret);
  }

  void add_eyaml(const std::string& id, const std::string& secret) {
    for (const auto& pair : keys_) {
      add("eyaml", {{"id", id},
                    {"secret", secret},
                    {"keys.private", pair.private_key.string()},
                    {"keys.public", pair.certificate.string()}});
    }
  }

  // From 1; behind the last line, the text's end.
  [[nodiscard]] std::size_t begin_of_line(std::size_t line) const {
    std::size_t at = 0;
    for (; line > 1 && at < text_.size(); --line) at = std::min(text_.find('\n', at), text_.size() - 1) + 1;
    return at;
  }

  // An entry of this line, or of the one above it where a block begins, and one beside it that its name leads to.
  void structured() {
    using namespace secrets_adapters;
    const auto markup = markup_of_file(path_);
    if (!markup) return;
    try {
      const Entries all = entries_of(*markup, text_);
      const auto is_there = [&](const std::string& pointer) {
        return std::ranges::find(all, pointer, &Entry::pointer) != all.end();
      };
      const std::size_t above = begin_of_line(spot_.line - 1), begin = begin_of_line(spot_.line);
      const std::size_t end = begin_of_line(spot_.line + 1);
      for (const Entry& entry : all) {
        if (entry.at < above || entry.at >= end) continue;
        const auto tokens = pointer_tokens(entry.pointer);
        if (!tokens || (entry.at < begin && tokens->back() != spot_.name)) continue;
        for (const std::string& name : secret_names(tokens->back())) {
          const std::string secret = pointer_to(parent_of(entry.pointer), name);
          if (!is_there(secret)) continue;
          add_eyaml(dotted(entry.pointer), dotted(secret));
          add("structured-file", {{"id", entry.pointer}, {"value", secret}});
        }
      }
    } catch (const Unfit&) {
      return;  // malformed, or nothing that may be written
    }
  }

  void json() {
    try {
      walk(secrets_adapters::parse_json(text_));
    } catch (const secrets_adapters::JsonError&) {
      return;  // no JSON
    }
  }

  [[nodiscard]] bool is_key(const JsonPlace& place) const {
    return place.kind == JsonPlace::Kind::string &&
           text_.substr(place.range.begin, place.range.end - place.range.begin) == key_.text() &&
           secrets_adapters::spot_at(text_, place.range.begin).line == spot_.line;
  }

  void walk(const JsonPlace& place) {
    for (const auto& member : place.members) {
      walk(member.value);
      if (member.name != "access_key_id" || !is_key(member.value)) continue;
      for (const auto& other : place.members) {
        if (other.name == "name" && other.value.kind == JsonPlace::Kind::string) {
          add("alibaba-cli-config", {{"profile", secrets_adapters::read_json_string(text_, other.value)}});
        }
      }
    }
    for (const JsonPlace& item : place.items) walk(item);
  }

  std::string path_;
  const secrets_adapters::Spot& spot_;
  const rotation::AccessKeyId& key_;
  std::string_view text_;
  std::vector<secrets_adapters::EyamlKeyFiles> keys_;
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
  if (found.spot.name.empty()) return "the id stands there without a name";
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
  return "no secret's name goes with \"" + found.spot.name + "\" there";
}

}  // namespace cli
