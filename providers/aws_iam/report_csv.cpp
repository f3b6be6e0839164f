#include "providers/aws_iam/report_csv.hpp"

#include <algorithm>
#include <array>

#include "providers/aws_iam/replies.hpp"

namespace aws_iam {

namespace {

using Cells = std::vector<std::string>;

// One line as RFC 4180 has it: IAM allows commas in names, and such a cell stands in quotes. Takes it off `rest`.
std::optional<Cells> next_line(std::string_view& rest) {
  Cells cells(1);
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (at + 1 < rest.size() && rest[at + 1] == '"') {
        cells.back() += rest[++at];
      } else {
        quoted = false;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  rest.remove_prefix(std::min(rest.size(), at + 1));
  if (quoted) return std::nullopt;
  return cells;
}

struct Columns {
  std::size_t user, created;
  struct Key {
    std::size_t active, changed, used, region, service;
  };
  std::array<Key, 2> keys;
};

std::optional<Columns> columns_of(const Cells& names) {
  bool all = true;
  const auto column = [&](const std::string& name) {
    const auto found = std::ranges::find(names, name);
    all = all && found != names.end();
    return static_cast<std::size_t>(found - names.begin());
  };
  Columns columns{.user = column("user"), .created = column("user_creation_time"), .keys = {}};
  for (std::size_t slot = 0; slot < columns.keys.size(); ++slot) {
    const std::string key = "access_key_" + std::to_string(slot + 1) + "_";
    columns.keys[slot] = {.active = column(key + "active"),
                          .changed = column(key + "last_rotated"),
                          .used = column(key + "last_used_date"),
                          .region = column(key + "last_used_region"),
                          .service = column(key + "last_used_service")};
  }
  if (!all) return std::nullopt;
  return columns;
}

// The texts that stand for no value.
bool is_none(const std::string& text) { return text == "N/A" || text == "no_information" || text == "not_supported"; }
std::string or_empty(const std::string& text) { return is_none(text) ? "" : text; }

// false: malformed. A slot without a key adds none.
bool add_key(const Cells& cells, const Columns::Key& at, std::vector<rotation::ReportedKey>& keys) {
  const std::string& changed = cells[at.changed];
  if (is_none(changed)) return cells[at.active] != "true" && cells[at.active] != "TRUE";
  const auto time = rotation::parse_rfc3339(changed);
  if (!time) return false;
  rotation::ReportedKey key{
      .active = cells[at.active] == "true" || cells[at.active] == "TRUE", .changed = *time, .used = {}};
  const std::string& used = cells[at.used];
  if (used == "N/A") {
    key.used = rotation::LastUsed{};
  } else if (!is_none(used)) {
    const auto last = rotation::parse_rfc3339(used);
    if (!last) return false;
    key.used =
        rotation::LastUsed{.at = *last, .service = or_empty(cells[at.service]), .region = or_empty(cells[at.region])};
  }
  keys.push_back(std::move(key));
  return true;
}

std::nullopt_t wrong(std::string& what, const char* text) {
  what = text;
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<rotation::ReportedUser>> read_report(std::string_view csv, std::string& what) {
  const auto names = next_line(csv);
  const auto columns = names ? columns_of(*names) : std::nullopt;
  if (!columns) return wrong(what, "the report lacks a column");
  std::vector<rotation::ReportedUser> users;
  while (!csv.empty()) {
    const auto cells = next_line(csv);
    if (!cells || cells->size() < names->size()) return wrong(what, "a line of the report is cut off");
    const std::string& name = (*cells)[columns->user];
    if (name == "<root_account>") continue;
    const auto created = rotation::parse_rfc3339((*cells)[columns->created]);
    if (!is_user_name(name) || !created) return wrong(what, "a line of the report names no user");
    rotation::ReportedUser user{.name = rotation::UserName{name}, .created = *created, .keys = {}};
    for (const Columns::Key& key : columns->keys) {
      if (!add_key(*cells, key, user.keys)) return wrong(what, "a key of the report cannot be read");
    }
    users.push_back(std::move(user));
  }
  return users;
}

}  // namespace aws_iam
