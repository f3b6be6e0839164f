// Where the clean-up and the metrics hang into a pass.
#include <algorithm>
#include <sstream>

#include "cli/clean_report.hpp"
#include "cli/clean_worker.hpp"
#include "cli/job_line.hpp"
#include "cli/metrics_facts.hpp"
#include "cli/metrics_sinks.hpp"
#include "cli/output.hpp"
#include "cli/worker.hpp"

namespace cli {
namespace {

bool any_job_cleans(House& house) {
  const auto reader = house.reader();
  if (!reader) return false;
  return std::ranges::any_of(store::jobs(*reader), [&](const store::Job& job) {
    try {
      return job_line(house.options(), job.line).what == JobLine::What::clean;
    } catch (const rotation::Trouble&) {
      return false;  // its run tells what is wrong with it
    }
  });
}

}  // namespace

void clean_by_itself(House& house, const Config& config, PassReport& report) {
  if (!config.clean.where) {
    const bool meant = config.clean.enabled || !config.clean.consent.empty();
    if (meant && !any_job_cleans(house)) {
      report.notes.emplace_back("clean.where of the config names no query, and no job cleans: no key was looked for");
    }
    return;
  }
  const CleanReport done = run_clean(house, config);
  report.clean.document = clean_json(done, house.now());
  report.clean.ending = ending_of(done);
  const Style plain;
  for (const std::string& line : acted_lines(done)) log_always(house.options(), "clean", line);
  std::istringstream text(acted_text(done, house.now(), plain) + refused_text(done, plain) + summary_text(done, plain));
  for (std::string line; std::getline(text, line);) report.clean.lines.push_back(line);
  if (done.failure) report.troubles.push_back({.stage = "clean", .failure = *done.failure});
}

void push_metrics(House& house, const Config& config, PassReport& report) {
  MetricSinks sinks = configured_sinks(config.metrics, MetricFormat::any);
  if (sinks.empty()) return;
  // What this pass has just collected is known and not asked again, unless a part of it is missing: an older scan must
  // not speak for an account that cannot be read now.
  const bool known = report.keys && report.incomplete.empty();
  const MetricFacts facts = gather_metrics(house, config, {.accounts = {}, .profiles = {}, .cached = known});
  for (const Sent& each : send_metrics(house, sinks, facts.metrics, config.metrics.retry_for)) {
    log_always(house.options(), "metrics",
               each.sink + " took " + std::to_string(each.taken) + " of " + std::to_string(each.points) + " points");
    if (each.failure) report.troubles.push_back({.stage = "metrics", .failure = *each.failure});
  }
}

}  // namespace cli
