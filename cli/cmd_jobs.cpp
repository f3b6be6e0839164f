// jobs: what the worker runs by a schedule, or after something has happened.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_run.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "rotation/stops.hpp"
#include "store/worker_lock.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

struct AddWords {
  std::string id, line;
  std::optional<std::string> schedule, event;
};

constexpr std::size_t longest_id = 64;
constexpr std::size_t longest_line = 10'000;

void require_id(const std::string& id) {
  const bool plain = std::ranges::all_of(id, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (!id.empty() && id.size() <= longest_id && plain && id.front() != '-') return;
  throw usage("\"" + visible(id) + "\" cannot be the id of a job.",
              "letters, digits, . _ and -, at most 64 of them, such as --id clean-keys");
}

Json time_json(const std::optional<rotation::Time>& time) {
  return time ? Json(rotation::rfc3339(*time)) : Json(nullptr);
}

Json job_json(const store::Job& job, rotation::Time now) {
  Json last(nullptr);
  if (job.last) {
    last = {{"began_at", rotation::rfc3339(job.last->began)},
            {"ended_at", time_json(job.last->ended)},
            {"exit", job.last->exit ? Json(*job.last->exit) : Json(nullptr)},
            {"outcome", job.last->ended ? Json(job.last->outcome) : Json(nullptr)}};
  }
  return {{"id", job.id},
          {"line", job.line},
          {"schedule", job.schedule ? Json(*job.schedule) : Json(nullptr)},
          {"event", job.event ? Json(*job.event) : Json(nullptr)},
          {"next_at", time_json(next_time(job, now))},
          {"runs", job.runs},
          {"last", last},
          {"added_by", job.added_by},
          {"added_at", rotation::rfc3339(job.added_at)}};
}

std::string when_words(const store::Job& job) {
  if (!job.schedule) return "after " + *job.event;
  return *job.schedule + (job.event ? ", then after " + *job.event : "");
}

std::string next_words(const store::Job& job, rotation::Time now) {
  const auto next = next_time(job, now);
  if (!next) return "";
  return *next <= now ? "now due" : rotation::rfc3339(*next);
}

Cell last_cell(const store::Job& job) {
  if (!job.last) return {"never", Ink::dim};
  const std::string when = rotation::rfc3339(job.last->began);
  if (!job.last->ended) return {when + " not ended", Ink::yellow};
  return {when + " " + visible(job.last->outcome), job.last->exit == 0 ? Ink::green : Ink::red};
}

std::string who_runs_it(const store::JournalStore& store) {
  const auto worker = store::WorkerLock::holder(store.reader().connection().options().path);
  return worker ? "The worker that runs now takes it up: " + visible(*worker) + ".\n"
                : "Nothing runs by itself until a worker does: keybaton run.\n";
}

std::string say(const Options& options, const store::JournalStore& store, const store::Job& job, rotation::Time now) {
  if (options.json) return Json{{"job", job_json(job, now)}}.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  const auto next = next_words(job, now);
  return "Job " + job.id + " runs " + visible(when_words(job)) + (next.empty() ? "" : ", next at " + next) + ": " +
         visible(job.line) + "\n" + who_runs_it(store);
}

int add(const Options& options, const AddWords& words) {
  require_id(words.id);
  if (!words.schedule && !words.event) {
    throw usage("Nothing says when the job is to run.", "--schedule '0 3 * * *', or --wait-for-event post_collect");
  }
  if (words.line.size() > longest_line) throw usage("The job's line is too long.", "at most 10000 bytes");
  store::Job job{.id = words.id, .line = words.line, .schedule = {}, .event = {}};
  if (words.schedule) job.schedule = cron_of(options, *words.schedule).text();
  if (words.event) job.event = std::string(rotation::word(event_of(*words.event)));
  const JobLine line = job_line(options, words.line);
  House house{options};
  require_meaning(house, line);
  store::JournalStore store = house.store();
  add_job(store, job, house.actor());
  print(say(options, store, *find_job(store.reader(), job.id), house.now().wall));
  return exit_code(rotation::Ending::ok);
}

int list(const Options& options) {
  House house{options};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  const std::vector<store::Job> all = reader ? store::jobs(*reader) : std::vector<store::Job>{};
  const rotation::Time now = house.now().wall;
  if (options.json) {
    Json rows = Json::array();
    for (const store::Job& each : all) rows.push_back(job_json(each, now));
    print_line(Json{{"jobs", rows}}.dump(-1, ' ', true, Json::error_handler_t::replace));
    return exit_code(rotation::Ending::ok);
  }
  if (all.empty()) {
    print("There is no job. One is added by: keybaton jobs add --id ID --schedule '0 3 * * *' QUERY\n");
    return exit_code(rotation::Ending::ok);
  }
  Table table({{"ID"}, {"WHEN"}, {"NEXT"}, {"LAST"}, {"RUNS", Wrap::hang}});
  for (const store::Job& each : all) {
    table.add({{visible(each.id)},
               {visible(when_words(each))},
               {next_words(each, now)},
               last_cell(each),
               {visible(rotation::quoted(each.line))}});
  }
  print(table.text(out_style(options)));
  return exit_code(rotation::Ending::ok);
}

int remove(const Options& options, const std::string& id) {
  House house{options};
  store::JournalStore store = house.store();
  remove_job(store, id, house.actor());
  options.json ? print_line(Json{{"removed", id}}.dump(-1, ' ', true, Json::error_handler_t::replace))
               : print("Job " + visible(id) + " is removed.\n");
  return exit_code(rotation::Ending::ok);
}

int run_now(const Options& options, const std::string& id) {
  House house{options};
  std::optional<store::Job> job;
  if (const auto reader = house.reader()) job = find_job(*reader, id);
  if (!job) throw usage("There is no job \"" + id + "\".", "keybaton jobs list");
  const JobResult result = run_job(house, *job, Output::shown);
  if (result.failure) throw rotation::Trouble(result.failure->ending, result.failure->problem);
  return exit_code(result.ending);
}

}  // namespace

