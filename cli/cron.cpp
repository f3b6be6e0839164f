#include "cli/cron.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

namespace cli {

using inventory::BadQuery;
using inventory::Fault;
using rotation::Time;

namespace {

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view what;
  std::string_view span;  // for people
  unsigned least, most;
  std::span<const std::string_view> names;  // of the numbers from `least` on
  std::string_view example;
};
constexpr std::array<Field, 5> fields{Field{"minute", "0-59", 0, 59, {}, "*/15"}, Field{"hour", "0-23", 0, 23, {}, "3"},
                                      Field{"day of the month", "1-31", 1, 31, {}, "1,15"},
                                      Field{"month", "1-12 or jan-dec", 1, 12, month_names, "jan-jun"},
                                      Field{"day of the week", "0-7 or sun-sat", 0, 7, day_names, "mon-fri"}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_forms{{{"@yearly", "0 0 1 1 *"},
                                                                                    {"@annually", "0 0 1 1 *"},
                                                                                    {"@monthly", "0 0 1 * *"},
                                                                                    {"@weekly", "0 0 * * 0"},
                                                                                    {"@daily", "0 0 * * *"},
                                                                                    {"@midnight", "0 0 * * *"},
                                                                                    {"@hourly", "0 * * * *"}}};

constexpr const char* five_fields = "five fields: minute hour day month weekday, such as \"0 3 * * mon-fri\"";

// A piece of the schedule, and where it stands.
struct Piece {
  std::string text;  // lower-cased
  std::size_t at = 0;
};

[[noreturn]] void bad(const Piece& piece, std::string message, std::string fits) {
  throw BadQuery(Fault{.at = piece.at,
                       .length = std::max<std::size_t>(piece.text.size(), 1),
                       .message = std::move(message),
                       .fits = std::move(fits),
                       .found = {},
                       .known = {}});
}

std::vector<Piece> split(const Piece& whole, std::string_view at_any_of) {
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(whole.text.find_first_of(at_any_of, begin), whole.text.size());
    pieces.push_back({.text = whole.text.substr(begin, end - begin), .at = whole.at + begin});
    if (end == whole.text.size()) return pieces;
    begin = end + 1;
  }
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

unsigned value_of(const Piece& piece, const Field& field) {
  const std::string what = "the " + std::string(field.what) + " is ";
  if (piece.text.empty()) bad(piece, what + "missing", "such as " + std::string(field.example));
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (piece.text == field.names[i]) return field.least + static_cast<unsigned>(i);
  }
  const auto value = number(piece.text);
  if (!value || *value < field.least || *value > field.most) {
    bad(piece, what + std::string(field.span) + ", not \"" + piece.text + "\"",
        "such as " + std::string(field.example));
  }
  return *value;
}

using Set = std::bitset<64>;

void add_item(const Piece& item, const Field& field, Set& set) {
  const std::vector<Piece> parts = split(item, "/");
  if (parts.size() > 2) bad(parts[2], "two steps in a row", "such as */15");
  const std::vector<Piece> ends = split(parts[0], "-");
  if (ends.size() > 2) bad(ends[2], "a range has two ends", "such as 1-5");
  unsigned first = field.least, last = field.most;
  if (parts[0].text != "*") {
    first = value_of(ends[0], field);
    last = ends.size() == 2 ? value_of(ends[1], field) : parts.size() == 2 ? field.most : first;
    if (last < first) {
      bad(parts[0], "the range ends before it begins",
          "write two: " + ends[0].text + "-" + std::to_string(field.most == 7 ? 6 : field.most) + "," +
              std::to_string(field.least) + "-" + ends[1].text);
    }
  }
  unsigned step = 1;
  if (parts.size() == 2) {
    const auto value = number(parts[1].text);
    if (!value || *value == 0 || *value > field.most) {
      bad(parts[1], "a step is a number from 1 to " + std::to_string(field.most), "such as */15");
    }
    step = *value;
  }
  for (unsigned each = first; each <= last; each += step) set.set(each);
}

Set read_field(const Piece& piece, const Field& field) {
  Set set;
  for (const Piece& item : split(piece, ",")) add_item(item, field, set);
  return set;
}

std::vector<Piece> words_of(std::string_view text) {
  std::vector<Piece> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    Piece word{.text = std::string(text.substr(at, end - at)), .at = at};
    std::ranges::transform(word.text, word.text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    words.push_back(std::move(word));
    at = end;
  }
  return words;
}

template <std::size_t Size>
void take(std::bitset<Size>& into, const Set& set) {
  for (std::size_t i = 0; i < Size; ++i) into[i] = set[i];
}

}  // namespace

