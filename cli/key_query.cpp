#include "cli/key_query.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using inventory::Field;
using inventory::KeyRow;

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? " Did you mean \"" + *near + "\"?" : "";
}

rotation::Trouble unreadable(const Options& options, const std::string& where, const std::string& text,
                             const inventory::Fault& fault) {
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!options.json && !blank) warn(pointed_at(text, fault));
  const auto column =
      std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(fault.at), begins_character);
  const std::string near = did_you_mean(fault.found, fault.known);
  return usage(where + " cannot be read at column " + std::to_string(column + 1) + ": " + fault.message + "." + near,
               fault.fits);
}

// Names that a query does this to, and that are not among those there are.
std::string unknown_names(const std::string& does, const std::string& what, const std::vector<std::string>& names,
                          const std::set<std::string>& there, const Style& style) {
  std::string text;
  const std::vector<std::string> known(there.begin(), there.end());
  for (const std::string& name : names) {
    if (there.contains(name)) continue;
    text += paragraph("Warning: the query " + does + " \"" + visible(name) + "\", and " + what +
                          " of that name was seen." + visible(did_you_mean(name, known)),
                      0, style);
  }
  return text;
}

// What a query leaves out, its opposite asks for.
std::vector<std::string> asked_for(const inventory::Query& query, Field field) {
  return inventory::excluded(inventory::Query{inventory::negation(query.condition())}, field).names;
}

std::string never_used_remark(const inventory::Query& instead, std::size_t count, const std::string& command,
                              const Style& style) {
  const bool single = count == 1;
  return paragraph("Note: " + std::to_string(count) + (single ? " key was" : " keys were") +
                       " never used, and would be among these if idle time counted from " + (single ? "its" : "their") +
                       " creation. To see " + (single ? "it:" : "them:"),
                   0, style) +
         "  " + visible(command) + " --where " + visible(rotation::quoted(instead.text())) + "\n";
}

}  // namespace

std::string pointed_at(const std::string& text, const inventory::Fault& fault) {
  constexpr std::size_t before = 60, behind = 30;
  std::size_t from = fault.at > before + 3 ? fault.at - before : 0;
  while (from > 0 && !begins_character(text[from])) --from;
  std::size_t length = std::min(std::max<std::size_t>(fault.length, 1), behind);
  while (fault.at + length < text.size() && !begins_character(text[fault.at + length])) ++length;
  std::size_t to = std::min(fault.at + length + behind, text.size());
  while (to < text.size() && !begins_character(text[to])) ++to;
  const auto flat = [&](std::size_t first, std::size_t past) {
    std::string part = first < past ? text.substr(first, past - first) : "";
    std::ranges::replace_if(
        part, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return visible(part);
  };
  const std::string lead = (from > 0 ? "..." : "") + flat(from, fault.at);
  const std::string marked = flat(fault.at, std::min(fault.at + length, text.size()));
  return lead + marked + flat(fault.at + length, to) + (to < text.size() ? "..." : "") + "\n" +
         std::string(display_width(lead), ' ') + std::string(std::max<std::size_t>(display_width(marked), 1), '^') +
         "\n";
}

inventory::Query query_of(const Options& options, const std::string& option, const std::string& text) {
  try {
    return inventory::parse_query(text);
  } catch (const inventory::BadQuery& bad) {
    throw unreadable(options, option, text, bad.fault());
  }
}

inventory::Search search_of(const Options& options, const std::string& text) {
  try {
    return inventory::parse_search(text);
  } catch (const inventory::BadQuery& bad) {
    throw unreadable(options, "The query", text, bad.fault());
  }
}

Field field_of(const std::string& option, const std::string& name) {
  if (const auto field = rotation::parse_word<Field>(name)) return *field;
  const std::vector<std::string> known = inventory::field_words();
  std::string all;
  for (const std::string& word : known) all += (all.empty() ? "" : ", ") + word;
  throw usage(option + " knows no field \"" + name + "\"." + did_you_mean(name, known), "use one of " + all);
}

Remarks::Remarks(const inventory::Query& query, std::set<std::string> accounts, std::string command)
    : accounts_(std::move(accounts)),
      command_(std::move(command)),
      spared_accounts_(inventory::excluded(query, Field::account).names),
      spared_users_(inventory::excluded(query, Field::user).names),
      asked_accounts_(asked_for(query, Field::account)),
      asked_users_(asked_for(query, Field::user)),
      never_used_(inventory::of_the_never_used(query)) {}

void Remarks::see(const KeyRow& row) {
  if (!spared_accounts_.empty() || !asked_accounts_.empty()) accounts_.insert(row.account.text());
  if (!spared_users_.empty() || !asked_users_.empty()) users_.insert(row.user.text());
  if (never_used_ && never_used_->matches(row)) ++never_used_count_;
}

std::string Remarks::text(const Style& style) const {
  constexpr const char* users = "no user with an access key";
  std::string text = unknown_names("leaves out", "no account", spared_accounts_, accounts_, style);
  text += unknown_names("leaves out", users, spared_users_, users_, style);
  text += unknown_names("asks for", "no account", asked_accounts_, accounts_, style);
  text += unknown_names("asks for", users, asked_users_, users_, style);
  if (never_used_count_ > 0) text += never_used_remark(*never_used_, never_used_count_, command_, style);
  return text;
}

}  // namespace cli
