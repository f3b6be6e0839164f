// An id and a secret at given places of any JSON, YAML, TOML or ini file: rclone.conf, .s3cfg, appsettings.json, …
// Read and written as every file of this machine is (edited_file.hpp): one rename, so that a crash leaves the old text
// or the new one, whole.
#include <array>
#include <memory>
#include <string>

#include "platform/files.hpp"
#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/structured_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;

std::optional<Markup> markup_of(const LocationSpec& spec) {
  const std::string_view format = text_of(spec, "format");
  return format.empty() ? markup_of_file(text_of(spec, "path")) : markup_named(format);
}

void check_place(const LocationSpec& spec, const std::string& name, Findings& findings) {
  const std::string_view pointer = text_of(spec, name);
  if (pointer.empty()) return;
  const auto tokens = pointer_tokens(pointer);
  if (!tokens) {
    findings.push_back({name, false, name + " is no place in a file: write \"/KEY\", or \"/KEY/KEY…\""});
  } else if (markup_of(spec) == Markup::ini && tokens->size() > 2) {
    findings.push_back({name, false, name + " is no place in an ini file: write \"/SECTION/KEY\", or \"/KEY\""});
  }
}

void check_structured(const LocationSpec& spec, Findings& findings) {
  if (!markup_of(spec)) {
    findings.push_back(
        {"format", text_of(spec, "format").empty(), "format must be one of json, yaml, toml, ini for this file"});
  }
  check_place(spec, "id", findings);
  check_place(spec, "value", findings);
  const std::string id = std::string(text_of(spec, "id")) + "/";
  const std::string value = std::string(text_of(spec, "value")) + "/";
  if (id.size() > 1 && value.size() > 1 && (id.starts_with(value) || value.starts_with(id))) {
    findings.push_back({"value", false, "id and value name the same place, or one within the other"});
  }
}

std::unique_ptr<rotation::Location> structured(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  return std::make_unique<EditedFile>(
      platform::expand_home(spec.settings.at("path")),
      structured_text(*markup_of(spec), {.id = spec.settings.at("id"), .secret = spec.settings.at("value")}));
}

constexpr std::array settings{Setting{"path", true, Shape::path}, Setting{"format", false}, Setting{"id"},
                              Setting{"value"}};

}  // namespace

const Kind structured_file{"structured-file", settings, check_structured, structured};

}  // namespace secrets_adapters
