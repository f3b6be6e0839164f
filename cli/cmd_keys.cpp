// keys: every access key of every user, with its age and its last use.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/key_query.hpp"
#include "cli/key_scan.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"
#include "cli/render_problem.hpp"

namespace cli {
namespace {

struct KeysWords {
  ScanWords scan;
  std::optional<std::string> where, unused_for, count_by, sort;
};

void show_count(const KeyCount& count, bool json) {
  if (json) {
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [value, times] : count.values) values[value] = times;
    const nlohmann::ordered_json all{{"count", values}, {"matched", count.matched}, {"unmatched", count.unmatched}};
    print_line(all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const auto& [value, times] : count.values) print_line(visible(value) + ": " + std::to_string(times));
  print_line("total matched: " + std::to_string(count.matched));
  print_line("total unmatched: " + std::to_string(count.unmatched));
}

// None or one.
std::vector<KeyField> fields_of(const std::string& option, const std::optional<std::string>& name) {
  if (!name) return {};
  return {key_field(option, *name)};
}

int keys(const Options& options, const KeysWords& words) {
  if (words.where) throw usage("--where is not in this version.", "use --unused-for, --sort or --count-by");
  House house{options};
  const auto unused = words.unused_for ? std::optional{duration_of("--unused-for", *words.unused_for)} : std::nullopt;
  const std::vector<KeyField> sort = fields_of("--sort", words.sort);
  const std::vector<KeyField> count = fields_of("--count-by", words.count_by);
  KeysReport report;
  const Scanned scanned =
      scan_keys(house, words.scan, [&](inventory::KeyRow row) { report.keys.push_back(std::move(row)); });
  for (const UnreadAccount& each : scanned.incomplete) report.incomplete.push_back(each.account.text());
  const rotation::Time now = scanned.as_of;
  if (unused) std::erase_if(report.keys, [&](const KeyRow& row) { return !unused_for(row, *unused, now); });
  for (const KeyField field : sort) sort_keys(report.keys, field, now);
  const auto failure = scanned.failure();
  if (!count.empty()) {
    show_count(count_keys(report.keys, count.front(), now), options.json);
  } else if (options.json) {
    print_line(json::keys(report, now, failure));
  } else {
    print(keys_text(report, now, out_style(options)));
  }
  if (failure && !options.json) warn(problem_text(*failure, err_style(options)));
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

}  // namespace

void describe_keys(Describer& front) {
  auto words = std::make_shared<KeysWords>();
  Describer command = front.command("keys", "list access keys: age, status, last used");
  command.texts("accounts", words->scan.accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .texts("--profile", words->scan.profiles, "the account of this profile, without a config; may be repeated",
             "NAME")
      .flag("--cached", words->scan.cached, "what the latest whole scan saw; no call")
      .text("--unused-for", words->unused_for, "not used for this long, or never used and older", "D")
      .text("--count-by", words->count_by, "count by a field: user, status, service, …", "FIELD")
      .text("--sort", words->sort, "order by a field: age, idle, user, created, …", "FIELD")
      .text("--where", words->where, "a query: not in this version", "EXPR")
      .examples(
          "  keybaton keys --unused-for 90d --sort age\n"
          "  keybaton keys prod --count-by status --json");
  command.runs([words](const Options& options) { return keys(options, *words); });
}

}  // namespace cli
