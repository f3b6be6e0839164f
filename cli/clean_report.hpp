// A clean, as it is shown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/clean.hpp"
#include "cli/clean_rehearse.hpp"
#include "cli/style.hpp"

namespace cli {

// {"batch","started":[…],"refused":[…],"rotations":[…]}, and what is beside them.
[[nodiscard]] std::string clean_json(const CleanReport& report, rotation::Instant now);
// The same of a dry run: each key with the records that it would leave.
[[nodiscard]] std::string rehearsal_json(const CleanReport& report, std::span<const RehearsedKey> keys);
// The same of a plan; of one without a key there is no file.
[[nodiscard]] std::string planned_json(const CleanReport& report, const std::string& file);

// A row for each key that was acted on, or that would be; and the same as sentences, for a log.
[[nodiscard]] std::string acted_text(const CleanReport& report, rotation::Instant now, const Style& style);
[[nodiscard]] std::vector<std::string> acted_lines(const CleanReport& report);
[[nodiscard]] std::string refused_text(const CleanReport& report, const Style& style);
[[nodiscard]] std::string rehearsal_text(std::span<const RehearsedKey> keys, const Style& style);
// How many matched, what the caps leave over, who was told.
[[nodiscard]] std::string summary_text(const CleanReport& report, const Style& style);

// Of all rotations and refusals together.
[[nodiscard]] rotation::Ending ending_of(const CleanReport& report);
// Of the run as a whole: what stopped it, or that keys which fit were left alone. A rotation has its own.
[[nodiscard]] std::optional<Failure> failure_of(const CleanReport& report);

}  // namespace cli
