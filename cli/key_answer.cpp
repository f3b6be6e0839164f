#include "cli/key_answer.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/key_query.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"
#include "cli/render_problem.hpp"
#include "inventory/tally.hpp"

namespace cli {
namespace {

void show_count(const inventory::Tally& count, bool json) {
  if (json) {
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [value, times] : count.values) values[value] = times;
    const nlohmann::ordered_json all{{"count", values}, {"matched", count.matched}, {"unmatched", count.unmatched}};
    print_line(all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const auto& [value, times] : count.by_number()) print_line(visible(value) + ": " + std::to_string(times));
  print_line("total matched: " + std::to_string(count.matched));
  print_line("total unmatched: " + std::to_string(count.unmatched));
}

std::set<std::string> account_names(const House& house, const std::vector<KeyRow>& rows) {
  std::set<std::string> names;
  for (const auto& [name, _] : house.config().accounts) names.insert(name.text());
  for (const KeyRow& row : rows) names.insert(row.account.text());
  return names;
}

}  // namespace

int answer(const Options& options, const ScanWords& words, const KeyQuestion& question) {
  House house{options};
  KeysReport report;
  const Scanned scanned =
      scan_keys(house, words, [&](inventory::KeyRow row) { report.keys.push_back(std::move(row)); });
  for (const Unread& each : scanned.incomplete) report.incomplete.push_back(each.account.text());
  const rotation::Time now = scanned.as_of;
  const std::string told =
      remarks(question.query, report.keys, account_names(house, report.keys), now, err_style(options));
  std::erase_if(report.keys, [&](const KeyRow& row) { return !question.query.matches(row, now); });
  if (question.sort) inventory::sort_rows(report.keys, *question.sort, now);
  const auto failure = scanned.failure();
  if (question.form == KeyQuestion::Form::count) {
    const inventory::Tally totals{.matched = report.keys.size()};
    show_count(question.by ? inventory::tally(report.keys, *question.by, now) : totals, options.json);
  } else if (options.json) {
    print_line(json::keys(report, now, failure));
  } else {
    print(keys_text(report, now, out_style(options)));
  }
  warn(told);
  if (failure && !options.json) warn(problem_text(*failure, err_style(options)));
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

}  // namespace cli
