// Whoever sits before the fake world: does what he is told, and finds what only a person can find.
#include "fake_process.hpp"

namespace fake {
Command follow(const World& world, const Result& result) {
  Command next;
  const std::string hint = result.problem ? result.problem->hint : "";
  next.rollback = hint.find("keybaton rollback") != std::string::npos || world.view.direction == Direction::back;
  if (const auto at = hint.find("keybaton reveal "); at != std::string::npos) {
    next.by_hand = LocationName{hint.substr(hint.find_last_of(' ') + 1)};
  }
  if (const auto at = hint.find("--accept "); at != std::string::npos) {
    const auto end = hint.find_first_of(" .", at + 9);
    next.accept.insert(hint.substr(at + 9, end == std::string::npos ? end : end - at - 9));
  }
  if (result.ending == Ending::interrupted) next.wait = false;
  const std::string text = result.problem ? result.problem->message + hint : "";
  const bool can_be_mended = text.find("is still used") != std::string::npos;
  if (text.find("--override") != std::string::npos && !can_be_mended) next.override_reason = "told to";
  return next;
}

bool reviewer_merges(World& world) {
  bool any = false;
  for (auto& [name, place] : world.places) {
    if (!place.proposed || world.view.find(name)->state != LocationState::proposed) continue;
    merge(world, place);
    any = true;
  }
  return any;
}

bool person_clears(World& world, const Result& result) {
  // Somebody lives on the key that goes: the person finds who, and gives him the one that stays.
  if (result.problem && result.problem->message.find("is still used") != std::string::npos) {
    const bool back = world.view.direction == Direction::back;
    const std::optional<AccessKeyId> going = back ? world.view.new_key : old_id;
    for (auto& [name, place] : world.places) {
      if (place.id == going) place_holds(place, back ? old_id : world.view.new_key);
    }
    return true;
  }
  // The old pair, put back by hand where no secret of it is left.
  const bool by_hand =
      result.problem && result.problem->message.find("old pair back there by hand") != std::string::npos;
  if (by_hand && result.problem->hint.find("--accept") == std::string::npos) {
    for (auto& [name, place] : world.places) {
      const bool named = result.problem->message.find(name.text()) != std::string::npos;
      if (place.id == world.view.new_key && named) place_holds(place, old_id);
    }
    return true;
  }
  const bool stranger = world.view.attention && world.view.attention->code == AttentionCode::stranger;
  const bool no_room = result.problem && result.problem->message.find("to make room") != std::string::npos;
  const bool only_by_hand = stranger && world.view.attention->hint.find("rollback") == std::string::npos &&
                            world.view.attention->accept.empty();
  if (!only_by_hand && !no_room) return false;
  world.keys_before = world.keys;
  for (auto at = world.keys.begin(); at != world.keys.end();) {
    const bool theirs = at->first != old_id && at->first != world.view.new_key;
    at = theirs ? world.keys.erase(at) : std::next(at);
  }
  return true;
}

}  // namespace fake
