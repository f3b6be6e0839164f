// What the clouds' accesses in the cloud module share: the environment as it was pinned, and this process's world.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/cloud_access.hpp"
#include "providers/calling/world.hpp"
#include "providers/http/transport.hpp"

namespace cli::cloud_parts {

// A pinned setting; nullopt where it is missing or empty.
[[nodiscard]] std::optional<std::string> pinned(const rotation::Connection& connection, const std::string& key);
// The environment as it was when the connection was pinned, where that matters: another file of credentials today must
// not lead a resume to other credentials.
[[nodiscard]] calling::Environment environment(const rotation::Connection& connection);
[[nodiscard]] calling::World world(const rotation::Connection& connection, const CloudNeeds& needs);
[[nodiscard]] std::map<std::string, std::string> endpoints(const rotation::Connection& connection);
[[nodiscard]] std::function<void(const http::LogLine&)> log(const CloudNeeds& needs);

[[nodiscard]] std::unique_ptr<CloudAccess> open_aws(const rotation::Connection& connection, const CloudNeeds& needs);
[[nodiscard]] std::unique_ptr<CloudAccess> open_alibaba(const rotation::Connection& connection,
                                                        const CloudNeeds& needs);

}  // namespace cli::cloud_parts
