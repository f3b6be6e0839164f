// What the operator has agreed to beforehand: steps, words for what no plan foresees, reasons.
#include <algorithm>
#include <array>
#include <string_view>

#include "cli/options.hpp"
#include "cli/style.hpp"

namespace cli {
namespace {

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

// Every word that a stop can ever offer; behind the first six comes the key or the place that is meant.
constexpr std::array about_something{std::string_view{"orphan"},         std::string_view{"stranger"},
                                     std::string_view{"waive_location"}, std::string_view{"overwrite_location"},
                                     std::string_view{"unsearched"},     std::string_view{"signing_key"}};
constexpr std::array whole_words{
    std::string_view{"old_inactive:reactivate"},    std::string_view{"old_inactive:finish"},
    std::string_view{"new_inactive:reactivate"},    std::string_view{"both_inactive:reactivate"},
    std::string_view{"closed_outside:finish"},      std::string_view{"closed_outside:accept"},
    std::string_view{"reactivated_outside:verify"}, std::string_view{"location_stale:finish"},
    std::string_view{"lost_new_key:again"},         std::string_view{"drift:deploy"},
    std::string_view{"check_failed:ignore"},        std::string_view{"user_missing:close"},
    std::string_view{"user_recreated:close"},       std::string_view{"no_key:close"}};

void require_known(const std::string& word) {
  if (std::ranges::find(whole_words, word) != whole_words.end()) return;
  const std::size_t colon = word.find(':');
  const bool names_one = colon != std::string::npos && colon + 1 < word.size();
  if (names_one && std::ranges::find(about_something, word.substr(0, colon)) != about_something.end()) return;
  std::string known =
      "orphan:KEY_ID, stranger:KEY_ID, waive_location:NAME, overwrite_location:NAME, unsearched:PATH, "
      "signing_key:KEY_ID";
  for (const std::string_view each : whole_words) known += ", " + std::string(each);
  throw usage("--accept knows no \"" + visible(word) + "\".", "use a word that status shows, one of " + known);
}

}  // namespace

std::set<rotation::Step> consented_steps(const Consents& consents) {
  std::set<rotation::Step> steps;
  if (!consents.yes) return steps;
  if (*consents.yes == "all") {
    for (const rotation::Row& row : rotation::rows) steps.insert(row.step);
    return steps;
  }
  for (std::size_t at = 0; at <= consents.yes->size();) {
    const std::size_t comma = std::min(consents.yes->find(',', at), consents.yes->size());
    const std::string name = consents.yes->substr(at, comma - at);
    const auto step = rotation::parse_word<rotation::Step>(name);
    if (!step) throw usage("--yes names no step: \"" + name + "\".", "use --yes, or --yes=deploy,deactivate,delete");
    steps.insert(*step);
    at = comma + 1;
  }
  return steps;
}

std::optional<std::string> override_reason(const Consents& consents) {
  if (consents.override_reason && blank(*consents.override_reason)) {
    throw usage("--override gives no reason.", "say why, for the journal: --override \"the job runs once a month\"");
  }
  return consents.override_reason;
}

rotation::Wishes wishes_of(const Consents& consents, bool at_terminal) {
  rotation::Wishes wishes;
  wishes.wait = consents.wait.value_or(at_terminal);
  wishes.override_reason = override_reason(consents);
  for (const std::string& word : consents.accept) require_known(word);
  wishes.accept = {consents.accept.begin(), consents.accept.end()};
  if (consents.through) {
    wishes.through = rotation::parse_word<rotation::Step>(*consents.through);
    if (!wishes.through) {
      throw usage("--through names no step: \"" + *consents.through + "\".",
                  "use create, deploy, verify, deactivate or delete");
    }
  }
  return wishes;
}

}  // namespace cli
