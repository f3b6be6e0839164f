// clean: a retire for each key that nobody uses, as one batch under one consent.
#include <algorithm>
#include <filesystem>

#include "cli/clean_consent.hpp"
#include "cli/clean_found.hpp"
#include "cli/clean_show.hpp"
#include "cli/clean_worker.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/key_query.hpp"
#include "cli/key_scan.hpp"
#include "cli/output.hpp"
#include "cli/unattended.hpp"
#include "platform/files.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct CommandWords {
  std::optional<std::string> where, unused_for, plan, apply;
  std::optional<std::string> max;
  std::vector<std::string> accounts;
  std::optional<std::string> command;  // in place of what was typed
  Consents consents;
  bool dry_run = false;
  bool as_configured = false;
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

void require_accepted_paths(const std::vector<std::string>& words) {
  constexpr std::string_view known = "unsearched:";
  for (const std::string& word : words) {
    if (word.starts_with(known) && word.size() > known.size()) continue;
    throw usage("A clean has nothing to accept by \"" + visible(word) + "\".",
                "what it asks for is --accept unsearched:PATH; leave the others out");
  }
}

CleanWords clean_words(const Options& options, const CommandWords& words) {
  require_one_question(words);
  require_accepted_paths(words.consents.accept);
  CleanWords clean;
  clean.accounts = words.accounts;
  clean.consents = words.consents;
  clean.command = words.command.value_or(same_words(options));
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

int clean_as_configured(const Options& options, const CommandWords& words) {
  const bool more = words.where || words.unused_for || words.plan || words.apply || words.max || words.dry_run ||
                    !words.accounts.empty() || words.consents.yes || !words.consents.accept.empty();
  if (more) throw usage("--as-configured goes by clean: of the config alone.", "keybaton clean --as-configured");
  House house{options, words.consents};
  const Config config = house.config();
  return show_clean(house, run_clean(house, config));
}

int clean(const Options& options, const CommandWords& words) {
  if (words.as_configured) return clean_as_configured(options, words);
  CleanWords wanted = clean_words(options, words);
  House house{options, words.consents};
  const Config config = house.config();
  require_accounts(config, {.accounts = words.accounts, .profiles = {}});
  if (options.only_check) return exit_code(rotation::Ending::ok);
  const auto may = options.by_config ? std::optional{unattended_clean(config)} : std::nullopt;
  if (may) {
    wanted.max = std::min(wanted.max.value_or(may->most), may->most);
  }
  if (words.plan && std::filesystem::exists(file_of("--plan", *words.plan))) {
    throw usage("The plan " + visible(*words.plan) + " is there already.", "name another file, or remove that one");
  }
  Clean run{house, config, wanted};
  run.choose();
  if (words.plan) return show_plan(house, run, wanted.query, file_of("--plan", *words.plan));
  if (words.dry_run || (may && may->consent.empty())) return show_rehearsal(house, run, words.consents);
  if (house.clock().interrupted() || !(may ? run.agree(may->consent) : run.agree()))
    return show_clean(house, run.report());
  run.act();
  return show_clean(house, run.report());
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
  clean_words.command = "keybaton clean";
  for (const std::string& account : words.accounts) *clean_words.command += " " + rotation::quoted(account);
  *clean_words.command += " --where " + rotation::quoted(query.text());
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
      .flag("--as-configured", words->as_configured,
            "do what clean: of the config allows unattended, as the worker does")
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
