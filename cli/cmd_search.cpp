// search: a query line, in our words or in those of Resoto's guide, with what to do at its end.
#include "cli/clean_found.hpp"
#include "cli/commands.hpp"
#include "cli/key_answer.hpp"
#include "cli/key_query.hpp"

namespace cli {
namespace {

struct SearchWords {
  std::string query;
  ScanWords scan;
};

int search(const Options& options, const SearchWords& words) {
  const inventory::Search search = search_of(options, words.query);
  KeyQuestion question{.query = search.query};
  switch (search.then) {
    case inventory::Search::Then::clean: return clean_found(options, words.scan, search.query);
    case inventory::Search::Then::count:
      question.form = KeyQuestion::Form::count;
      question.by = search.by;
      break;
    case inventory::Search::Then::list: break;
  }
  return answer(options, words.scan, question);
}

}  // namespace

void describe_search(Describer& front) {
  auto words = std::make_shared<SearchWords>();
  Describer command = front.command("search", "find access keys by a query line, also as Resoto's guide writes it");
  command.required_text("query", words->query, "which keys, and `| count FIELD` or `| clean`", "QUERY")
      .texts("accounts", words->scan.accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .texts("--profile", words->scan.profiles, "the account of this profile, without a config; may be repeated",
             "NAME")
      .examples(
          "  keybaton search 'idle > 90d and user not in [jenkins, ci]'\n"
          "  keybaton search 'is(access_key) and last_access > 90days <-- is(user) | count name'");
  command.runs([words](const Options& options) { return search(options, *words); });
}

}  // namespace cli
