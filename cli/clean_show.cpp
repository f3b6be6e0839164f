#include "cli/clean_show.hpp"

#include <set>

#include "cli/batch.hpp"
#include "cli/clean_consent.hpp"
#include "cli/clean_report.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/render_problem.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Step;

void show_failure_of(const Options& options, const CleanReport& report) {
  const auto failure = failure_of(report);
  if (failure && !options.json) warn(problem_text(*failure, err_style(options)));
}

// What fits and stands in no plan, for it is under way.
std::string open_text(House& house, const std::vector<rotation::Summary>& open, const Style& style) {
  if (open.empty()) return "";
  std::set<rotation::RotationId> ids;
  for (const rotation::Summary& each : open) ids.insert(each.id);
  std::set<std::string> batches;
  if (const auto reader = house.reader()) {
    for (const auto& [summary, batch] : reader->in_batches(store::Which::open)) {
      if (ids.contains(summary.id)) batches.insert(batch);
    }
  }
  const std::string of = batches.size() == 1 ? " " + *batches.begin() : "";
  return paragraph(counted_keys(open.size()) + (open.size() == 1 ? " is" : " are") +
                       " under way already, by an earlier clean, and in no plan: keybaton status" + of,
                   0, style);
}

std::string planned_text(std::size_t keys, const std::filesystem::path& file, const Style& style) {
  if (keys == 0) return paragraph("Nothing is left to plan, so no file was written. Nothing was changed.", 0, style);
  return counted_keys(keys) + " in " + visible(file.string()) + ". Nothing was changed.\n" +
         "Next: read it, take out what is to stay, then keybaton clean --apply " +
         visible(rotation::quoted(file.string())) + "\n";
}

}  // namespace

int show_plan(House& house, Clean& clean, const inventory::Query& query, const std::filesystem::path& file) {
  CleanReport& report = clean.report();
  CleanPlan plan{.query = query.text(), .made_at = house.now().wall, .made_by = house.actor().person, .keys = {}};
  for (const CleanStart& each : report.would_start) plan.keys.push_back(planned(each.row));
  if (report.failure && plan.keys.empty()) return show_clean(house, report);
  if (!plan.keys.empty()) write_clean_plan(file, plan);
  if (house.options().json) {
    print_line(planned_json(report, file.string()));
  } else {
    const Style style = out_style(house.options());
    print(refused_text(report, style) + summary_text(report, style) + open_text(house, clean.open(), style));
    print(planned_text(plan.keys.size(), file, style));
  }
  show_failure_of(house.options(), report);
  return exit_code(ending_of(report));
}

int show_rehearsal(House& house, Clean& clean, const Consents& consents) {
  CleanReport& report = clean.report();
  BatchConsent consent{.steps = consented_steps(consents), .keys = report.would_start.size()};
  std::erase_if(consent.steps, [](Step step) { return step != Step::deactivate && step != Step::delete_key; });
  if (!consents.yes) consent.steps = {Step::deactivate, Step::delete_key};
  std::vector<RehearsedKey> keys;
  {
    ProgressLine line{err_style(house.options())};
    for (const CleanStart& each : report.would_start) {
      if (house.clock().interrupted()) break;
      line.show("rehearsed " + std::to_string(keys.size()) + " of " + counted_keys(report.would_start.size()));
      keys.push_back(rehearse_key(house, each, consent));
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

int show_clean(House& house, const CleanReport& report) {
  house.person().clear_line();
  if (house.options().json) {
    print_line(clean_json(report, house.now()));
    return exit_code(ending_of(report));
  }
  const Style style = out_style(house.options());
  const std::vector<RotationReport> shown = reports_of(report.rotations, house.now());
  print(acted_text(report, house.now(), style) + refused_text(report, style) + summary_text(report, style) +
        grouped_text(shown, house.now().wall, style));
  show_failure_of(house.options(), report);
  return exit_code(ending_of(report));
}

}  // namespace cli
