#include "tests/inventory/noise.hpp"

#include <array>

#include "inventory/query_parse.hpp"
#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

// Every kind of operand, with words that need their quotes.
constexpr std::array comparisons{"account = prod",
                                 "user = app",
                                 "user != 'or'",
                                 "user in [app, \"x y\", 'a\"b']",
                                 "user not in [fresh]",
                                 "user ~ '^a.p\\d*$'",
                                 "user !~ '\\\\\\\\'",
                                 "status = Active",
                                 "status not in [Active, Inactive]",
                                 "age > 90d",
                                 "age <= 1201h",
                                 "idle > 90d",
                                 "idle < 7s",
                                 "created < 2026-01-31",
                                 "created != 2026-01-31T01:02:03Z",
                                 "last_used >= 2026-01-31",
                                 "service = s3",
                                 "service != 'ü'",
                                 "region ~ eu",
                                 "never_used",
                                 "never_used != true",
                                 "slots = 2",
                                 "slots not in [1, 3]",
                                 "is(access_key)"};

}  // namespace

std::size_t thrown(Dice& dice, std::size_t sides) { return dice() % sides; }

Condition any_condition(Dice& dice, int depth) {
  if (depth == 0 || thrown(dice, 4) == 0) return parse_query(comparisons[thrown(dice, comparisons.size())]).condition();
  switch (thrown(dice, 3)) {
    case 0: return negation(any_condition(dice, depth - 1));
    case 1: return all({any_condition(dice, depth - 1), any_condition(dice, depth - 1)});
    default: return any({any_condition(dice, depth - 1), any_condition(dice, depth - 1)});
  }
}

KeyRow any_row(Dice& dice) {
  const auto all = rows();
  KeyRow row = all[thrown(dice, all.size())];
  if (thrown(dice, 2) == 0) row.key.created_at = days_ago(static_cast<int>(thrown(dice, 400)));
  if (row.used && row.used->at && thrown(dice, 2) == 0) row.used->at = days_ago(static_cast<int>(thrown(dice, 400)));
  if (row.used && thrown(dice, 4) == 0) row.used->service = "";
  row.slots = thrown(dice, 3);
  return row;
}

}  // namespace inventory::testing
