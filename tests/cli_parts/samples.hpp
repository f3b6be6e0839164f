// Rotations, records and surveys as they look in the middle of things.
#pragma once

#include "cli/reports.hpp"
#include "rotation/engine.hpp"
#include "rotation/record.hpp"
#include "rotation/view.hpp"

namespace cli_parts_test {

inline constexpr const char* old_id = "AKIAIOSFODNN7OLDKEY1";
inline constexpr const char* new_id = "AKIAIOSFODNN7NEWKEY2";

[[nodiscard]] rotation::Time at(const char* rfc3339);
[[nodiscard]] rotation::Target target();
// 2026-01-02T12:00:00Z, the `now` of every rendering.
[[nodiscard]] rotation::Time noon();

[[nodiscard]] rotation::View planned();
[[nodiscard]] rotation::View deployed();    // two locations, one of them optional; samples of both keys
[[nodiscard]] rotation::View in_trouble();  // created, a create's orphan in attention, a location failed and pending
[[nodiscard]] rotation::View going_back();
[[nodiscard]] rotation::View completed();
[[nodiscard]] rotation::View retiring();
[[nodiscard]] rotation::Next next_of_deployed();
[[nodiscard]] cli::Failure waiting();
[[nodiscard]] rotation::Prospect prospect();
[[nodiscard]] rotation::Turned turned();
[[nodiscard]] rotation::Record intent();
[[nodiscard]] rotation::Record single_call();
[[nodiscard]] cli::KeysReport keys();

}  // namespace cli_parts_test
