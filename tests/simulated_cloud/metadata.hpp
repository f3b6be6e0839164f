#pragma once

#include <optional>
#include <string_view>

#include "cloud.hpp"

namespace simulated_cloud {

// The IMDSv2 session token, and what the container endpoint wants in its Authorization header.
inline constexpr std::string_view metadata_token = "AQAEsimulated-metadata-token==";

// The machine's own credentials: IMDSv2 and ECS's metadata under /latest/, the container endpoint at
// /_container/credentials, a credentials URI at /_uri/credentials; sessions of the first role of the first account that
// has one in that cloud. nullopt if the request is for none of them.
[[nodiscard]] std::optional<Reply> answer_metadata(World& world, const Request& request);

}  // namespace simulated_cloud
