// What a clean is to leave out: it must be there, or nothing would be left out.
#include <algorithm>
#include <cctype>

#include "cli/clean.hpp"
#include "cli/output.hpp"
#include "rotation/stops.hpp"

namespace cli {

using inventory::Field;

namespace {

// `unread`: why not all could be read, which may be where it is.
[[noreturn]] void spares_nothing(const std::string& what, const std::string& why,
                                 const std::optional<Failure>& unread = {}) {
  if (unread) {
    throw rotation::Trouble(
        unread->ending, {.message = what + " is to be left out, and " + why +
                                    " that could be read: it may be where nothing could. " + unread->problem.message,
                         .keys = "Nothing was started, no key was touched.",
                         .hint = unread->problem.hint});
  }
  throw usage(what + " is to be left out, and " + why + ": nothing would be left out.", "mend the query");
}

bool same_letters(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](unsigned char one, unsigned char other) { return std::tolower(one) == std::tolower(other); });
}

}  // namespace

// What is misspelt would leave nobody out.
void Clean::require_known(const std::set<rotation::UserName>& users, const SeenTexts& seen) {
  std::set<rotation::UserName> names = users_left_out(config_);
  for (const std::string& name : inventory::excluded(words_.query, Field::user).names) names.emplace(name);
  require_known_users(house_, config_, names, users);
  for (const std::string& name : inventory::excluded(words_.query, Field::account).names) {
    if (config_.accounts.contains(rotation::AccountName{name})) continue;
    spares_nothing("\"" + visible(name) + "\"", "the config has no account of that name");
  }
  // A plan was held against all keys when it was made; now its own alone are read.
  if (words_.plan || house_.clock().interrupted()) return;
  for (const auto& [field, texts] : seen) require_spared(field, texts);
}

void Clean::require_spared(Field field, const Texts& seen) {
  const std::string word{rotation::word(field)};
  const inventory::Excluded out = inventory::excluded(words_.query, field);
  const bool of_use = field == Field::service || field == Field::region;
  for (const inventory::Pattern& pattern : out.patterns) {
    const bool any = std::ranges::any_of(seen, [&](const std::string& text) { return pattern.found_in(text); });
    if (!any && of_use) {
      report_.notes.push_back("no key that was seen has a " + word + " that fits " + pattern.text() +
                              ", which the query leaves out");
    } else if (!any) {
      spares_nothing(word + " ~ '" + visible(pattern.text()) + "'", "it fits no " + word + " of any key",
                     report_.failure);
    }
  }
  if (field == Field::user || field == Field::account) return;
  for (const std::string& name : out.names) {
    if (seen.contains(name)) continue;
    const auto near = std::ranges::find_if(seen, [&](const std::string& text) { return same_letters(text, name); });
    const std::string what = word + " " + visible(name);
    if (near != seen.end()) spares_nothing(what, "it is written " + visible(*near));
    // One that this journal knows was there once, and needs no sparing any more.
    const auto reader = field == Field::key ? house_.reader() : std::nullopt;
    if (reader && reader->acted_on(rotation::AccessKeyId{name}, 0)) continue;
    if (field == Field::key) spares_nothing(what, "it is no key of any user", report_.failure);
    report_.notes.push_back("no key that was seen has the " + what + ", which the query leaves out");
  }
}

}  // namespace cli
