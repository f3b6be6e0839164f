// clean: a retire for each key that nobody uses, as one batch under one consent.
#include <filesystem>

#include "cli/batch.hpp"
#include "cli/clean_consent.hpp"
#include "cli/clean_found.hpp"
#include "cli/clean_report.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/key_query.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/render_problem.hpp"
#include "platform/files.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Step;

struct CommandWords {
  std::optional<std::string> where, unused_for, plan, apply;
  std::optional<std::string> max;
  std::vector<std::string> accounts;
  Consents consents;
  bool dry_run = false;
};

std::size_t number_of(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) throw usage("--max is no number: \"" + text + "\".", "write it like --max 50");
  return std::stoul(text);
}

std::filesystem::path file_of(const std::string& option, const std::string& text) {
  if (text.empty()) throw usage(option + " names no file.", "keybaton clean " + option + " plan.yaml");
  return platform::expand_home(text);
}

void require_one_question(const CommandWords& words) {
  const int questions = (words.where ? 1 : 0) + (words.unused_for ? 1 : 0) + (words.apply ? 1 : 0);
  if (questions == 0) {
    throw usage("A clean needs a query: which keys are to go?",
                "keybaton clean --unused-for 90d --dry-run, or --where EXPR, or --apply FILE");
  }
  if (questions > 1) {
    throw usage("--where, --unused-for and --apply each say which keys are to go: only one of them can be given.",
                "a plan has its own query; else write both into --where");
  }
  if (words.plan && words.apply) throw usage("--plan makes a file, --apply does one.", "give one of them");
  if (words.plan && words.dry_run) throw usage("--plan changes nothing anyhow.", "leave --dry-run out");
  if (words.apply && !words.accounts.empty()) {
    throw usage("A plan says whose keys are to go; accounts go with a query.", "leave the accounts out");
  }
}

CleanWords clean_words(const Options& options, const CommandWords& words) {
  require_one_question(words);
  CleanWords clean;
  clean.accounts = words.accounts;
  clean.consents = words.consents;
  if (words.max) clean.max = number_of(*words.max);
  if (words.apply) clean.plan = read_clean_plan(file_of("--apply", *words.apply));
  if (words.unused_for) {
    clean.query = inventory::unused_for(duration_of("--unused-for", *words.unused_for));
  } else if (words.where) {
    clean.query = query_of(options, "--where", *words.where);
  } else {
    clean.query = query_of(options, "the query of " + *words.apply, clean.plan->query);
  }
  return clean;
}

void show_failure_of(const Options& options, const CleanReport& report) {
  if (report.failure && !options.json) warn(problem_text(*report.failure, err_style(options)));
}

int make_plan(House& house, Clean& clean, const CleanWords& words, const std::string& file) {
  CleanReport& report = clean.report();
  CleanPlan plan{.query = words.query.text(), .made_at = house.now().wall, .made_by = house.actor().person, .keys = {}};
  for (const CleanStart& each : report.would_start) plan.keys.push_back(planned(each.row));
  write_clean_plan(file_of("--plan", file), plan);
  if (house.options().json) {
    print_line(planned_json(report, file));
  } else {
    const Style style = out_style(house.options());
    print(refused_text(report, style) + summary_text(report, style));
    print_line(counted_keys(plan.keys.size()) + " in " + visible(file) + ". Nothing was changed.");
    print_line("Next: read it, take out what is to stay, then keybaton clean --apply " +
               visible(rotation::quoted(file)));
  }
  show_failure_of(house.options(), report);
  return exit_code(ending_of(report));
}

