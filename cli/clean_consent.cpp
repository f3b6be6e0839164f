#include "cli/clean_consent.hpp"

#include <algorithm>

#include "cli/output.hpp"
#include "cli/table.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Seconds;
using rotation::Time;

constexpr const char* off_already = "is off";

AskedKey asked(const KeyRow& row, const rotation::Policy& policy, const rotation::Batch& batch, Time now) {
  // Two samples are needed before the first act, and the owner's time to object.
  const Time acts_from = now + policy.check_every + batch.warn_before;
  if (!batch.was_off) return {.row = row, .off_from = acts_from, .gone_from = acts_from + policy.grace};
  return {.row = row, .off_from = {}, .gone_from = std::max(acts_from, batch.off_since.value_or(now) + policy.grace)};
}

std::string when(Time time, Time now) { return time <= now ? "now" : rotation::rfc3339(time); }

// In ten columns: a date, and of what is near how near.
std::string day(Time time, Time now) {
  if (time <= now) return "now";
  if (time - now < std::chrono::hours{24}) return "in " + rotation::about(time - now);
  return rotation::rfc3339(time).substr(0, std::string_view{"2026-01-31"}.size());
}

std::string last_use(const KeyRow& row, Time now) {
  if (!row.used) return "not known";
  if (!row.used->at) return "never";
  return rotation::about(std::max(now - *row.used->at, Seconds{0})) + " ago";
}

}  // namespace

std::vector<AskedKey> asked_keys(const std::vector<CleanStart>& starts, Time now) {
  std::vector<AskedKey> keys;
  for (const CleanStart& each : starts) {
    keys.push_back(asked(each.row, each.prospect.start.policy, *each.prospect.start.batch, now));
  }
  return keys;
}

AskedKey asked_key(const KeyRow& row, const rotation::View& open, Time now) {
  return asked(row, open.policy, *open.batch, now);
}

std::string asked_text(const std::vector<AskedKey>& keys, Time now, const Style& style) {
  // Hundreds of keys are read line by line: what is the same for all of them is said once, below.
  const auto off = [&](const AskedKey& each) { return each.off_from ? when(*each.off_from, now) : off_already; };
  const auto gone = [&](const AskedKey& each) { return when(each.gone_from, now); };
  const auto differ = [&](const auto& of) {
    return std::ranges::any_of(keys, [&](const AskedKey& each) { return of(each) != of(keys.front()); });
  };
  const bool off_differs = differ(off), gone_differs = differ(gone);
  std::vector<Column> columns{{"ACCOUNT/USER", Wrap::hang}, {"KEY"}, {"AGE"}, {"LAST USED"}};
  if (off_differs) columns.push_back({"OFF FROM"});
  if (gone_differs) columns.push_back({"GONE FROM"});
  Table table(columns);
  for (const AskedKey& each : keys) {
    const KeyRow& row = each.row;
    std::vector<Cell> cells{{visible(row.account.text() + "/" + row.user.text())},
                            {visible(row.key.id.text())},
                            {rotation::about(std::max(now - row.key.created_at, Seconds{0}))},
                            {last_use(row, now)}};
    if (off_differs) cells.push_back({each.off_from ? day(*each.off_from, now) : off_already});
    if (gone_differs) cells.push_back({day(each.gone_from, now)});
    table.add(std::move(cells));
  }
  std::string same;
  if (!off_differs) same = keys.front().off_from ? "off from " + off(keys.front()) : off_already;
  if (!gone_differs) same += (same.empty() ? "" : ", ") + ("gone from " + gone(keys.front()));
  return table.text(style) + (same.empty() ? "" : paragraph("All: " + same + ".", 0, style));
}

std::string counted_keys(std::size_t count) { return std::to_string(count) + (count == 1 ? " key" : " keys"); }

std::string same_words(const Options& options) {
  std::string text = "keybaton";
  for (const std::string& word : options.words) text += " " + rotation::quoted(word == "--yes=all" ? "--yes" : word);
  return text;
}

bool ask_once(House& house, const std::vector<AskedKey>& keys) {
  TerminalOperator& person = house.person();
  if (!person.somebody_there()) return false;
  const Style style = err_style(house.options());
  const std::string number = std::to_string(keys.size());
  warn("\n" + asked_text(keys, house.now().wall, style) + "\n" +
       paragraph("Each is deactivated once two looks show it quiet and nothing holds it, and deleted once its grace is "
                 "over. A use of a key ends this for that key. Until its delete one command turns each on again: "
                 "keybaton rollback, with the batch's id.",
                 0, style));
  const auto typed = person.ask_line("Type " + number + ", their number, to agree to deactivate and delete " +
                                     (keys.size() == 1 ? "this key:" : "these " + number + " keys:"));
  if (typed == number) return true;
  warn(typed ? "That is another number. Nothing is done.\n" : "Nothing was typed, so nothing is done.\n");
  return false;
}

}  // namespace cli
