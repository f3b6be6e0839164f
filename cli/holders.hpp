// Who still holds an access key: every configured location, the credentials file, and the text files of search_paths.
#pragma once

#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "rotation/names.hpp"

namespace cli {

struct Holder {
  std::string place;    // "location laptop of prod/support-api", or a file's path
  std::string trouble;  // not empty: it could not be read, so it may hold the key
};

// Places that hold the key, and those that could not be read. Files that are binary or above 16 MiB are passed over,
// as are directories named .git; a search path that is not there counts as one that could not be read.
[[nodiscard]] std::vector<Holder> holders_of(House& house, const Config& config, const Aim& aim,
                                             const rotation::AccessKeyId& key);

// The same places for a retire to pin: they are looked at again before the key is switched off, and before it is
// deleted. A location is named "TARGET:NAME", a file or a directory by its path. What lives in a cloud is watched in
// the cloud of the account alone: the rotation is connected to no other.
[[nodiscard]] std::vector<rotation::LocationSpec> places_to_watch(const Config& config, const Aim& aim,
                                                                  const rotation::AccessKeyId& key);

}  // namespace cli
