// The credential report's table (IAM user guide, "Getting credential reports"): read by the names of its columns, for
// AWS appends new ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/listing.hpp"

namespace aws_iam {

// nullopt where a column is missing or a line is malformed; what is wrong is put into `what`. The root account is left
// out: it is no user.
[[nodiscard]] std::optional<std::vector<rotation::ReportedUser>> read_report(std::string_view csv, std::string& what);

}  // namespace aws_iam
