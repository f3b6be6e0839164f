// The config that `keybaton init` writes: commented, and valid as it stands.
#pragma once

#include <span>
#include <string>

#include "providers/known/kinds.hpp"

namespace cli {

struct FoundProfile {
  std::string name;
  std::string provider{known::kinds().front().name};
  bool has_keys = false;  // holds an access key of its own in the credentials file
};

// An account for each profile; targets and policy stand as comments, ready to be filled in.
[[nodiscard]] std::string init_text(std::span<const FoundProfile> profiles);

}  // namespace cli
