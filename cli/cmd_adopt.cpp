// adopt: a rotation from two keys that are there already, after a half-done hand rotation or a lost journal.
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/key_id.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/render_rotation.hpp"
#include "cli/survey.hpp"

namespace cli {
namespace {

struct AdoptWords {
  TargetWords target;
  std::string old_key, new_key;
  Consents consents;
  StartWords start;
  bool dry_run = false;
};

void refuse_open(const std::optional<store::JournalReader>& reader, const TargetWords& target) {
  for (const rotation::Summary& open : open_rotations(reader, split_target(target))) {
    if (open.procedure != rotation::Procedure::rotate) continue;
    throw rotation::Trouble(rotation::Ending::needs_operator,
                            {.message = "A rotation of this target is open already: " + open.id.text() + ".",
                             .keys = "Nothing was done, no key was touched.",
                             .hint = "keybaton resume " + open.id.text()});
  }
}

int adopt(const Options& options, const AdoptWords& words) {
  const rotation::AccessKeyId old_key = key_id_of(words.old_key, "--old KEY_ID");
  const rotation::AccessKeyId new_key = key_id_of(words.new_key, "--new KEY_ID");
  House house{options, words.consents};
  const rotation::Wishes wishes = wishes_of(words.consents, !words.dry_run && house.person().somebody_there());
  refuse_open(house.reader(), words.target);
  Surveyed surveyed = survey_adoption(house, words.target, old_key, new_key, words.start, words.consents);
  if (const auto* turned = surveyed.turned()) return report_turned(house, *turned);
  for (const std::string& warning : surveyed.warnings) warn("Warning: " + visible(warning) + "\n");
  const rotation::Prospect& prospect = surveyed.prospect();
  if (!options.json && !words.dry_run && house.person().somebody_there()) {
    warn(plan_text(prospect, err_style(options)));
  } else {
    for (const std::string& warning : prospect.warnings) warn("Warning: " + visible(warning) + "\n");
  }
  if (words.dry_run) return report(house, rehearse_start(house, *surveyed.bench, prospect, wishes));
  return report(house, start_and_go(house, *surveyed.bench, prospect, wishes));
}

}  // namespace

void describe_adopt(Describer& front) {
  auto words = std::make_shared<AdoptWords>();
  Describer command = front.command("adopt", "go on with a rotation that somebody began by hand: two keys are there");
  describe_start(command.target(words->target)
                     .required_text("--old", words->old_key, "the key that is to go", "KEY_ID")
                     .required_text("--new", words->new_key, "the key that stays", "KEY_ID")
                     .consents(words->consents),
                 words->start)
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be sent")
      .examples(
          "  keybaton adopt prod/support-api --old AKIA… --new AKIA…\n"
          "The new key's secret is taken from a location that holds it, and proven by a call.");
  command.runs([words](const Options& options) { return adopt(options, *words); });
}

}  // namespace cli
