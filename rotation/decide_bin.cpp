// Going back, and the old key is gone: what the cloud's recycle bin can still do about it.
#include "rotation/drafts.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {

Action undelete_old(const Turn& turn) {
  return Perform{.op = Op::undelete_key,
                 .step = Step::delete_key,
                 .direction = Direction::back,
                 .key = turn.view.old_key,
                 .location = {}};
}

Maybe bin_is_closed(const Turn& turn) {
  const auto& no = turn.seen.undelete_refused;
  if (turn.view.direction != Direction::back || !no) return std::nullopt;
  if (no->why == Refusal::no_such_entity) return std::nullopt;
  const std::string what = "bringing the old key " + turn.view.old_key.text() + " back from the recycle bin";
  if (no->why != Refusal::denied && no->why != Refusal::limit_exceeded) {
    return GiveUp{.ending = ending_of(*no), .problem = refusal(turn.view, what, *no)};
  }
  const std::string finish = "closed_outside:finish";
  if (accepted(turn, finish) || turn.wishes.accept.contains(finish)) return std::nullopt;  // it stays deleted
  const bool no_room = no->why == Refusal::limit_exceeded;
  Attention stop = attention_with_hint(no_room ? AttentionCode::stranger : AttentionCode::denied,
                                       refusal_words(what, *no), resume_command(turn.view));
  if (no_room) {
    stop.message +=
        " Remove the key of " + turn.view.target.user.text() + " that nobody needs to make room, and resume";
  } else {
    stop.message += " Grant it and resume";
  }
  if (turn.new_key == Seen::active) {
    stop.message += "; or leave the old key deleted, and close: " + resume_command(turn.view) + " --accept " + finish;
    stop.accept = {finish};
  }
  stop.message += ".";
  return StopFor{.attention = std::move(stop), .ending = Ending::refused};
}

}  // namespace rotation
