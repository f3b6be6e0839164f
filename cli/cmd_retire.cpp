// retire: verify quiet → deactivate → grace → delete, for a key that nobody needs any more.
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/holders.hpp"
#include "cli/key_id.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/survey.hpp"
#include "cli/unsearched.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/kind.hpp"

namespace cli {
namespace {

struct RetireWords {
  TargetWords target;
  std::string key;
  Consents consents;
  StartWords start;
  bool dry_run = false;
};

std::string target_of(const RetireWords& words) {
  return words.target.profile ? "--profile " + rotation::quoted(*words.target.profile)
                              : rotation::quoted(words.target.target);
}

[[noreturn]] void refuse_held(const RetireWords& words, const std::vector<Holder>& holders) {
  const auto [message, sure] = held_by(rotation::AccessKeyId{words.key}, holders);
  throw rotation::Trouble(
      rotation::Ending::needs_operator,
      {.message = message,
       .keys = held_keys,
       .hint = sure ? "take it out of there first, or hand it over with keybaton rotate " + target_of(words)
                    : "make that place readable, or, if there is none any more, take it out of the config; then run "
                      "the same command again"});
}

// Where nobody can look there is no proof either way: the evidence of last-used has to do, and the operator is told.
void warn_of_unseen(const RetireWords& words, const Sweep& found) {
  for (const std::string& place : found.silent) {
    warn("Warning: " + visible(place) + " does not show what it holds: make sure that it is not " + words.key + ".\n");
  }
}

// The words that this retire began with, in the same command once more.
void forget_pinned(const rotation::View& view, rotation::Wishes& wishes) {
  for (const rotation::LocationView& location : view.locations) {
    for (const std::string& path : secrets_adapters::list_of(location.spec, "unsearched")) {
      wishes.accept.erase("unsearched:" + path);
    }
  }
}

int retire(const Options& options, const RetireWords& words) {
  const rotation::AccessKeyId key = key_id_of(words.key, "--key KEY_ID");
  House house{options, words.consents};
  rotation::Wishes wishes = wishes_of(words.consents, !words.dry_run && house.person().somebody_there());
  const auto reader = house.reader();
  for (const rotation::Summary& each : open_rotations(reader, split_target(words.target))) {
    if (each.procedure != rotation::Procedure::retire || each.old_key.text() != words.key) continue;
    const rotation::View view = reader->view(each.id);
    warn_of_new_policy(words.start, view);
    forget_pinned(view, wishes);
    store::JournalStore store = house.store();
    if (words.dry_run) return report(house, rehearse(house, store, each.id, wishes));
    return report(house, go_on(house, store, each.id, wishes));
  }
  const Config config = house.config();
  static_cast<void>(aim_at(words.target, config, Locations::not_needed));  // words that mean nothing are told first
  const Sweep found = sweep(house, config, key);
  if (!found.holders.empty()) refuse_held(words, found.holders);
  if (const auto stop = unsearched_stop(found, key, paths_to_leave(words.consents.accept))) {
    return report_turned(house, *stop);
  }
  Consents consents = words.consents;
  std::erase_if(consents.accept, [used = used_words(found, consents.accept)](const std::string& word) {
    return !used.contains(word);  // a word that covers nothing yet is no consent to what may come
  });
  for (const std::string& word : consents.accept) wishes.accept.erase(word);
  warn_of_unseen(words, found);
  Surveyed surveyed = survey_key(house, words.target, key, words.start, consents);
  if (const auto* turned = surveyed.turned()) return report_turned(house, *turned);
  for (const std::string& warning : surveyed.warnings) warn("Warning: " + visible(warning) + "\n");
  const rotation::Prospect& prospect = surveyed.prospect();
  for (const std::string& warning : prospect.warnings) warn("Warning: " + visible(warning) + "\n");
  if (words.dry_run) return report(house, rehearse_start(house, *surveyed.bench, prospect, wishes));
  return report(house, start_and_go(house, *surveyed.bench, prospect, wishes));
}

}  // namespace

void describe_retire(Describer& front) {
  auto words = std::make_shared<RetireWords>();
  Describer command = front.command("retire", "verify quiet, deactivate, wait, delete: for a key that nobody needs");
  describe_start(command.target(words->target)
                     .required_text("--key", words->key, "the key to retire", "KEY_ID")
                     .consents(words->consents),
                 words->start)
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be sent")
      .examples(
          "  keybaton retire prod/support-api --key AKIA…\n"
          "It refuses a key that a configured location, the credentials file or a file in search_paths holds.");
  command.runs([words](const Options& options) { return retire(options, *words); });
}

}  // namespace cli
