// A small fleet whose every series is known.
#pragma once

#include <string>

#include "inventory/key_row.hpp"
#include "inventory/metrics.hpp"

namespace samples {

inline constexpr rotation::Time now{std::chrono::seconds{1'750'000'000}};

inventory::MetricAccount account(const std::string& name);
// A key of the first account, so many days old.
inventory::MetricKey key(const std::string& user, const std::string& label, int days);
// One account, one key of "ci", 100 days old and used a day ago.
inventory::Metrics one_key();
// The same with a rotation in each way in which one shows.
inventory::Metrics everything();

inventory::KeyRow row(const std::string& account, const std::string& user, const std::string& key);

}  // namespace samples