class CronReader {
 public:
  static Cron read(std::string_view text) {
    std::vector<Piece> words = words_of(text);
    const Piece end{.text = "", .at = text.size()};
    if (words.empty()) bad(end, "there is nothing", five_fields);
    Cron cron;
    for (const Piece& word : words) cron.text_ += (cron.text_.empty() ? "" : " ") + word.text;
    const Piece first = words.front();
    if (first.text.starts_with('@')) words = long_form(words);
    if (words.size() < fields.size()) {
      bad(end, "the " + std::string(fields[words.size()].what) + " is missing", five_fields);
    }
    if (words.size() > fields.size()) bad(words[fields.size()], "there is more than five fields", five_fields);
    take(cron.minutes_, read_field(words[0], fields[0]));
    take(cron.hours_, read_field(words[1], fields[1]));
    take(cron.days_, read_field(words[2], fields[2]));
    take(cron.months_, read_field(words[3], fields[3]));
    Set weekdays = read_field(words[4], fields[4]);
    if (weekdays[7]) weekdays.set(0);
    take(cron.weekdays_, weekdays);
    cron.any_day_ = words[2].text.starts_with('*');
    cron.any_weekday_ = words[4].text.starts_with('*');
    if (!cron.search(Time{})) bad(words[2], "no such day ever comes", "a day that the month has, such as 28");
    return cron;
  }

 private:
  static std::vector<Piece> long_form(const std::vector<Piece>& words) {
    if (words.size() > 1) bad(words[1], "nothing follows " + words[0].text, "leave the rest out");
    for (const auto& [name, meaning] : short_forms) {
      if (words[0].text == name) return words_of(meaning);
    }
    std::string all;
    for (const auto& [name, meaning] : short_forms) all += (all.empty() ? "" : ", ") + std::string(name);
    bad(words[0], "there is no schedule \"" + words[0].text + "\"", "one of " + all);
  }
};

std::variant<Cron, Fault> Cron::parse(std::string_view text) {
  try {
    return CronReader::read(text);
  } catch (const BadQuery& fault) {
    return fault.fault();
  }
}

bool Cron::on_day(std::chrono::sys_days day) const {
  const std::chrono::year_month_day date{day};
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool by_day = days_[static_cast<unsigned>(date.day())];
  const bool by_weekday = weekdays_[std::chrono::weekday{day}.c_encoding()];
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<Time> Cron::search(Time time) const {
  // A 29 February that is a certain day of the week comes every 28 years, or every 40 across 2100.
  constexpr std::chrono::days longest{41 * 366};
  Time at = std::chrono::floor<std::chrono::minutes>(time) + std::chrono::minutes{1};
  const std::chrono::sys_days from = std::chrono::floor<std::chrono::days>(at);
  for (std::chrono::sys_days day = from; day < from + longest; day += std::chrono::days{1}) {
    if (!on_day(day)) continue;
    const auto start = day == from ? (at - Time{day}) / std::chrono::minutes{1} : 0;
    for (auto minute = start; minute < 24 * 60; ++minute) {
      const auto each = static_cast<std::size_t>(minute);
      if (hours_[each / 60] && minutes_[each % 60]) return Time{day} + std::chrono::minutes{minute};
    }
  }
  return std::nullopt;
}

Time Cron::next_after(Time time) const {
  return search(time).value();  // a schedule without one is not read
}

}  // namespace cli
