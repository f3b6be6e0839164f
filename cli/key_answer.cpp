#include "cli/key_answer.hpp"

#include <algorithm>
#include <utility>

#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/key_query.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"
#include "cli/render_problem.hpp"
#include "inventory/tally.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

void show_count(const inventory::Tally& count) {
  for (const auto& [value, times] : count.by_number()) print_line(visible(value) + ": " + std::to_string(times));
  print_line("total matched: " + std::to_string(count.matched));
  print_line("total unmatched: " + std::to_string(count.unmatched));
}

std::set<std::string> account_names(const House& house) {
  std::set<std::string> names;
  for (const auto& [name, _] : house.config().accounts) names.insert(name.text());
  return names;
}

// Where the answer goes, key by key.
class Answer {
 public:
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  virtual ~Answer() = default;
  virtual void take(KeyRow row) = 0;
  virtual void end(const json::Coverage& coverage) = 0;
};

class Count final : public Answer {
 public:
  Count(const Options& options, std::optional<inventory::Field> by) : options_(options), by_(by) {}
  void take(KeyRow row) override {
    if (by_) {
      tally_.add(row, *by_);
    } else {
      ++tally_.matched;
    }
  }
  void end(const json::Coverage& coverage) override {
    if (options_.json) {
      print_line(json::count(tally_, coverage));
    } else {
      show_count(tally_);
    }
  }

 private:
  const Options& options_;
  std::optional<inventory::Field> by_;
  inventory::Tally tally_;
};

class JsonList final : public Answer {
 public:
  JsonList() { print(R"({"keys":[)"); }
  void take(KeyRow row) override {
    if (!std::exchange(first_, false)) print(",");
    print(json::key(row));
  }
  void end(const json::Coverage& coverage) override { print_line(json::after_keys(coverage)); }

 private:
  bool first_ = true;
};

// A long list comes in tables of this many lines, each under its own headings.
constexpr std::size_t lines_a_table = 5000;

class TextList final : public Answer {
 public:
  explicit TextList(const Options& options) : style_(out_style(options)) {}
  void take(KeyRow row) override {
    report_.keys.push_back(std::move(row));
    if (report_.keys.size() < lines_a_table) return;
    print(keys_text(report_, style_));
    report_.keys.clear();
    more_ = true;
  }
  void end(const json::Coverage& coverage) override {
    report_.incomplete = coverage.incomplete;
    if (!more_ || !report_.keys.empty() || !report_.incomplete.empty()) print(keys_text(report_, style_));
  }

 private:
  Style style_;
  KeysReport report_;
  bool more_ = false;
};

std::unique_ptr<Answer> answer_as(const Options& options, const KeyQuestion& question) {
  if (question.form == KeyQuestion::Form::count) return std::make_unique<Count>(options, question.by);
  if (options.json) return std::make_unique<JsonList>();
  return std::make_unique<TextList>(options);
}

json::Coverage coverage_of(const Scanned& scanned, const ScanWords& words) {
  json::Coverage coverage{.incomplete = {}, .scanned = {}, .failure = scanned.failure()};
  for (const UnreadAccount& each : scanned.incomplete) coverage.incomplete.push_back(each.account.text());
  if (!words.cached) return coverage;
  for (const inventory::ScanLine& each : scanned.scans) {
    const auto [named, is_first] = coverage.scanned.emplace(each.account.name.text(), each.ended);
    named->second = std::min(named->second, each.ended);  // an account and a profile may have one name
  }
  return coverage;
}

std::string command_of(const ScanWords& words) {
  std::string command = "keybaton keys";
  for (const std::string& account : words.accounts) command += " " + rotation::quoted(account);
  for (const std::string& profile : words.profiles) command += " --profile " + rotation::quoted(profile);
  if (words.cached) command += " --cached";
  return command;
}

}  // namespace

int answer(const Options& options, const ScanWords& words, const KeyQuestion& question) {
  House house{options};
  KeysSeen seen{house, words};
  const Scanned& scanned = seen.scanned();
  Remarks remarks{question.query, account_names(house), command_of(words)};
  const auto answer = answer_as(options, question);
  std::vector<KeyRow> to_sort;
  seen.each([&](KeyRow row) {
    remarks.see(row);
    if (!question.query.matches(row)) return;
    question.sort ? to_sort.push_back(std::move(row)) : answer->take(std::move(row));
  });
  if (question.sort) inventory::sort_rows(to_sort, *question.sort);
  for (KeyRow& row : to_sort) answer->take(std::move(row));
  const json::Coverage coverage = coverage_of(scanned, words);
  answer->end(coverage);
  for (const std::string& each : scanned.remarks) warn(paragraph("Note: " + visible(each), 0, err_style(options)));
  // By a report most users are not looked at: what is not among the rest says nothing.
  if (!words.by_report) warn(remarks.text(err_style(options)));
  const std::optional<Failure>& failure = coverage.failure;
  if (failure && !options.json) warn(problem_text(*failure, err_style(options)));
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

}  // namespace cli
