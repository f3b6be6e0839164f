// Schedules as crontab(5) writes them, in UTC: "0 3 * * mon-fri", "@hourly".
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "inventory/query_parse.hpp"
#include "rotation/time.hpp"

namespace cli {

class Cron {
 public:
  // A schedule, or what cannot be read and where. One that never comes ("0 0 31 2 *") cannot be read either.
  [[nodiscard]] static std::variant<Cron, inventory::Fault> parse(std::string_view text);

  // The first time after `time` that the schedule means.
  [[nodiscard]] rotation::Time next_after(rotation::Time time) const;
  // As it was written, blanks apart.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend class CronReader;
  [[nodiscard]] bool on_day(std::chrono::sys_days day) const;
  [[nodiscard]] std::optional<rotation::Time> search(rotation::Time time) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    // of the month, from 1
  std::bitset<13> months_;  // from 1
  std::bitset<7> weekdays_;
  // crontab(5): where both say which days, a day that fits one of them is meant; a field that begins with * says none.
  bool any_day_ = true, any_weekday_ = true;
};

}  // namespace cli
