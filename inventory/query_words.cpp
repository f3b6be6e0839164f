#include "inventory/query_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "inventory/query_parse.hpp"

namespace inventory {
namespace {

using namespace std::string_view_literals;
using Named = std::pair<std::string_view, Field>;

// Of a key as Resoto's model describes it: its name is that of its user.
constexpr std::array of_a_key{Named{"last_access", Field::idle},
                              Named{"access_key_status", Field::status},
                              Named{"name", Field::user},
                              Named{"id", Field::key},
                              Named{"ctime", Field::created},
                              Named{"atime", Field::last_used},
                              Named{"access_key_last_used.last_used", Field::last_used},
                              Named{"access_key_last_used.service_name", Field::service},
                              Named{"access_key_last_used.region", Field::region}};
constexpr std::array above_a_key{Named{"ancestors.user.reported.name", Field::user},
                                 Named{"ancestors.aws_iam_user.reported.name", Field::user},
                                 Named{"ancestors.account.reported.name", Field::account},
                                 Named{"ancestors.aws_account.reported.name", Field::account},
                                 Named{"ancestors.cloud.reported.name", Field::provider}};
constexpr std::array of_a_user{Named{"name", Field::user}, Named{"user", Field::user}, Named{"account", Field::account},
                               Named{"provider", Field::provider}, Named{"slots", Field::slots}};

std::optional<Field> among(std::span<const Named> names, std::string_view word) {
  const auto found = std::ranges::find(names, word, &Named::first);
  return found == names.end() ? std::nullopt : std::optional{found->second};
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

[[noreturn]] void no_ancestor(const Token& token) {
  throw BadQuery({.at = token.at,
                  .length = token.length,
                  .message = "\"" + token.text + "\" is nothing that stands above an access key here",
                  .fits = "/ancestors.user.reported.name and /ancestors.account.reported.name are known"});
}

[[noreturn]] void no_field(const Token& token, About about) {
  Fault fault{.at = token.at, .length = token.length, .found = token.text};
  const bool value = token.kind == Token::Kind::quoted || (token.text.front() >= '0' && token.text.front() <= '9');
  if (about == About::key) {
    fault.known = field_words();
    fault.fits = "fields are " + listed(fault.known);
    fault.message =
        value ? "a field comes first, and then what it is compared with" : "there is no field \"" + token.text + "\"";
    for (const Named& named : of_a_key) fault.known.emplace_back(named.first);
  } else {
    for (const Named& named : of_a_user) fault.known.emplace_back(named.first);
    fault.fits = "behind <-- stand " + listed(fault.known) + "; what is asked of the key stands before it";
    fault.message = "behind <-- the query speaks of the user, which has no \"" + token.text + "\"";
  }
  throw BadQuery(std::move(fault));
}

}  // namespace

std::vector<std::string> field_words() {
  const auto& all = rotation::Words<Field>::all;
  return {all.begin(), all.end()};
}

Field field_of(const Token& token, About about) {
  std::string_view word = token.text;
  if (token.kind != Token::Kind::word) no_field(token, about);
  if (word.starts_with('/')) word.remove_prefix(1);
  if (word.starts_with("ancestors.")) {
    const auto field = among(above_a_key, word);
    if (!field) no_ancestor(token);
    return *field;
  }
  if (word.starts_with("reported.")) word.remove_prefix("reported."sv.size());
  auto field = about == About::user ? among(of_a_user, word) : rotation::parse_word<Field>(word);
  if (!field && about == About::key) field = among(of_a_key, word);
  if (!field) no_field(token, about);
  return *field;
}

Condition kind_condition(const Token& token, About about) {
  const bool key = about == About::key;
  if (token.text == (key ? "access_key" : "user")) return {};
  if (token.text == (key ? "aws_iam_access_key" : "aws_iam_user")) {
    return one({.field = Field::provider, .compare = Compare::equal, .with = std::string("aws")});
  }
  const bool owner = key && (token.text == "user" || token.text == "aws_iam_user");
  throw BadQuery({.at = token.at,
                  .length = token.length,
                  .message = owner ? "a search is for access keys, and the user is asked for behind <--"
                                   : "\"" + token.text + "\" is no kind that is searched here",
                  .fits = key ? "is(access_key) and last_access > 90d <-- is(user)" : "<-- is(user)",
                  .found = token.text,
                  .known = key ? std::vector<std::string>{"access_key", "aws_iam_access_key"}
                               : std::vector<std::string>{"user", "aws_iam_user"}});
}

}  // namespace inventory
