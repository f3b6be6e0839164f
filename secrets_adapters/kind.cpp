#include "secrets_adapters/kind.hpp"

#include <algorithm>
#include <charconv>

#include "rotation/errors.hpp"

namespace secrets_adapters {

using rotation::LocationSpec;

std::string_view text_of(const LocationSpec& spec, const std::string& name) {
  const auto found = spec.settings.find(name);
  return found == spec.settings.end() ? std::string_view{} : found->second;
}

bool truth_of(const LocationSpec& spec, const std::string& name) { return text_of(spec, name) == "yes"; }

std::optional<rotation::Seconds> duration_of(const LocationSpec& spec, const std::string& name) {
  const std::string_view text = text_of(spec, name);
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return rotation::Seconds{seconds};
}

std::vector<std::string> list_of(const LocationSpec& spec, const std::string& name) {
  std::vector<std::string> items;
  for (;;) {
    const auto found = spec.settings.find(name + "." + std::to_string(items.size()));
    if (found == spec.settings.end()) return items;
    items.push_back(found->second);
  }
}

std::map<std::string, std::string> tree_of(const LocationSpec& spec, const std::string& name) {
  const std::string prefix = name + ".";
  std::map<std::string, std::string> entries;
  for (auto at = spec.settings.lower_bound(prefix); at != spec.settings.end() && at->first.starts_with(prefix); ++at) {
    entries[at->first.substr(prefix.size())] = at->second;
  }
  return entries;
}

void check_region(const LocationSpec& spec, Findings& findings) {
  const bool fits = std::ranges::all_of(
      text_of(spec, "region"), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!fits) findings.push_back({"region", false, "region must be the name of one, such as eu-west-1"});
}

void not_connected(const LocationSpec& spec, const std::string& way_out) {
  throw rotation::Trouble(rotation::Ending::usage,
                          {.message = "Location " + spec.name.text() + ": a location of type " + spec.type +
                                      " is reached over the network, and this " + "command connects to nothing there.",
                           .keys = "No key was touched by this command.",
                           .hint = way_out});
}

}  // namespace secrets_adapters
