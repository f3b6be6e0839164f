#include <charconv>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"

namespace cli {
namespace {

constexpr rotation::Seconds shortest{60}, longest = std::chrono::days{7};
constexpr std::size_t most_rotations = 1000;

rotation::Seconds read_every(const yaml::Value& value) {
  const rotation::Seconds every = yaml::duration(value);
  if (every < shortest || every > longest) {
    yaml::wrong(value, value.what + " wants a time from " + rotation::duration_text(shortest) + " to " +
                           rotation::duration_text(longest) + ".");
  }
  return every;
}

std::size_t read_most(const yaml::Value& value) {
  const std::string text = value.node.IsScalar() && value.node.Tag() != "!" ? value.node.Scalar() : std::string();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && !text.empty() && end == text.data() + text.size();
  if (!good || number > most_rotations) {
    yaml::wrong(value,
                value.what + " wants a number from 0 to " + std::to_string(most_rotations) + ", without quotes.");
  }
  return number;
}

}  // namespace

RunSettings parts::read_run(const yaml::Value& value) {
  RunSettings run;
  yaml::read(value, {{"every", [&](const yaml::Value& entry) { run.every = read_every(entry); }},
                     {"max_rotations", [&](const yaml::Value& entry) { run.max_rotations = read_most(entry); }}});
  return run;
}

}  // namespace cli
