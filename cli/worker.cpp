#include "cli/worker.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <sstream>

#include "cli/batch.hpp"
#include "cli/exit_codes.hpp"
#include "cli/key_scan.hpp"
#include "cli/output.hpp"
#include "cli/worker_fleet.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Ending;

class Pass {
 public:
  explicit Pass(const Options& options) : options_(options), house_(options) { report_.began = house_.now().wall; }

  PassReport run(PassKind kind) {
    const auto reached = [this] { return !house_.clock().interrupted(); };
    read_config();
    if (kind == PassKind::whole && config_) collect();
    if (config_ && reached()) jobs(std::nullopt);
    if (kind == PassKind::whole) {
      if (config_ && reached()) clean();
      if (reached()) stage("rotations", [this] { advance(); });
      if (config_ && fleet_ && reached()) stage("max_age", [this] { fleet_->start(house_, unread_, report_); });
      if (config_ && completed() && reached()) jobs(Event::post_rotation);
      if (config_ && reached()) stage("metrics", [this] { push_metrics(house_, *config_, report_); });
    }
    report_.interrupted = !reached();
    report_.ended = house_.now().wall;
    return std::move(report_);
  }

 private:
  void stage(const std::string& name, const std::function<void()>& work) {
    try {
      work();
    } catch (...) {
      trouble(name, failure_of(std::current_exception()));
    }
  }

  void trouble(const std::string& name, Failure failure) {
    log_always(options_, name, failure.problem.message);
    report_.troubles.push_back({.stage = name, .failure = std::move(failure)});
  }

