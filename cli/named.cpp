#include "cli/named.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "cli/compose.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

// The newest closed rotation that the words mean, or (without words) of all.
// Two clouds may well have a profile of the same name.
bool is_of_profile(const rotation::Target& of, const SplitTarget& profile) {
  return of.by_profile && of.account == profile.account && (!profile.provider || of.provider == *profile.provider);
}

std::optional<rotation::Summary> last_closed(const store::JournalReader& reader, const TargetWords& words) {
  const auto profile = words.profile ? std::optional{split_target(words)} : std::nullopt;
  std::optional<rotation::Summary> last;
  for (rotation::Summary& each : reader.rotations(store::Which::closed)) {
    const bool meant = profile                 ? is_of_profile(each.target, *profile)
                       : !words.target.empty() ? rotation::target_words(each.target) == words.target
                                               : true;
    if (meant) last = std::move(each);
  }
  return last;
}

[[noreturn]] void none_open(const store::JournalReader& reader) {
  std::string message = "No rotation is open.";
  if (const auto last = last_closed(reader, {})) {
    message += " The last one, of " + rotation::target_words(last->target) + ", is " +
               std::string(rotation::word(last->state)) + ".";
    if (const rotation::View view = reader.view(last->id); view.restorable_until()) {
      throw usage(message, "keybaton rollback " + view.id.text() + " brings " + view.old_key.text() +
                               " back from the recycle bin; or see: keybaton status --all");
    }
  }
  throw usage(message, "keybaton status --all");
}

// The command as it was typed, for this rotation: in place of the words that fit several, else as its first argument.
std::string same_command_for(const Options& options, const TargetWords& words, const std::string& id) {
  std::string text = "keybaton";
  bool named = false;
  for (std::size_t at = 0; at < options.words.size(); ++at) {
    const std::string& word = options.words[at];
    const bool value_follows = word == "--profile";
    const bool ambiguous = words.profile ? value_follows || word == "--profile=" + *words.profile
                                         : !words.target.empty() && word == words.target;
    text += " " + (ambiguous ? id : rotation::quoted(word == "--yes=all" ? "--yes" : word));
    named = named || ambiguous;
    if (ambiguous && value_follows) ++at;
  }
  return named ? text : text + " " + id;
}

// As it is named in a command, and what is said of it.
struct Fitting {
  std::string name;
  std::string words;
};

Fitting fitting(const rotation::Summary& each) {
  return {.name = each.id.text(), .words = rotation::target_words(each.target) + " (" + each.id.text() + ")"};
}

[[noreturn]] void several_fit(const House& house, const TargetWords& words, rotation::Ending ending,
                              const std::string& what, const std::vector<Fitting>& all) {
  std::string names;
  for (const Fitting& each : all) names += (names.empty() ? "" : ", ") + each.words;
  throw rotation::Trouble(ending, {.message = what + ": " + names + ".",
                                   .keys = "Nothing was done, no key was touched.",
                                   .hint = same_command_for(house.options(), words, all.front().name)});
}

constexpr const char* several_open = "Several rotations are open";

rotation::RotationId by_words(const House& house, const store::JournalReader& reader, const TargetWords& words) {
  const std::vector<rotation::RotationId> ids = reader.matching(words.target);
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) {
    if (const auto closed = last_closed(reader, words)) return closed->id;
    return reader.resolve(words.target);  // says that there is none
  }
  std::vector<Fitting> all;
  for (const rotation::RotationId& id : ids) {
    if (const auto each = reader.rotation(id)) all.push_back(fitting(*each));
  }
  several_fit(house, words, rotation::Ending::usage, "\"" + words.target + "\" fits more than one rotation", all);
}

}  // namespace

rotation::RotationId named_rotation(const House& house, const std::optional<store::JournalReader>& reader,
                                    const TargetWords& words) {
  if (!reader) throw usage("There is no journal yet, so no rotation either.", "keybaton rotate TARGET starts one");
  if (!words.target.empty() && words.profile) {
    throw usage("Both a ROTATION and --profile are given.", "name one of them");
  }
  if (!words.target.empty()) return by_words(house, *reader, words);
  const auto open = words.profile ? open_rotations(reader, split_target(words)) : reader->rotations(store::Which::open);
  if (open.size() == 1) return open.front().id;
  if (open.size() > 1) {
    const bool named = words.profile.has_value();
    std::vector<Fitting> all;
    std::ranges::transform(open, std::back_inserter(all), fitting);
    several_fit(house, words, named ? rotation::Ending::usage : rotation::Ending::needs_operator,
                named ? "Profile \"" + *words.profile + "\" has more than one open rotation" : several_open, all);
  }
  if (!words.profile) none_open(*reader);
  if (const auto closed = last_closed(*reader, words)) return closed->id;
  throw usage("No rotation of profile \"" + *words.profile + "\" is open.", "keybaton status --all");
}

std::vector<rotation::Summary> open_rotations(const std::optional<store::JournalReader>& reader,
                                              const SplitTarget& target) {
  if (!reader) return {};
  if (!target.by_profile) return reader->open_of(target.account, target.user);
  std::vector<rotation::Summary> found;
  for (rotation::Summary& each : reader->rotations(store::Which::open)) {
    if (is_of_profile(each.target, target)) found.push_back(std::move(each));
  }
  return found;
}

std::optional<std::string> open_batch(const House& house, const std::optional<store::JournalReader>& reader) {
  if (!reader) return std::nullopt;
  std::map<rotation::RotationId, std::string> batch_of;
  std::map<std::string, std::size_t> sizes;
  for (const auto& [summary, batch] : reader->in_batches(store::Which::open)) {
    if (batch.empty()) continue;  // nobody can say of which
    batch_of.emplace(summary.id, batch);
    ++sizes[batch];
  }
  std::vector<Fitting> all;
  bool batches = false;
  for (const rotation::Summary& each : reader->rotations(store::Which::open)) {
    const auto of = batch_of.find(each.id);
    const std::size_t size = of == batch_of.end() ? 0 : std::exchange(sizes[of->second], 0);
    if (of != batch_of.end() && size == 0) continue;  // told already
    batches = batches || size > 1;
    all.push_back(size > 1 ? Fitting{.name = of->second, .words = of->second + " (" + std::to_string(size) + " keys)"}
                           : fitting(each));
  }
  if (!batches) return std::nullopt;
  if (all.size() > 1) several_fit(house, {}, rotation::Ending::needs_operator, several_open, all);
  return all.front().name;
}

}  // namespace cli
