// The doctor's look at single calls whose end the journal never saw.
#include "cli/doctor_checks.hpp"
#include "cli/unfinished_calls.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

constexpr rotation::Seconds looked_back{30 * 24 * 3600};

}  // namespace

std::vector<Check> call_checks(House& house) {
  std::vector<Check> checks;
  try {
    const auto reader = house.reader();
    if (!reader) return checks;
    const rotation::Time now = house.now().wall;
    for (const rotation::Record& each : unfinished_calls(*reader, now - looked_back).intents) {
      if (now < each.at + call_is_over) continue;
      const std::string user = each.account.text() + "/" + each.user.text();
      checks.push_back({.name = "key call " + user,
                        .ok = false,
                        .detail = "the " + call_words(each) + " has no outcome in the journal",
                        .hint = "keybaton key list " + rotation::quoted(user)});
    }
  } catch (const rotation::Trouble&) {
    // A journal that cannot be read has its own check.
  }
  return checks;
}

}  // namespace cli
