#include "cli/reports.hpp"

#include <algorithm>

namespace cli {

std::vector<rotation::Need> needs_of(const rotation::Row& row, const rotation::Policy& policy) {
  using rotation::Need;
  using rotation::Step;
  std::vector<Need> needs;
  const bool waits = (row.step == Step::verify && policy.quiet + policy.lag > rotation::Seconds{0}) ||
                     (row.step == Step::delete_key && policy.grace > rotation::Seconds{0});
  if (waits) needs.push_back(Need::wait);
  if (policy.confirm.contains(row.step)) needs.push_back(Need::confirm);
  return needs;
}

bool fully_restorable(const rotation::Prospect& prospect) {
  return std::all_of(prospect.locations.begin(), prospect.locations.end(),
                     [](const rotation::SurveyedLocation& location) { return location.restorable; });
}

}  // namespace cli
