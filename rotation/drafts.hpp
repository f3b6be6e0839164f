// The records that the engine writes, each built in one place.
#pragma once

#include <optional>
#include <string>

#include "rotation/decide.hpp"

namespace rotation {

[[nodiscard]] Draft intent(const Perform& perform, const AttemptId& attempt, const Instant& now);
// The outcome of the open intent for `op`, in the words of its own intent.
[[nodiscard]] Draft outcome(const Pending& pending, Outcome outcome, const Instant& now);
// A row of the table that needs no effect of its own: deploy complete, verify passed, verify undone.
[[nodiscard]] Draft row_done(Step step, Direction direction, const Instant& now);
// Lets the record move the rotation along the table.
[[nodiscard]] Draft moving(Draft draft, State to);

// What the last sample says of the key's use: what a later look is compared with.
void put_last_use(Draft& draft, const View& view, const AccessKeyId& key);

[[nodiscard]] Draft observation(std::string what, const Instant& now);
[[nodiscard]] Draft decision(std::string what, const Instant& now);
[[nodiscard]] Draft attention_draft(const Attention& attention, const Instant& now);
[[nodiscard]] Draft sample_draft(const AccessKeyId& key, const Answer<LastUsed>& answer, const Instant& now);
[[nodiscard]] Draft location_seen(const LocationView& location, const std::optional<AccessKeyId>& holds,
                                  LocationState state, const Instant& now);

}  // namespace rotation
