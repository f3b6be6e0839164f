// What this provider needs of the machine, as arguments: tests put their own in.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "providers/http/message.hpp"
#include "rotation/time.hpp"

namespace calling {

using rotation::Millis;

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// Asks a person for the code of an MFA device; nullopt: there is nobody to ask.
using AskCode = std::function<std::optional<std::string>(const std::string& device)>;

struct World {
  Environment env;                       // a variable that is set but empty counts as not set
  std::function<http::SysMillis()> now;  // this machine's wall clock, uncorrected
  std::function<bool(Millis)> sleep;     // false: interrupted
  std::function<double()> random;        // [0, 1)
  std::function<bool()> interrupted;     // a signal asks us to stop; ends reads only
  AskCode ask_code;
};

// This process's own environment, clock and chance; nobody to ask, never interrupted.
[[nodiscard]] World real_world();

// "~/" by the environment's HOME; other text is unchanged.
[[nodiscard]] std::filesystem::path home_path(const Environment& env, std::string_view text);

}  // namespace calling
