#include "cli/job_run.hpp"

#include <algorithm>
#include <exception>

#include "cli/exit_codes.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/target.hpp"
#include "cli/unattended.hpp"

namespace cli {
namespace {

using rotation::Ending;

// Clouds refuse a clock that is further off, and what they tell corrects ours: so far two passes may differ, and a job
// must not run twice for it.
constexpr rotation::Seconds clock_skew{15 * 60};

Ending ending_of(int code) {
  for (const Ending ending : worst_first) {
    if (exit_code(ending) == code) return ending;
  }
  return Ending::internal;
}

void append(std::vector<std::string>& words, const std::string& option, const std::optional<std::string>& value) {
  if (value) words.insert(words.end(), {option, *value});
}

// The common options as this command has them, and then the job's own words.
int run_words(const Options& options, const std::vector<std::string>& line) {
  std::vector<std::string> words{"keybaton"};
  append(words, "--config", options.config);
  append(words, "--journal", options.journal);
  append(words, "--actor", options.claim);
  words.insert(words.end(), {"--color", options.color, "--log-format", options.log_format});
  if (options.json) words.emplace_back("--json");
  if (options.verbose) words.emplace_back("--verbose");
  words.insert(words.end(), line.begin(), line.end());
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  Parsed parsed = parse(static_cast<int>(argv.size()), argv.data());
  parsed.options.unattended = options.unattended;
  parsed.options.by_config = true;
  parsed.options.only_check = options.only_check;
  return parsed.action ? parsed.action(parsed.options) : exit_code(Ending::ok);
}

int run_rotate(House& house, const std::string& words) {
  const Config config = house.config();
  const SplitTarget split = split_target({.target = words, .profile = {}});
  const ConfiguredTarget* target = config.target(split.account, split.user);
  if (target == nullptr) {
    throw usage("The config has no target \"" + words + "\" (any more), so the job rotates nothing.",
                "describe it below targets: in the config, or keybaton jobs remove the job");
  }
  const bool open =
      !open_rotations(house.reader(), {.account = split.account, .user = split.user, .by_profile = false}).empty();
  if (!open) require_known_users(house, config, users_left_out(config), {target->user});
  const UnattendedStart start = start_unattended(house, config, *target);
  if (start.failure) throw rotation::Trouble(start.failure->ending, start.failure->problem);
  return report(house, *start.driven);
}

int run_line(House& house, const std::string& text) {
  const JobLine line = job_line(house.options(), text);
  switch (line.what) {
    case JobLine::What::rotate: return run_rotate(house, line.words.at(1));
    case JobLine::What::search: return run_words(house.options(), line.words);
    case JobLine::What::clean: return run_words(house.options(), line.words);
  }
  return exit_code(Ending::internal);
}

}  // namespace

void require_meaning(House& house, const JobLine& line) {
  if (line.what == JobLine::What::rotate) {
    static_cast<void>(aim_at({.target = line.words.at(1), .profile = {}}, house.config(), Locations::needed));
  } else if (line.what == JobLine::What::clean) {
    Options check = house.options();
    check.only_check = true;
    static_cast<void>(run_words(check, line.words));
  }
}

std::optional<rotation::Time> next_time(const store::Job& job, rotation::Time now) {
  if (!job.schedule) return std::nullopt;
  const auto read = Cron::parse(*job.schedule);
  const auto* cron = std::get_if<Cron>(&read);
  if (cron == nullptr) return std::nullopt;
  // Where the clock was ahead once, the worker puts this right (counted_ahead).
  return cron->next_after(std::min(job.counted_from, now));
}

bool counted_ahead(const store::Job& job, rotation::Time now) { return job.counted_from > now + clock_skew; }

bool due(const store::Job& job, rotation::Time now) {
  const auto next = next_time(job, now);
  return !job.event && next && *next <= now;
}

JobResult run_job(House& house, const store::Job& job, Output output) {
  JobResult result{.id = job.id, .ending = Ending::ok, .output = {}, .warnings = {}, .failure = {}};
  store::JobRun run{.began = house.now().wall, .ended = {}, .exit = {}, .outcome = {}};
  {
    store::JournalStore store = house.store();
    begin_job(store, job.id);
  }
  {
    std::optional<KeptOutput> kept;
    if (output == Output::kept) kept.emplace();
    try {
      result.ending = ending_of(run_line(house, job.line));
    } catch (...) {
      result.failure = failure_of(std::current_exception());
      result.ending = result.failure->ending;
    }
    if (kept) {
      result.output = kept->take();
      result.warnings = kept->warnings();
    }
  }
  if (result.ending == Ending::interrupted) return result;
  run.exit = exit_code(result.ending);
  run.outcome = rotation::word(result.ending);
  store::JournalStore store = house.store();
  end_job(store, job.id, run, house.actor());
  return result;
}

}  // namespace cli