  // What a job said on stderr, a line of the log for each of its own.
  void log_lines(const std::string& event, const std::string& of, const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) log_always(options_, event, of + ": " + line);
    }
  }

  // A broken config stops what lives by it; rotations that are open have all they need in the journal.
  void read_config() {
    stage("config", [this] {
      Config config = house_.config();
      config_ = std::move(config);
    });
  }

  void collect() {
    stage("collect", [this] {
      if (config_->accounts.empty()) {
        report_.notes.emplace_back("the config names no account, so nothing was collected");
        return;
      }
      if (const auto reader = house_.reader()) {
        for (const rotation::Summary& each : reader->rotations(store::Which::open)) news_.watch(each);
      }
      fleet_.emplace(*config_);
      std::size_t keys = 0;
      const Scanned scanned = scan_keys(house_, {}, [&](const KeyRow& row) {
        ++keys;
        news_.see(row);
        fleet_->see(row);
      });
      report_.keys = keys;
      for (const UnreadAccount& each : scanned.incomplete) {
        report_.incomplete.push_back(each.account.text());
        unread_.insert(each.account);
      }
      log_always(options_, "collect", std::to_string(keys) + " keys");
      if (auto failure = scanned.failure()) trouble("collect", std::move(*failure));
    });
    if (report_.keys && !house_.clock().interrupted()) jobs(Event::post_collect);
  }

  void clean() {
    jobs(Event::cleanup_plan);
    if (house_.clock().interrupted()) return;
    stage("clean", [this] { clean_by_itself(house_, *config_, report_); });
    if (!house_.clock().interrupted()) jobs(Event::post_cleanup_plan);
  }

  // Those whose time has come, or that wait for this event; where a job has both, its time comes first.
  [[nodiscard]] bool wants(const store::Job& job, const std::optional<Event>& event) {
    const rotation::Time now = house_.now().wall;
    if (!event) return due(job, now);
    if (job.event != std::string(rotation::word(*event))) return false;
    const auto next = next_time(job, now);
    return !next || *next <= now;
  }

  void jobs(const std::optional<Event>& event) {
    std::vector<store::Job> all;
    stage("jobs", [&] {
      if (const auto reader = house_.reader()) all = store::jobs(*reader);
    });
    for (store::Job& job : all) {
      if (house_.clock().interrupted()) return;
      stage("jobs", [&] { recount(job); });
      // One that was removed a moment ago stops no other.
      if (wants(job, event)) stage("jobs", [&] { run(job); });
    }
  }

  // Or it would wait until the clock is once more as late as it was by mistake.
  void recount(store::Job& job) {
    const rotation::Time now = house_.now().wall;
    if (!counted_ahead(job, now)) return;
    store::JournalStore store = house_.store();
    count_from(store, job.id, now);
    log_always(options_, "job", job.id + " ran while the clock was ahead: counted from now on");
    job.counted_from = now;
  }

  void run(const store::Job& job) {
    log_always(options_, "job", job.id + " begins: " + job.line);
    JobResult result = run_job(house_, job, Output::kept);
    log_always(options_, "job",
               job.id + " ended as " + std::string(rotation::word(result.ending)) +
                   (result.failure ? ": " + result.failure->problem.message : ""));
    log_lines("job", job.id, result.warnings);
    report_.jobs.push_back(std::move(result));
  }

  // Of what a clean started, many may be due at once: those go on together, once all the others have.
  struct DueTogether {
    std::vector<rotation::RotationId> rotations;
    std::set<rotation::AccessKeyId> keys;
    std::map<rotation::RotationId, rotation::State> states;
  };

  void advance() {
    DueTogether together;
    {
      store::JournalStore store = house_.store();
      house_.end_late_undos(store);
      for (const rotation::Summary& each : store.reader().rotations(store::Which::open)) {
        if (house_.clock().interrupted()) return;
        // One that cannot be gone on with, such as a damaged one, does not stop the others.
        stage("rotations", [&] { look_at(store, each.id, together); });
      }
    }
    if (together.rotations.empty()) return;
    house_.share(together.keys);
    stage("rotations", [&] { advance(together); });
    house_.share_no_more();
  }

  void advance(const DueTogether& together) {
    const std::size_t width = config_ ? config_->clean.parallel : CleanSettings{}.parallel;
    std::vector<Driven> all = advance_all(house_, together.rotations, width);
    for (Driven& each : all) {
      const rotation::State was = together.states.at(each.view.id);
      went_on(was, std::move(each));
    }
  }

  void look_at(store::JournalStore& store, const rotation::RotationId& id, DueTogether& together) {
    const rotation::View view = store.reader().view(id);
    if (!view.open()) return;
    ++report_.open;
    const rotation::Instant now = house_.now();
    const rotation::Next next = rotation::next(view, now);
    Turn turn = turn_of(view, next, news_);
    // What the config took back it may have given again.
    const bool withdrawn = view.standing && view.standing->withdrawn;
    if (turn == Turn::asks && withdrawn && house_.still_agreed(view, *next.step)) turn = Turn::due;
    switch (turn) {
      case Turn::waits:
        ++report_.waiting;
        if (!report_.next_due || *next.not_before < *report_.next_due) report_.next_due = next.not_before;
        return;
      case Turn::asks:
        report_.asking.push_back({.rotation = id.text(),
                                  .target = rotation::target_words(view.target),
                                  .why = next.why,
                                  .command = next.command});
        return;
      case Turn::due: break;
    }
    if (!view.batch) return went_on(view.state, go_on(house_, store, id, {}, Person::nobody));
    together.rotations.push_back(id);
    together.keys.insert(view.old_key);
    together.states[id] = view.state;
  }

  void went_on(rotation::State was, Driven now) {
    if (fleet_ && !now.view.open()) fleet_->forget(now.view);
    log_always(options_, "rotation",
               rotation::target_words(now.view.target) + " (" + now.view.id.text() + ") was " +
                   std::string(rotation::word(was)) + ", is " + std::string(rotation::word(now.view.state)) +
                   (now.failure ? ": " + now.failure->problem.message : ""));
    report_.advanced.push_back(std::move(now));
  }

  [[nodiscard]] bool completed() const {
    return std::ranges::any_of(report_.advanced, [](const Driven& each) { return !each.view.open(); });
  }

  const Options& options_;
  House house_;
  std::optional<Config> config_;
  std::optional<Fleet> fleet_;
  News news_;
  std::set<rotation::AccountName> unread_;
  PassReport report_;
};

}  // namespace

Ending PassReport::ending() const {
  if (interrupted) return Ending::interrupted;
  std::vector<Ending> all;
  for (const JobResult& each : jobs) all.push_back(each.ending);
  for (const Driven& each : advanced) all.push_back(each.ending());
  for (const UnattendedStart& each : started) {
    all.push_back(each.driven ? each.driven->ending() : each.failure->ending);
  }
  for (const StageTrouble& each : troubles) all.push_back(each.failure.ending);
  all.push_back(clean.ending);
  if (waiting > 0) all.push_back(Ending::waiting);
  if (!asking.empty()) all.push_back(Ending::needs_operator);
  return together(all);
}

PassReport run_pass(const Options& options, PassKind kind) { return Pass{options}.run(kind); }

}  // namespace cli
