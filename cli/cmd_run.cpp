// run: the worker. A pass over everything that runs by itself, once or every hour.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/worker.hpp"
#include "store/worker_lock.hpp"

namespace cli {
namespace {

constexpr rotation::Seconds shortest{60};
constexpr rotation::Millis look_again = std::chrono::seconds{20};  // for jobs that were added meanwhile

struct RunWords {
  bool once = false;
  std::optional<std::string> every;
};

// An hour, where the config does not say and cannot be asked.
rotation::Seconds pause_between(House& house, const RunWords& words) {
  if (words.every) return duration_of("--every", *words.every);
  try {
    return house.config().run.every;
  } catch (const rotation::Trouble&) {
    return RunSettings{}.every;
  }
}

bool a_job_is_due(House& house) {
  try {
    const auto reader = house.reader();
    if (!reader) return false;
    return std::ranges::any_of(store::jobs(*reader), [&](const store::Job& job) { return due(job, house.now().wall); });
  } catch (const rotation::Trouble&) {
    return false;  // the next pass says why
  }
}

void note(House& house, const store::WorkerPass& pass) {
  try {
    store::JournalStore store = house.store();
    note_pass(store, pass);
  } catch (const rotation::Trouble& trouble) {
    log_always(house.options(), "journal", trouble.problem().message);
  }
}

rotation::Ending pass(House& house, PassKind kind) {
  const Options& options = house.options();
  store::WorkerPass noted{.by = house.actor().person, .began = house.now().wall, .ended = {}, .exit = {}};
  if (kind == PassKind::whole) {
    log_always(options, "pass", "begins");
    note(house, noted);
  }
  const PassReport report = run_pass(options, kind);
  const rotation::Ending ending = report.ending();
  print(options.json ? pass_json(report, house.now()) + "\n" : pass_text(report, house.now(), out_style(options)));
  std::fflush(stdout);
  if (kind == PassKind::whole && !report.interrupted) {
    noted.ended = house.now().wall;
    noted.exit = exit_code(ending);
    note(house, noted);
  }
  log_always(options, "pass", "ended as " + std::string(rotation::word(ending)));
  return ending;
}

// Until the next pass; jobs whose time comes before that are run then. Says how the worker ends where a signal came:
// between two passes nothing is under way, and to be ended there is no interruption.
std::optional<rotation::Ending> sit(House& house, rotation::Millis span) {
  const rotation::Millis until = house.now().boot + span;
  while (true) {
    const rotation::Millis left = until - house.now().boot;
    if (left <= rotation::Millis{0}) return std::nullopt;
    if (house.clock().wait(std::min(left, look_again), [](rotation::Millis) {}) != rotation::Waited::done) {
      return rotation::Ending::ok;
    }
    if (house.now().boot >= until || !a_job_is_due(house)) continue;
    if (pass(house, PassKind::jobs) == rotation::Ending::interrupted) return rotation::Ending::interrupted;
  }
}

int run(const Options& given, const RunWords& words) {
  if (words.once && words.every) {
    throw usage("--once is one pass, and --every says how far two of them are apart.", "give one of them");
  }
  if (words.every && duration_of("--every", *words.every) < shortest) {
    throw usage("--every " + *words.every + " is too often: a pass reads every account.", "--every 1m or more");
  }
  // A terminal that the worker was started at belongs to somebody who has left.
  Options options = given;
  options.unattended = true;
  House house{options};
  // Makes the journal where there is none, and refuses a place where none may be.
  const std::filesystem::path journal = house.store().reader().connection().options().path;
  const store::WorkerLock lock{journal, house.actor().person + " (process " + std::to_string(::getpid()) + ", since " +
                                            rotation::rfc3339(house.now().wall) + ")"};
  if (words.once) return exit_code(pass(house, PassKind::whole));
  while (true) {
    if (pass(house, PassKind::whole) == rotation::Ending::interrupted) return exit_code(rotation::Ending::interrupted);
    if (const auto ending = sit(house, pause_between(house, words))) {
      log_always(options, "worker", "ends");
      return exit_code(*ending);
    }
  }
}

}  // namespace

void describe_run(Describer& front) {
  auto words = std::make_shared<RunWords>();
  Describer command = front.command("run", "the worker: collect, jobs, clean, go on with what is due, metrics; hourly");
  command.flag("--once", words->once, "one pass, for cron or a timer")
      .text("--every", words->every, "from one pass to the next (run.every of the config, else 1h)", "D")
      .examples(
          "  keybaton run --once --json              from cron or a timer\n"
          "  keybaton run --log-format json          as a service\n"
          "  keybaton run --every 15m");
  command.runs([words](const Options& options) { return run(options, *words); });
}

}  // namespace cli
