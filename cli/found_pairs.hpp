// How a place that a search found could be described as a location: by its file's form, the secret found by its name.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "rotation/ports.hpp"
#include "secrets_adapters/eyaml_search.hpp"
#include "secrets_adapters/key_search.hpp"

namespace cli {

struct FoundSpot {
  const secrets_adapters::SearchedFile& file;
  const secrets_adapters::Spot& spot;
};

// A location without a name, or why a person must describe the place. Every description is tried: the location reads
// the key and a secret of it, and says that it could write. `taken`: descriptions that are spoken for.
[[nodiscard]] std::variant<rotation::LocationSpec, std::string> describe_spot(
    const FoundSpot& found, const rotation::AccessKeyId& key,
    const std::vector<secrets_adapters::EyamlKeyFiles>& eyaml_keys, const std::vector<rotation::LocationSpec>& taken);

}  // namespace cli
