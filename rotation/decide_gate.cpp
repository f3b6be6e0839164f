#include <set>

#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

template <class T>
Action give_up(const Turn& turn, const std::string& what, const Answer<T>& answer) {
  if (const Refused* no = refused(answer)) {
    if (no->why == Refusal::denied)
      return StopFor{.attention = denied(turn.view, what, *no), .ending = Ending::refused};
    return GiveUp{.ending = ending_of(*no), .problem = refusal(turn.view, what, *no)};
  }
  return GiveUp{.ending = Ending::unknown, .problem = not_known(turn.view, what, unknown(answer)->why)};
}

Maybe mismatch(const Turn& turn) {
  const Caller& caller = *done(turn.seen.caller->answer);
  const Target& target = turn.view.target;
  const bool same = caller.account_id == target.account_id && caller.partition == target.partition;
  // The tool's own key must belong to the very user whose key it is.
  if (same && (!turn.view.self || caller.user_id == target.user_id)) return std::nullopt;
  return GiveUp{.ending = Ending::wrong_account, .problem = wrong_account(turn.view, caller)};
}

Maybe other_user(const Turn& turn) {
  const Target& target = turn.view.target;
  if (const Refused* no = refused(turn.seen.user->answer); no != nullptr && no->why == Refusal::no_such_entity) {
    return close_or_stop(turn, AttentionCode::user_missing,
                         "User " + target.user.text() + " does not exist any more, and its keys with it.",
                         "user_missing:close");
  }
  const User* user = done(turn.seen.user->answer);
  if (user == nullptr || user->id == target.user_id) return std::nullopt;
  return close_or_stop(turn, AttentionCode::user_recreated,
                       "User " + target.user.text() + " is another one than at the start (" + user->id.text() +
                           " instead of " + target.user_id.text() + "). Its keys are not ours to touch.",
                       "user_recreated:close");
}

Action reactivation(const Turn& turn) {
  return Perform{.op = Op::activate_key,
                 .step = Step::deactivate,
                 .direction = Direction::back,
                 .key = turn.view.old_key,
                 .location = {}};
}

// Deleted by this rotation, and nothing has said yet that the recycle bin is empty of it.
bool may_be_in_the_bin(const Turn& turn) {
  return turn.view.old_deleted && turn.view.provider.undeletes() && !turn.view.waking_old &&
         !turn.seen.undelete_refused;
}

// Going back with no list to be had: nobody can say that the old key is Active, and turning it on does no harm.
Maybe wake_unseen(const Turn& turn) {
  if (turn.view.direction != Direction::back || turn.seen.woken || turn.seen.wake_refused) return std::nullopt;
  if (turn.view.old_deleted || turn.seen.wake_tries > 0 || stays_off(turn.view)) return std::nullopt;
  return reactivation(turn);
}

}  // namespace

Maybe check_identity(const Turn& turn) {
  if (!fresh(turn.seen.caller, turn.now)) return Look{.at = At::caller};
  if (done(turn.seen.caller->answer) == nullptr) {
    return give_up(turn, "asking the cloud who these credentials are", turn.seen.caller->answer);
  }
  return mismatch(turn);
}

Maybe check_user(const Turn& turn) {
  if (!fresh(turn.seen.user, turn.now)) return Look{.at = At::user};
  if (auto stop = other_user(turn)) return stop;
  if (done(turn.seen.user->answer) == nullptr) {
    if (auto action = wake_unseen(turn)) return action;
    return give_up(turn, "reading user " + turn.view.target.user.text(), turn.seen.user->answer);
  }
  return std::nullopt;
}

Maybe check_keys(const Turn& turn) {
  if (!turn.seen.keys_fresh || !fresh(turn.seen.keys, turn.now)) return Look{.at = At::keys};
  if (done(turn.seen.keys->answer) == nullptr) {
    if (auto action = wake_unseen(turn)) return action;
    return give_up(turn, "listing the access keys of " + turn.view.target.user.text(), turn.seen.keys->answer);
  }
  return std::nullopt;
}

// A denied or failed read of the user does not stand in the way: the key id is pinned, and turning it on twice does
// no harm. A user that is surely another one does.
Maybe wake_first(const Turn& turn) {
  const bool undelete = may_be_in_the_bin(turn);
  if (!undelete && (!turn.view.old_maybe_inactive || turn.view.old_deleted || stays_off(turn.view)))
    return std::nullopt;
  // Whether it came back is not known yet: turning it on now could only be refused.
  if (turn.view.waking_old && turn.view.waking_old->op == Op::undelete_key) return std::nullopt;
  if (auto action = check_identity(turn)) return action;
  if (!turn.seen.user) return Look{.at = At::user};
  if (auto stop = other_user(turn)) return stop;
  if (undelete) return undelete_old(turn);
  if (turn.seen.wake_refused) {
    if (turn.seen.wake_refused->why == Refusal::no_such_entity) return std::nullopt;
    return GiveUp{
        .ending = ending_of(*turn.seen.wake_refused),
        .problem = refusal(turn.view, "reactivating the old key " + turn.view.old_key.text(), *turn.seen.wake_refused)};
  }
  if (turn.seen.wake_tries >= 3) return std::nullopt;  // no clear answer to any: the reads below will tell
  return reactivation(turn);
}

}  // namespace rotation
