#include "cli/joining.hpp"

#include "rotation/pins.hpp"
#include "rotation/stops.hpp"

namespace cli {

rotation::Trouble no_joining(const rotation::View& view, std::string message, std::string hint) {
  return rotation::Trouble{rotation::Ending::needs_operator,
                           {.message = std::move(message), .keys = rotation::keys_now(view), .hint = std::move(hint)}};
}

rotation::Draft joining(House& house, const rotation::View& view, const rotation::LocationSpec& spec,
                        rotation::Location& place) {
  const auto answer = place.read();
  const rotation::Holding* holding = rotation::done(answer);
  const std::string name = "Location " + spec.name.text();
  if (const auto* no = rotation::refused(answer))
    throw no_joining(view, name + ": " + no->message, "mend it, then try again");
  if (const auto* lost = rotation::unknown(answer)) throw no_joining(view, name + ": " + lost->why, "try again");
  rotation::Start::Told told{.custody = holding->custody, .mark = holding->mark, .holds = holding->id};
  const bool ours = holding->id == view.old_key || (view.new_key && holding->id == *view.new_key);
  const bool unseen = holding->custody == rotation::Custody::by_hand || !holding->mark.empty();
  if (unseen) told.holds = view.old_key;
  if (ours || unseen) return rotation::location_added(spec, told, house.now());
  throw no_joining(
      view, name + " holds " + (holding->id ? holding->id->text() : "no key") + ", which is no key of this rotation.",
      "put " + view.old_key.text() + " there, or leave it out");
}

}  // namespace cli
