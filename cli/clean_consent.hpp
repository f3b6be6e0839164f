// The one question for all keys of a clean.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/clean.hpp"
#include "cli/style.hpp"

namespace cli {

// A line of the question: which key, and what will become of it when.
struct AskedKey {
  KeyRow row;
  std::optional<rotation::Time> off_from;  // empty: it is off already
  rotation::Time gone_from{};
};
[[nodiscard]] std::vector<AskedKey> asked_keys(const std::vector<CleanStart>& starts, rotation::Time now);
[[nodiscard]] AskedKey asked_key(const KeyRow& row, const rotation::View& open, rotation::Time now);

[[nodiscard]] std::string asked_text(const std::vector<AskedKey>& keys, rotation::Time now, const Style& style);
// Shows them and wants their number typed. False: nobody is there, or something else was typed.
[[nodiscard]] bool ask_once(House& house, const std::vector<AskedKey>& keys);

[[nodiscard]] std::string counted_keys(std::size_t count);  // "1 key", "400 keys"
// The command as it was typed.
[[nodiscard]] std::string same_words(const Options& options);

}  // namespace cli
