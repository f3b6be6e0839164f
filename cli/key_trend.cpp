#include "cli/key_trend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "inventory/trend.hpp"

namespace cli {
namespace {

using inventory::TrendDay;
using Json = nlohmann::ordered_json;

std::string date_of(const TrendDay& day) {
  const std::chrono::year_month_day date{day.day};
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::size_t inactive(const TrendDay& day) { return day.keys - std::min(day.keys, day.active); }

Json day_object(const TrendDay& day) {
  return {{"day", date_of(day)},
          {"accounts", day.accounts},
          {"users", day.users},
          {"keys", day.keys},
          {"active", day.active},
          {"inactive", inactive(day)},
          {"never_used", day.never_used},
          {"unused_90d", day.unused_90_days},
          {"older_90d", day.older_90_days}};
}

Json days_array(const std::vector<TrendDay>& days) {
  Json all = Json::array();
  for (const TrendDay& day : days) all.push_back(day_object(day));
  return all;
}

std::string trend_json(const std::vector<PastScans>& past, const std::vector<TrendDay>& days) {
  Json accounts = Json::array();
  for (const PastScans& each : past) {
    accounts.push_back({{"account", each.account.name.text()},
                        {"provider", each.account.provider},
                        {"trend", days_array(inventory::trend({each.lines}))}});
  }
  const Json document{{"trend", days_array(days)}, {"accounts", std::move(accounts)}};
  return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string trend_text(const std::vector<TrendDay>& days, std::size_t accounts, const Style& style) {
  std::vector<Column> columns{{"DAY"},      {"USERS"},      {"KEYS"},         {"ACTIVE"},
                              {"INACTIVE"}, {"NEVER USED"}, {"UNUSED > 90D"}, {"OLDER THAN 90D"}};
  if (accounts > 1) columns.insert(columns.begin() + 1, Column{"ACCOUNTS"});
  Table table(columns);
  for (const TrendDay& day : days) {
    std::vector<Cell> cells{{date_of(day)}};
    if (accounts > 1) cells.push_back({std::to_string(day.accounts) + " of " + std::to_string(accounts)});
    for (const std::size_t number :
         {day.users, day.keys, day.active, inactive(day), day.never_used, day.unused_90_days, day.older_90_days}) {
      cells.push_back({std::to_string(number)});
    }
    table.add(std::move(cells));
  }
  return table.text(style);
}

}  // namespace

int show_trend(const Options& options, const ScanWords& words, rotation::Seconds back) {
  House house{options};
  const std::vector<PastScans> past = past_scans(house, words, house.now().wall - back);
  std::vector<std::vector<inventory::ScanLine>> lines;
  for (const PastScans& each : past) lines.push_back(each.lines);
  const std::vector<TrendDay> days = inventory::trend(lines);
  if (options.json) {
    print_line(trend_json(past, days));
  } else if (days.empty()) {
    print("No whole scan is remembered of that time.\nNext: keybaton keys, which keeps what it sees\n");
  } else {
    print(trend_text(days, past.size(), out_style(options)));
  }
  return exit_code(rotation::Ending::ok);
}

}  // namespace cli