int rehearse_all(House& house, Clean& clean, const CommandWords& words) {
  CleanReport& report = clean.report();
  std::set<Step> steps = consented_steps(words.consents);
  std::erase_if(steps, [](Step step) { return step != Step::deactivate && step != Step::delete_key; });
  if (!words.consents.yes) steps = {Step::deactivate, Step::delete_key};
  std::vector<RehearsedKey> keys;
  {
    ProgressLine line{err_style(house.options())};
    for (const CleanStart& each : report.would_start) {
      if (house.clock().interrupted()) break;
      line.show("rehearsed " + std::to_string(keys.size()) + " of " + counted_keys(report.would_start.size()));
      keys.push_back(rehearse_key(house, each, steps, report.would_start.size()));
    }
  }
  if (house.options().json) {
    print_line(rehearsal_json(report, keys));
  } else {
    const Style style = out_style(house.options());
    print(rehearsal_text(keys, style) + refused_text(report, style) + summary_text(report, style));
    if (!clean.open().empty()) {
      print_line(counted_keys(clean.open().size()) + " of earlier runs would be gone on with.");
    }
    print_line("Nothing was changed.");
  }
  show_failure_of(house.options(), report);
  return exit_code(ending_of(report));
}

int show(House& house, const CleanReport& report) {
  house.person().clear_line();
  if (house.options().json) {
    print_line(clean_json(report, house.now()));
    return exit_code(ending_of(report));
  }
  const Style style = out_style(house.options());
  std::map<std::string, std::vector<RotationReport>> batches;
  for (const Driven& each : report.rotations) {
    batches[each.view.batch->id].push_back(
        {.view = &each.view, .next = rotation::next(each.view, house.now()), .error = each.failure});
  }
  std::string text = refused_text(report, style) + summary_text(report, style);
  for (const auto& [batch, reports] : batches) text += batch_line(batch, reports, house.now().wall, style);
  print(text);
  show_failure_of(house.options(), report);
  return exit_code(ending_of(report));
}

int clean(const Options& options, const CommandWords& words) {
  const CleanWords wanted = clean_words(options, words);
  House house{options, words.consents};
  const Config config = house.config();
  if (words.plan && std::filesystem::exists(file_of("--plan", *words.plan))) {
    throw usage("The plan " + visible(*words.plan) + " is there already.", "name another file, or remove that one");
  }
  Clean run{house, config, wanted};
  run.choose();
  if (words.plan) return make_plan(house, run, wanted, *words.plan);
  if (words.dry_run) return rehearse_all(house, run, words);
  if (house.clock().interrupted() || !run.agree()) return show(house, run.report());
  run.act();
  return show(house, run.report());
}

}  // namespace

int clean_found(const Options& options, const ScanWords& words, const inventory::Query& query) {
  if (!words.profiles.empty()) {
    throw usage("A clean goes by the config: its policy, and whom it leaves out. --profile has neither.",
                "keybaton init, then the same line with an account of the config");
  }
  CommandWords clean_words;
  clean_words.where = query.text();
  clean_words.accounts = words.accounts;
  return clean(options, clean_words);
}

void describe_clean(Describer& front) {
  auto words = std::make_shared<CommandWords>();
  Describer command = front.command("clean", "retire every key that a query finds: one batch, one consent");
  command.texts("accounts", words->accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .text("--where", words->where, "which keys: a query", "EXPR")
      .text("--unused-for", words->unused_for, "those not used for this long, or never used and older", "D")
      .text("--max", words->max, "start no more than this, the longest unused first", "N")
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be recorded")
      .text("--plan", words->plan, "write what would be done to a new file, to be reviewed", "FILE")
      .text("--apply", words->apply, "do exactly what stands in such a file", "FILE")
      .text("--yes", words->consents.yes, "consent to all of it, or to --yes=deactivate alone", "STEPS")
      .texts("--accept", words->consents.accept, "consent to what could not be searched: unsearched:PATH",
             "CODE[:SUBJECT]")
      .examples(
          "  keybaton clean --unused-for 90d --dry-run\n"
          "  keybaton clean --unused-for 90d --plan unused.yaml, then --apply unused.yaml\n"
          "It refuses a key that a configured location or a file in search_paths holds. keybaton status, resume and\n"
          "rollback take the batch's id.");
  command.runs([words](const Options& options) { return clean(options, *words); });
}

}  // namespace cli
