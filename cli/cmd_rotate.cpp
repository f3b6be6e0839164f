// rotate: survey the world, show what would happen, open the rotation and go.
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/render_rotation.hpp"
#include "cli/survey.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct RotateWords {
  TargetWords target;
  Consents consents;
  StartWords start;
  bool dry_run = false;
};

int start(House& house, Surveyed& surveyed, const RotateWords& words, const rotation::Wishes& wishes) {
  const rotation::Prospect& prospect = surveyed.prospect();
  for (const std::string& warning : surveyed.warnings) warn("Warning: " + visible(warning) + "\n");
  if (words.dry_run) return report(house, rehearse_start(house, *surveyed.bench, prospect, wishes));
  if (!house.options().json && house.person().somebody_there()) warn(plan_text(prospect, err_style(house.options())));
  // What would stop the create anyway must not leave an empty rotation open.
  surveyed.bench->require_sealing_key();
  return report(house, start_and_go(house, *surveyed.bench, prospect, wishes));
}

int rotate(const Options& options, const RotateWords& words) {
  House house{options, words.consents};
  const rotation::Wishes wishes = wishes_of(words.consents, !words.dry_run && house.person().somebody_there());
  const auto reader = house.reader();
  for (const rotation::Summary& each : open_rotations(reader, split_target(words.target))) {
    if (each.procedure != rotation::Procedure::rotate) continue;
    warn_of_new_policy(words.start, reader->view(each.id));
    store::JournalStore store = house.store();
    if (words.dry_run) return report(house, rehearse(house, store, each.id, wishes));
    return report(house, go_on(house, store, each.id, wishes));
  }
  Surveyed surveyed = survey_target(house, words.target, words.start, words.consents);
  if (const auto* turned = surveyed.turned()) return report_turned(house, *turned);
  return start(house, surveyed, words, wishes);
}

}  // namespace

void describe_rotate(Describer& front) {
  auto words = std::make_shared<RotateWords>();
  Describer command = front.command("rotate", "start a rotation, or go on with the open one");
  describe_start(command.target(words->target).consents(words->consents), words->start)
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be sent")
      .examples(
          "  keybaton rotate prod/support-api\n"
          "  keybaton rotate --profile dev           no config needed: a profile is an account\n"
          "  keybaton rotate prod/support-api --through deploy --yes=deploy\n"
          "  keybaton rotate prod/support-api --dry-run");
  command.runs([words](const Options& options) { return rotate(options, *words); });
}

}  // namespace cli
