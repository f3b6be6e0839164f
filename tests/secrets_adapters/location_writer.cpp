// Hands the pair in one location over, and nothing else: the process that the crash test kills.
#include <cstdio>
#include <string>

#include "secrets_adapters/registry.hpp"
#include "tests/secrets_adapters/places.hpp"

// location_writer TYPE NAME=VALUE…
int main(int count, char** words) {
  if (count < 2) return 2;
  rotation::LocationSpec spec{
      .name = rotation::LocationName("laptop"), .type = words[1], .optional = false, .settings = {}};
  for (int n = 2; n < count; ++n) {
    const std::string setting = words[n];
    const std::size_t mark = setting.find('=');
    if (mark == std::string::npos) return 2;
    spec.settings[setting.substr(0, mark)] = setting.substr(mark + 1);
  }
  const std::string answer = places::said(places::hand_over(*secrets_adapters::make_location(spec)));
  std::fprintf(stderr, "%s\n", answer.c_str());
  return answer == "done" ? 0 : 1;
}
