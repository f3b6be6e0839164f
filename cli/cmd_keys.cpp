// keys: every access key of every user, with its age and its last use.
#include "cli/commands.hpp"
#include "cli/key_answer.hpp"
#include "cli/key_query.hpp"

namespace cli {
namespace {

struct KeysWords {
  ScanWords scan;
  std::optional<std::string> where, unused_for, count_by, sort;
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

}  // namespace

void describe_keys(Describer& front) {
  auto words = std::make_shared<KeysWords>();
  Describer command = front.command("keys", "list access keys: age, status, last used");
  command.texts("accounts", words->scan.accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .texts("--profile", words->scan.profiles, "the account of this profile, without a config; may be repeated",
             "NAME")
      .text("--where", words->where, "only those that a query finds, such as 'idle > 90d and user not in [ci]'", "EXPR")
      .text("--unused-for", words->unused_for, "not used for this long, or never used and older", "D")
      .text("--count-by", words->count_by, "count by a field: user, status, service, …", "FIELD")
      .text("--sort", words->sort, "order by a field: age, idle, user, created, …", "FIELD")
      .examples(
          "  keybaton keys --unused-for 90d --sort age\n"
          "  keybaton keys --where 'never_used and age > 90d'\n"
          "  keybaton keys prod --count-by status --json");
  command.runs([words](const Options& options) { return answer(options, words->scan, question_of(options, *words)); });
}

}  // namespace cli
