#include "rotation/by_hand.hpp"

#include <optional>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/stops.hpp"

namespace rotation {
namespace {

Problem nothing(const View& view, std::string message, std::string hint) {
  return {.message = std::move(message), .keys = keys_now(view), .hint = std::move(hint)};
}

std::string status_command(const View& view) { return "keybaton status " + view.id.text(); }

// What keeps anybody from showing or confirming anything there.
std::optional<Problem> in_the_way(const View& view, const LocationName& name) {
  const LocationView* location = view.find(name);
  if (location == nullptr) {
    return nothing(view, "This rotation has no location named " + name.text() + ".", status_command(view));
  }
  if (!view.open()) {
    return nothing(view, "This rotation is " + std::string(word(view.state)) + ": nothing is left to do by hand.",
                   status_command(view));
  }
  if (location->custody != Custody::by_hand) {
    return nothing(view, "Location " + name.text() + " is no manual one: keybaton writes it itself.",
                   resume_command(view));
  }
  const bool ready = view.new_key && view.probed_at;
  if (!ready) {
    return nothing(view, "There is no new key yet that could go into " + name.text() + ".", resume_command(view));
  }
  return std::nullopt;
}

bool goes_back(const View& view) { return view.direction == Direction::back; }

}  // namespace

std::variant<Revelation, Problem> reveal(const View& view, const LocationName& name, const Instant& now) {
  if (auto problem = in_the_way(view, name)) return *std::move(problem);
  if (goes_back(view) && (view.old_maybe_inactive || view.old_deleted)) {
    return nothing(view, "The old key is not known to work yet: whoever is given it now would be down.",
                   resume_command(view));
  }
  Draft draft = decision("reveal", now);
  draft.location = name;
  draft.key = goes_back(view) ? view.old_key : *view.new_key;
  std::string purpose = "new";
  if (goes_back(view)) {
    const LocationView* from = view.old_secret_of(*view.find(name));
    if (from == nullptr) {
      return nothing(
          view,
          "The old secret is not sealed here: no location of this rotation showed it. Put it back from where "
          "you have it, or give the place up.",
          resume_command(view) + " --accept waive_location:" + name.text());
    }
    purpose = purpose_of(from->spec.name);
  }
  const AccessKeyId key = *draft.key;
  return Revelation{.key = key, .purpose = std::move(purpose), .draft = std::move(draft)};
}

std::variant<Draft, Problem> confirm(const View& view, const LocationName& name, const std::string& note,
                                     const Instant& now) {
  if (auto problem = in_the_way(view, name)) return *std::move(problem);
  const LocationView& location = *view.find(name);
  const AccessKeyId& key = goes_back(view) ? view.old_key : *view.new_key;
  const LocationState there = goes_back(view) ? LocationState::restored : LocationState::confirmed;
  if (location.state == there) {
    return nothing(view, "It is confirmed already that " + name.text() + " holds " + key.text() + ".",
                   resume_command(view));
  }
  if (goes_back(view) && !location.ever_written) {
    return nothing(view, name.text() + " was never given the new key: there is nothing to put back.",
                   resume_command(view));
  }
  Draft draft = decision("confirm", now);
  draft.direction = view.direction;
  draft.location = name;
  draft.key = key;
  draft.detail["note"] = note;
  return draft;
}

}  // namespace rotation
