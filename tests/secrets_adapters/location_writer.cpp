// Hands the pair in one location over, and nothing else: the process that the crash tests kill.
#include <cstdio>
#include <string>

#include "secrets_adapters/registry.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;

// As the engine does in this rotation: it reads, and writes unless the pair is there or proposed.
std::string go_on(rotation::Location& place, const std::string& id, const std::string& secret,
                  rotation::Direction way) {
  const auto seen = place.read();
  const auto* held = rotation::done(seen);
  if (held == nullptr) return said(seen);
  if (held->id && held->id->text() == id && !held->proposed) return "done";
  return said(place.write({*held, AccessKeyId(id), Secret(secret), way}));
}

}  // namespace

// location_writer [--forward ROTATION | --back ROTATION] TYPE NAME=VALUE…
int main(int count, char** words) {
  const std::string way = count > 3 ? words[1] : "";
  const bool as_engine = way == "--forward" || way == "--back";
  const int first = as_engine ? 3 : 1;
  if (count <= first) return 2;
  rotation::LocationSpec spec{
      .name = rotation::LocationName("laptop"), .type = words[first], .optional = false, .settings = {}};
  for (int n = first + 1; n < count; ++n) {
    const std::string setting = words[n];
    const std::size_t mark = setting.find('=');
    if (mark == std::string::npos) return 2;
    spec.settings[setting.substr(0, mark)] = setting.substr(mark + 1);
  }
  secrets_adapters::Surroundings surroundings;
  if (as_engine) surroundings.rotation = words[2];
  const auto place = secrets_adapters::make_location(spec, surroundings);
  const std::string answer = way == "--forward" ? go_on(*place, new_id, new_secret, rotation::Direction::forward)
                             : way == "--back"  ? go_on(*place, old_id, old_secret, rotation::Direction::back)
                                                : said(hand_over(*place));
  std::fprintf(stderr, "%s\n", answer.c_str());
  return answer == "done" ? 0 : 1;
}
