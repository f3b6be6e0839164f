#include "cli/key_id.hpp"

#include <algorithm>

#include "cli/options.hpp"

namespace cli {

rotation::AccessKeyId key_id_of(const std::string& word, const std::string& command) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (word.size() < 16 || word.size() > 28 || !std::ranges::all_of(word, fits)) {
    throw usage("That is no access key id.", command + ": 16 to 28 letters and digits");
  }
  return rotation::AccessKeyId{word};
}

}  // namespace cli