void describe_jobs(Describer& front) {
  Describer jobs = front.command("jobs", "what the worker runs: queries, clean-ups and rotations");
  jobs.wants_subcommand().examples(
      "  keybaton jobs add --id unused --schedule '0 8 * * mon' 'search idle > 90d | count user'\n"
      "  keybaton jobs add --id clean-keys --wait-for-event cleanup_plan \\\n"
      "    'search is(access_key) and last_access > 90days | clean'\n"
      "  keybaton jobs add --id app --schedule @monthly 'rotate prod/support-api'\n"
      "  keybaton jobs list");
  auto words = std::make_shared<AddWords>();
  Describer adder = jobs.command("add", "add a job");
  adder.required_text("--id", words->id, "its name", "ID")
      .text("--schedule", words->schedule, "five fields as in crontab, or @hourly; UTC", "CRON")
      .text("--wait-for-event", words->event, "post_collect, cleanup_plan, post_cleanup_plan or post_rotation", "EVENT")
      .required_text("line", words->line, "a search line, `clean …` or `rotate ACCOUNT/USER`", "QUERY");
  adder.runs([words](const Options& options) { return add(options, *words); });
  Describer lister = jobs.command("list", "all jobs: when they run next, how they ended last");
  lister.runs([](const Options& options) { return list(options); });
  auto removed = std::make_shared<std::string>();
  Describer remover = jobs.command("remove", "remove a job; its runs stay in the history");
  remover.required_text("job", *removed, "its id", "ID");
  remover.runs([removed](const Options& options) { return remove(options, *removed); });
  auto wanted = std::make_shared<std::string>();
  Describer runner = jobs.command("run", "run a job now, as the worker would");
  runner.required_text("job", *wanted, "its id", "ID");
  runner.runs([wanted](const Options& options) { return run_now(options, *wanted); });
}

}  // namespace cli
