#include <charconv>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"
#include "inventory/query_parse.hpp"

namespace cli {
namespace {

constexpr std::size_t most_parallel = 64;

std::size_t read_number(const yaml::Value& value, std::size_t least, std::size_t most) {
  const std::string text = value.node.IsScalar() && value.node.Tag() != "!" ? value.node.Scalar() : std::string();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && !text.empty() && end == text.data() + text.size();
  if (!good || number < least || number > most) {
    yaml::wrong(value, value.what + " wants a number from " + std::to_string(least) + " to " + std::to_string(most) +
                           ", without quotes.");
  }
  return number;
}

std::set<rotation::Step> read_consent(const yaml::Value& value) {
  std::set<rotation::Step> steps;
  for (const yaml::Value& item : yaml::items(value)) {
    const std::string word = yaml::text(item);
    const auto step = rotation::parse_word<rotation::Step>(word);
    const bool known = step == rotation::Step::deactivate || step == rotation::Step::delete_key;
    if (!known) yaml::unknown_word(item, word, {"deactivate", "delete"});
    if (!steps.insert(*step).second) yaml::wrong(item, "\"" + word + "\" stands twice in " + value.what + ".");
  }
  return steps;
}

rotation::OnUse read_on_use(const yaml::Value& value) {
  const std::string word = yaml::text(value);
  const auto on_use = rotation::parse_word<rotation::OnUse>(word);
  if (!on_use) yaml::unknown_word(value, word, {"stop", "reactivate"});
  return *on_use;
}

// One time, or several: [14d, 3d, 1d].
std::vector<rotation::Seconds> read_stages(const yaml::Value& value) {
  std::vector<rotation::Seconds> stages;
  if (value.node.IsSequence()) {
    for (const yaml::Value& item : yaml::items(value)) stages.push_back(yaml::duration(item));
  } else {
    stages.push_back(yaml::duration(value));
  }
  for (std::size_t at = 0; at < stages.size(); ++at) {
    if (stages[at] <= rotation::Seconds{0}) yaml::wrong(value, value.what + " must be more than 0s.");
    if (at > 0 && stages[at] >= stages[at - 1]) yaml::wrong(value, value.what + " must have the longest time first.");
  }
  return stages;
}

CleanWarning read_warning(const yaml::Value& value) {
  CleanWarning warning;
  yaml::read(value, {{"before", [&](const yaml::Value& entry) { warning.before = read_stages(entry); }},
                     {"run",
                      [&](const yaml::Value& entry) {
                        for (const yaml::Value& item : yaml::items(entry)) warning.run.push_back(yaml::word(item));
                      }},
                     {"timeout", [&](const yaml::Value& entry) { warning.timeout = yaml::duration(entry); }}});
  if (warning.before.empty()) yaml::wrong(value, value.what + " lacks \"before\", such as 14d.");
  if (warning.run.empty()) yaml::wrong(value, value.what + " lacks \"run\": the program that tells an owner.");
  if (warning.timeout <= rotation::Seconds{0}) yaml::wrong(value, value.what + ".timeout must be more than 0s.");
  return warning;
}

std::map<rotation::UserName, std::string> read_owners(const yaml::Value& value) {
  std::map<rotation::UserName, std::string> owners;
  for (const yaml::Value& entry : yaml::entries(value)) {
    owners.emplace(rotation::UserName{entry.key}, yaml::text(entry));
  }
  return owners;
}

// In the form that was written: what it finds is told by that.
std::string read_query(const yaml::Value& value) {
  std::string text = yaml::text(value);
  try {
    static_cast<void>(inventory::parse_query(text));
  } catch (const inventory::BadQuery& bad) {
    const inventory::Fault& fault = bad.fault();
    yaml::wrong(value, value.what + " cannot be read at column " + std::to_string(fault.at + 1) + " of the query: " +
                           fault.message + (fault.fits.empty() ? "" : " (" + fault.fits + ")") + ".");
  }
  return text;
}

}  // namespace

CleanSettings parts::read_clean(const yaml::Value& value) {
  CleanSettings clean;
  constexpr std::size_t most_keys = 1'000'000;
  yaml::read(
      value,
      {{"enabled", [&](const yaml::Value& entry) { clean.enabled = yaml::truth(entry); }},
       {"dry_run", [&](const yaml::Value& entry) { clean.dry_run = yaml::truth(entry); }},
       {"where", [&](const yaml::Value& entry) { clean.where = read_query(entry); }},
       {"max_per_run", [&](const yaml::Value& entry) { clean.max_per_run = read_number(entry, 0, most_keys); }},
       {"max_per_account", [&](const yaml::Value& entry) { clean.max_per_account = read_number(entry, 0, most_keys); }},
       {"parallel", [&](const yaml::Value& entry) { clean.parallel = read_number(entry, 1, most_parallel); }},
       {"consent", [&](const yaml::Value& entry) { clean.consent = read_consent(entry); }},
       {"on_use", [&](const yaml::Value& entry) { clean.on_use = read_on_use(entry); }},
       {"warn", [&](const yaml::Value& entry) { clean.warn = read_warning(entry); }},
       {"owners", [&](const yaml::Value& entry) { clean.owners = read_owners(entry); }},
       {"owner_tag", [&](const yaml::Value& entry) { clean.owner_tag = yaml::text(entry); }}});
  if (clean.warn && clean.owners.empty() && !clean.owner_tag) {
    yaml::wrong(value, value.what + " warns owners, and says of nobody who that is: add \"owners\" or \"owner_tag\".");
  }
  if (!clean.consent.contains(rotation::Step::deactivate) && !clean.consent.empty()) {
    yaml::wrong(value, value.what + ".consent has delete without deactivate: no key would come that far.");
  }
  return clean;
}

}  // namespace cli
