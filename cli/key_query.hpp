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

// What the answer to `query` over `rows`, which are all that a scan saw, does not say by itself: names that it spares
// and nobody has, and keys that were never used and are old enough. One paragraph each; empty as a rule.
[[nodiscard]] std::string remarks(const inventory::Query& query, const std::vector<inventory::KeyRow>& rows,
                                  const std::set<std::string>& accounts, rotation::Time now, const Style& style);

}  // namespace cli
