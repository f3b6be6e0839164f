// What this very process still holds in memory. The text that is looked for is masked, so that no copy of the test's
// own is the secret itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tests {

// Masking twice gives the text back.
[[nodiscard]] std::string masked(std::string_view text);

// A 12-byte piece of the masked text stands in these bytes, unmasked.
[[nodiscard]] bool holds(std::string_view bytes, const std::string& masked);

// The lines of /proc/self/maps whose writable memory holds such a piece.
[[nodiscard]] std::vector<std::string> places_that_hold(const std::string& masked);

}  // namespace tests
