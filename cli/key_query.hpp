// Queries of the command line: how they are read, and what a person should know of their answer.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/style.hpp"
#include "inventory/query_parse.hpp"

namespace cli {

// Throw Trouble (usage), naming the column and what would fit there; for people the query stands on stderr before it,
// with a mark below the place.
[[nodiscard]] inventory::Query query_of(const Options& options, const std::string& option, const std::string& text);
[[nodiscard]] inventory::Search search_of(const Options& options, const std::string& text);
// "age > foo" and a line of carets below what `fault` is about: of a long query the part around it.
[[nodiscard]] std::string pointed_at(const std::string& text, const inventory::Fault& fault);

// Throws Trouble (usage) naming the option and every field.
[[nodiscard]] inventory::Field field_of(const std::string& option, const std::string& name);

// What the answer to a query does not say by itself: names that it spares or asks for and nobody has, and keys that
// were never used and are old enough.
class Remarks {
 public:
  // `accounts`: the names of all there are. `command`: the `keybaton keys …` that scans the same again.
  Remarks(const inventory::Query& query, std::set<std::string> accounts, std::string command);
  // Every key that a scan saw, matching or not.
  void see(const inventory::KeyRow& row);
  // One paragraph each; empty as a rule.
  [[nodiscard]] std::string text(const Style& style) const;

 private:
  std::set<std::string> accounts_, users_;
  std::string command_;
  std::vector<std::string> spared_accounts_, spared_users_, asked_accounts_, asked_users_;
  std::optional<inventory::Query> never_used_;
  std::size_t never_used_count_ = 0;
};

}  // namespace cli
