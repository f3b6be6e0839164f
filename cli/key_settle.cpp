// What became of single calls whose outcome the journal lacks, by the keys as they are now.
#include "cli/key_calls.hpp"
#include "cli/unfinished_calls.hpp"
#include "rotation/stops.hpp"

namespace cli {

std::vector<std::string> KeyCalls::settle(const std::vector<rotation::AccessKey>& keys) try {
  std::vector<std::string> told;
  const auto reader = house_.reader();
  if (!reader) return told;
  const UnfinishedCalls calls = unfinished_calls(*reader, target_);
  for (const rotation::Record& intent : calls.intents) {
    const std::string what = call_words(intent);
    if (!of_same_user(intent, target_)) {
      told.push_back("the " + what + " has no outcome in the journal, and was of another account or user of this name");
      continue;
    }
    if (const auto made = made_by(intent, calls, keys); made && !intent.what.key) {
      told.push_back(made->id.text() + " came with the " + what +
                     ", of which the journal has no outcome: unless its secret was kept, nobody has it. Where nobody "
                     "does: keybaton retire " +
                     words_ + " --key " + made->id.text());
      continue;
    }
    if (house_.now().wall < intent.at + call_is_over) {
      if (!intent.what.key) continue;  // nothing was made yet, or it has gone again
      told.push_back("the " + what + " has no outcome in the journal: it may still be under way, or was cut short");
      continue;
    }
    const std::string seen = seen_of(intent, keys);
    rotation::Draft draft = this->draft(rotation::Kind::outcome, *rotation::get_op(intent.what.detail));
    draft.key = intent.what.key;
    draft.attempt = intent.what.attempt;
    draft.outcome = rotation::Outcome::unknown;
    draft.detail["settled_by"] = "list";
    draft.detail["seen"] = seen;
    std::string sentence = "what became of the " + what + " was never recorded, and is recorded as unknown now; " +
                           (intent.what.key ? "the key is " + seen : "there is no key that came with it");
    try {
      if (!store_) store_.emplace(house_.store());
      record(std::move(draft));
    } catch (const rotation::Trouble& trouble) {
      sentence += " (which could not be recorded: " + trouble.problem().message + ")";
    }
    told.push_back(std::move(sentence));
  }
  return told;
} catch (const rotation::Trouble& trouble) {
  return {"whether a call was cut short cannot be told, as the journal cannot be read: " + trouble.problem().message};
}

}  // namespace cli
