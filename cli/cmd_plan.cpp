// plan: what rotate would do for one target; or, for whole accounts, what each user's keys call for.
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/render_problem.hpp"
#include "cli/render_rotation.hpp"
#include "cli/render_slots.hpp"
#include "cli/slot_plan.hpp"
#include "cli/survey.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

struct PlanWords {
  std::vector<std::string> names;  // one TARGET, or accounts
  TargetWords target;
  Consents consents;
  StartWords start;
  bool all = false, cached = false;
  std::optional<std::string> unused_for;
};

// ---- one target --------------------------------------------------------------------------------------------------

// What it holds as it stands, or where that cannot be read, as the journal knew it last.
rotation::SurveyedLocation seen_now(const rotation::LocationView& location) {
  rotation::SurveyedLocation seen{.spec = location.spec, .holds = location.holds, .restorable = location.old_sealed};
  try {
    const auto answer = secrets_adapters::make_location(location.spec)->read();
    const rotation::Holding* holding = rotation::done(answer);
    if (holding == nullptr) return seen;
    seen.holds = holding->id;
    // Not written yet: its old value is taken along before it is.
    if (!location.ever_written && holding->secret) seen.restorable = true;
  } catch (const rotation::Trouble&) {
    return seen;
  }
  return seen;
}

int plan_of_open(House& house, const rotation::View& view) {
  if (!house.options().json) {
    print("A rotation of " + visible(rotation::target_words(view.target)) + " is open already:\n\n");
    return report(house, Driven{.view = view, .failure = {}, .unused = {}});
  }
  rotation::Prospect prospect = prospect_of(view);
  for (const rotation::LocationView& each : view.locations) prospect.locations.push_back(seen_now(each));
  print_line(json::plan(prospect, view.id));
  return exit_code(rotation::Ending::ok);
}

int plan_target(const Options& options, const PlanWords& words) {
  House house{options};
  const auto reader = house.reader();
  for (const rotation::Summary& each : open_rotations(reader, split_target(words.target))) {
    if (each.procedure == rotation::Procedure::rotate) return plan_of_open(house, reader->view(each.id));
  }
  const Surveyed surveyed = survey_target(house, words.target, words.start, words.consents);
  if (const auto* turned = surveyed.turned()) return report_turned(house, *turned);
  for (const std::string& warning : surveyed.warnings) warn("Warning: " + visible(warning) + "\n");
  if (options.json) {
    print_line(json::plan(surveyed.prospect()));
  } else {
    print(plan_text(surveyed.prospect(), out_style(options)) + "Nothing was changed.\n");
  }
  return exit_code(rotation::Ending::ok);
}

// ---- whole accounts ----------------------------------------------------------------------------------------------

int plan_accounts(const Options& options, const PlanWords& words) {
  SlotPlanWords slots{
      .scan = {.accounts = {}, .profiles = {}, .cached = words.cached}, .unused_for = {}, .all = words.all};
  for (const std::string& name : words.names) {
    if (std::ranges::find(slots.scan.accounts, name) == slots.scan.accounts.end()) slots.scan.accounts.push_back(name);
  }
  if (words.unused_for) slots.unused_for = duration_of("--unused-for", *words.unused_for);
  House house{options};
  const Config config = house.config();
  KeysSeen seen{house, slots.scan};
  const SlotPlan plan = plan_slots(house, config, seen, slots);
  const auto failure = seen.scanned().failure();
  if (options.json) {
    print_line(slots_json(plan, seen.scanned(), failure));
  } else {
    print(slots_text(plan, out_style(options)));
    if (words.cached) print("As of " + rotation::rfc3339(seen.scanned().as_of) + ", without a call to list keys.\n");
    if (failure) warn(problem_text(*failure, err_style(options)));
  }
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

// ---- which of the two --------------------------------------------------------------------------------------------

bool names_a_user(const std::string& name) { return name.find('/') != std::string::npos; }

rotation::Trouble other_form(const std::string& option, const std::string& form) {
  return usage(option + " goes with " + form + ".", "keybaton plan ACCOUNT/USER, or keybaton plan ACCOUNT");
}

int plan(const Options& options, const PlanWords& words) {
  const bool user_named = std::ranges::any_of(words.names, names_a_user);
  if (user_named && words.names.size() > 1) {
    throw usage("A plan is of one target, or of whole accounts.",
                "keybaton plan " + rotation::quoted(*std::ranges::find_if(words.names, names_a_user)));
  }
  if (user_named || words.target.profile) {
    if (words.all) throw other_form("--all", "whole accounts");
    if (words.cached) throw other_form("--cached", "whole accounts");
    if (words.unused_for) throw other_form("--unused-for", "whole accounts");
    PlanWords one = words;
    if (!words.names.empty()) one.target.target = words.names.front();
    return plan_target(options, one);
  }
  if (words.start.quiet) throw other_form("--quiet", "one target");
  if (words.start.grace) throw other_form("--grace", "one target");
  if (words.consents.override_reason) throw other_form("--override", "one target");
  return plan_accounts(options, words);
}

}  // namespace

void describe_plan(Describer& front) {
  auto words = std::make_shared<PlanWords>();
  Describer command =
      front.command("plan", "what rotate would do; or, of whole accounts, what each user's keys call for");
  command.texts("target", words->names, "ACCOUNT/USER of the config; or ACCOUNT, none: all of them", "TARGET")
      .text("--profile", words->target.profile, "instead of TARGET: the key in this profile of the credentials file",
            "NAME");
  describe_start(command, words->start)
      .text("--override", words->consents.override_reason, "plan as if this passed a floor", "REASON")
      .flag("--all", words->all, "of accounts: users with nothing to do, too")
      .flag("--cached", words->cached, "of accounts: what the latest whole scan saw; no call to list keys")
      .text("--unused-for", words->unused_for, "of accounts: a key counts as unused after this long (90d)", "D")
      .examples(
          "  keybaton plan prod/support-api\n"
          "  keybaton plan --profile dev --json\n"
          "  keybaton plan prod                      every user with two keys or a key that is too old, and the\n"
          "                                          one command for each");
  command.runs([words](const Options& options) { return plan(options, *words); });
}

}  // namespace cli
