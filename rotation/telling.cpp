#include "rotation/telling.hpp"

#include <algorithm>

namespace rotation {
namespace {

std::string key_of(const Draft& draft) { return draft.key ? draft.key->text() : std::string("the key"); }
std::string place_of(const Draft& draft) {
  return draft.location ? draft.location->text() : std::string("the location");
}

// The intent of an earlier moment, as a read of the world has settled it.
std::string settled(const Draft& draft, Op op) {
  if (draft.outcome == Outcome::half_done && op == Op::create_key) {
    return key_of(draft) + " was made, but its secret never arrived";
  }
  const bool place = op == Op::write_location || op == Op::restore_location;
  if (draft.outcome == Outcome::half_done && place) return "the write to " + place_of(draft) + " may be half-done";
  if (draft.outcome == Outcome::done && get(draft.detail, "location_state") == word(LocationState::proposed)) {
    return key_of(draft) + " is proposed for " + place_of(draft);
  }
  if (draft.outcome != Outcome::done) {
    switch (op) {
      case Op::create_key: return "the create that was begun made no key";
      case Op::write_location: return "the write to " + place_of(draft) + " that was begun is not to be seen there";
      case Op::restore_location: return place_of(draft) + " was not put back yet";
      case Op::activate_key: return key_of(draft) + " is still off";
      case Op::deactivate_key: return key_of(draft) + " is still Active";
      case Op::delete_key: return key_of(draft) + " is still there";
      case Op::undelete_key: return key_of(draft) + " is still gone";
    }
  }
  switch (op) {
    case Op::create_key: return key_of(draft) + " was made";
    case Op::write_location: return place_of(draft) + " holds " + key_of(draft);
    case Op::restore_location: return place_of(draft) + " holds " + key_of(draft) + " again";
    case Op::activate_key: return key_of(draft) + " is Active";
    case Op::deactivate_key: return key_of(draft) + " is Inactive";
    case Op::delete_key: return key_of(draft) + " is gone";
    case Op::undelete_key: return key_of(draft) + " is back from the recycle bin";
  }
  return {};
}

std::string undone(const View& before, Step step) {
  switch (step) {
    case Step::create: return "closed: the new key is gone";
    case Step::deploy:
      if (before.direction != Direction::back) return "to be done again";
      return std::ranges::all_of(
                 before.locations,
                 [](const LocationView& each) { return !each.ever_written || each.state == LocationState::restored; })
                 ? "every location holds the old key again"
                 : "what could be put back holds the old key again";
    case Step::verify: return before.direction == Direction::back ? "nothing to undo" : "to be done again";
    case Step::deactivate: return "the old key is Active";
    case Step::delete_key: return {};
  }
  return {};
}

std::string row_holds(const View& before, const Draft& draft, State to) {
  if (to == State::cancelled) return "cancelled: no new key was made";
  if (to == State::rolled_back && before.procedure == Procedure::retire) return "closed: the key stays";
  if (to == State::rolled_back && draft.step != Step::create) return "closed as it stands";
  if (draft.direction == Direction::back) return undone(before, *draft.step);
  if (get(draft.detail, "outside")) return "taken over as somebody else left it";
  if (const auto reason = get(draft.detail, "override")) return "passed on your word: " + *reason;
  if (draft.step == Step::verify && before.procedure == Procedure::retire) return "the key is quiet";
  return std::string(row_of(*draft.step).after);
}

}  // namespace

std::string doing(const Perform& perform) {
  switch (perform.op) {
    case Op::create_key: return "creating a new key";
    case Op::write_location: return "writing the new key to location " + perform.location.text();
    case Op::restore_location: return "putting the old key back into location " + perform.location.text();
    case Op::activate_key: return "reactivating key " + perform.key.text();
    case Op::deactivate_key: return "deactivating key " + perform.key.text();
    case Op::delete_key: return "deleting key " + perform.key.text();
    case Op::undelete_key: return "bringing key " + perform.key.text() + " back from the recycle bin";
  }
  return {};
}

std::string did(const Perform& perform) {
  switch (perform.op) {
    case Op::create_key: return "created " + perform.key.text() + ", its secret is sealed";
    case Op::write_location: return "wrote " + perform.key.text() + " to " + perform.location.text();
    case Op::restore_location: return "put the old key back into " + perform.location.text();
    case Op::activate_key: return perform.key.text() + " is Active again";
    case Op::deactivate_key: return perform.key.text() + " is Inactive";
    case Op::delete_key: return perform.key.text() + " is deleted";
    case Op::undelete_key: return perform.key.text() + " is back from the recycle bin";
  }
  return {};
}

std::string told(const View& before, const Draft& draft) {
  if (draft.kind != Kind::outcome || !draft.step) return {};
  if (const auto op = get_op(draft.detail)) return "looked: " + settled(draft, *op);
  const auto text = get(draft.detail, "state");
  const auto to = text ? parse_word<State>(*text) : std::nullopt;
  return to ? row_holds(before, draft, *to) : std::string();
}

}  // namespace rotation
