// keys: every access key of every user, with its age and its last use; or how their numbers changed.
#include "cli/commands.hpp"
#include "cli/key_answer.hpp"
#include "cli/key_query.hpp"
#include "cli/key_trend.hpp"

namespace cli {
namespace {

struct KeysWords {
  ScanWords scan;
  std::optional<std::string> where, unused_for, count_by, sort, trend;
  bool report = false;
};

KeyQuestion question_of(const Options& options, const KeysWords& words) {
  KeyQuestion question;
  if (words.where) question.query = query_of(options, "--where", *words.where);
  if (words.unused_for) {
    const auto unused = inventory::unused_for(duration_of("--unused-for", *words.unused_for));
    question.query = inventory::both(question.query, unused);
  }
  if (words.sort) question.sort = field_of("--sort", *words.sort);
  if (words.count_by) {
    question.form = KeyQuestion::Form::count;
    question.by = field_of("--count-by", *words.count_by);
  }
  return question;
}

int keys(const Options& options, const KeysWords& words) {
  if (words.trend) {
    if (words.where || words.unused_for || words.count_by || words.sort || words.report) {
      throw usage("--trend tells the numbers of whole scans: it goes with no query, count or order.",
                  "keybaton keys --trend " + *words.trend);
    }
    return show_trend(options, words.scan, duration_of("--trend", *words.trend));
  }
  const KeyQuestion question = question_of(options, words);
  ScanWords scan = words.scan;
  if (words.report) {
    scan.by_report = inventory::implies_unused_for(question.query);
    if (!scan.by_report) {
      throw usage("--report can only rule out keys that were used lately, and this question is not about unused keys.",
                  "keybaton keys --unused-for 90d --report");
    }
  }
  return answer(options, scan, question);
}

}  // namespace

void describe_keys(Describer& front) {
  auto words = std::make_shared<KeysWords>();
  Describer command = front.command("keys", "list access keys: age, status, last used");
  describe_scan(command, words->scan)
      .text("--where", words->where, "only those that a query finds, such as 'idle > 90d and user not in [ci]'", "EXPR")
      .text("--unused-for", words->unused_for, "not used for this long, or never used and older", "D")
      .flag("--report", words->report, "pass over users that have none by the credential report (AWS; up to 4 h old)")
      .text("--count-by", words->count_by, "count by a field: user, status, service, …", "FIELD")
      .text("--sort", words->sort, "order by a field: age, idle, user, created, …", "FIELD")
      .text("--trend", words->trend, "instead: a line a day of what scans counted, so far back (30d); no call", "D")
      .examples(
          "  keybaton keys --unused-for 90d --sort age\n"
          "  keybaton keys --where 'never_used and age > 90d'\n"
          "  keybaton keys prod --count-by status --json\n"
          "  keybaton keys --trend 90d");
  command.runs([words](const Options& options) { return keys(options, *words); });
}

}  // namespace cli
