// The clouds that this version knows, as data: what the config may say of an account, where the vendor's tools keep
// credentials, what a doctor looks for. No network stands behind it, so that every command can ask.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "rotation/time.hpp"

namespace known {

// A file of the vendor's own tools that says who signs.
struct File {
  std::string_view pin;         // what a rotation's connection calls it
  std::string_view variable;    // moves it
  std::string_view usual;       // where it is otherwise
  std::string_view other = {};  // or here, where that one is missing
};

// One of them that holds profiles with keys, and the location type of such a key.
struct ProfileFile {
  std::string_view pin;
  std::string_view location_type;
};

struct Endpoint {
  std::string_view name;  // as the config has it
  bool rotates = true;    // every rotation needs it; the others serve queries and locations
};

struct Kind {
  std::string_view name;   // as the config has it
  std::string_view title;  // for people
  std::span<const Endpoint> endpoints;
  std::size_t account_id_digits = 0;
  std::string_view user_name_marks;  // beside letters and digits
  rotation::Seconds granularity{};   // of last-used
  std::span<const File> files;
  std::span<const ProfileFile> profile_files;  // the first that has the profile counts
  std::span<const std::string_view> actions;   // that a rotation calls, in the words of its policies
  std::string_view list_action;                // that `keys` needs beside them
  std::string_view policy;                     // where the least policy stands
  std::string_view age_metric, age_source;     // what Wavefront calls the age of its keys
};

[[nodiscard]] std::span<const Kind> kinds();
// nullptr for a name that none has.
[[nodiscard]] const Kind* kind(std::string_view name);
// Of an account that was read from a config, so its provider is known; the first one for any other name.
[[nodiscard]] const Kind& kind_or_first(std::string_view name);

[[nodiscard]] bool is_user_name(const Kind& kind, std::string_view name);  // at most 64 characters

}  // namespace known
