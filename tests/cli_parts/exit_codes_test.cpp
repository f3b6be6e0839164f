#include "cli/exit_codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

using rotation::Ending;

namespace {

constexpr std::array documented{
    std::pair{Ending::ok, 0},      std::pair{Ending::internal, 1},       std::pair{Ending::usage, 2},
    std::pair{Ending::waiting, 3}, std::pair{Ending::needs_operator, 4}, std::pair{Ending::refused, 5},
    std::pair{Ending::unknown, 6}, std::pair{Ending::wrong_account, 7},  std::pair{Ending::held, 8},
    std::pair{Ending::storage, 9}, std::pair{Ending::tampered, 10},      std::pair{Ending::interrupted, 130}};

}  // namespace

// Invariant 21
TEST(ExitCodes, each_ending_has_its_documented_number) {
  static_assert(documented.size() == rotation::Words<Ending>::all.size());
  for (const auto& [ending, number] : documented) EXPECT_EQ(cli::exit_code(ending), number) << rotation::word(ending);
}

TEST(ExitCodes, of_several_rotations_the_first_of_the_documented_order_speaks) {
  const std::vector<int> order{1, 9, 10, 7, 6, 5, 8, 4, 3, 0};
  for (std::size_t worse = 0; worse < order.size(); ++worse) {
    for (std::size_t better = worse; better < order.size(); ++better) {
      std::vector<Ending> pair;
      for (const int number : {order[better], order[worse]}) {
        const auto* found = std::find_if(documented.begin(), documented.end(),
                                         [&](const auto& entry) { return entry.second == number; });
        pair.push_back(found->first);
      }
      EXPECT_EQ(cli::exit_code(cli::together(pair)), order[worse]) << order[worse] << " and " << order[better];
    }
  }
}

TEST(ExitCodes, no_rotation_at_all_is_ok) { EXPECT_EQ(cli::together({}), Ending::ok); }

TEST(ExitCodes, an_interrupt_is_not_hidden_by_a_rotation_that_waits) {
  const std::vector endings{Ending::waiting, Ending::interrupted, Ending::ok};
  EXPECT_EQ(cli::together(endings), Ending::interrupted);
}

TEST(ExitCodes, every_ending_has_its_place_among_several) {
  for (const auto& [ending, number] : documented) {
    EXPECT_EQ(std::count(cli::worst_first.begin(), cli::worst_first.end(), ending), 1) << rotation::word(ending);
  }
}
