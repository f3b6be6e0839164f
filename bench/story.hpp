// What a whole rotation writes into the journal, in the words and with the attachments that the engine uses.
#pragma once

#include <vector>

#include "bench/cast.hpp"
#include "rotation/ports.hpp"

namespace bench {

struct Line {
  rotation::Draft draft;
  rotation::Attachments attachments;
};

// All five steps after `started`, to completed: 14 lines, and two for each look at last-used.
[[nodiscard]] std::vector<Line> five_steps(const Cast& cast, const rotation::Instant& now, int looks);
// So many looks make a whole rotation about 40 records.
inline constexpr int usual_looks = 12;
// The fewest that verify takes: two of each key.
inline constexpr int fewest_looks = 2;

}  // namespace bench
