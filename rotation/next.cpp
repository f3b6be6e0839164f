#include "rotation/next.hpp"

#include <algorithm>

#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"

namespace rotation {
namespace {

Time ahead(const Instant& now, Millis left) { return now.wall + std::chrono::ceil<Seconds>(left); }

// Of several waits the longest counts.
void wait_for(Next& next, const Instant& now, Millis left) {
  if (left <= Millis{0}) return;
  if (!next.not_before) next.needs.push_back(Need::wait);
  next.not_before = std::max(next.not_before.value_or(Time{}), ahead(now, left));
}

void confirm_of(Next& next, const View& view, Step asked) {
  if (view.policy.confirm.contains(asked)) next.needs.push_back(Need::confirm);
}

// Places that a person or a review has to bring further.
bool places_outstanding(Next& next, const View& view, const Instant& now) {
  const auto first = [&](LocationState state) -> const LocationView* {
    const auto found = std::ranges::find_if(view.locations, [&](const LocationView& each) {
      return each.state == state && (view.direction == Direction::back ? each.ever_written : !each.spec.optional);
    });
    return found == view.locations.end() ? nullptr : &*found;
  };
  if (const LocationView* manual = first(LocationState::manual)) {
    next.needs.push_back(Need::manual);
    next.why = "put the " + std::string(view.direction == Direction::back ? "old" : "new") + " key into " +
               manual->spec.name.text() + " by hand, then confirm it";
    next.command = "keybaton reveal " + quoted(target_words(view.target)) + " " + quoted(manual->spec.name.text());
    return true;
  }
  if (const LocationView* proposed = first(LocationState::proposed)) {
    next.why = "location " + proposed->spec.name.text() + " waits for a review";
    wait_for(next, now, std::max(spacing(view).check, Millis{1000}));
    return true;
  }
  return false;
}

void wait_for_owner(Next& next, const View& view, const Instant& now) {
  if (!view.batch || view.batch->warn_before == Seconds{0}) return;
  if (!view.warned_at) {
    next.why = "its owner " + view.batch->owner + " has to be told first";
    next.command = clean_command(view);
    return;
  }
  wait_for(next, now, Millis{view.batch->warn_before} - elapsed(*view.warned_at, now));
}

// A consent that was given for the whole batch is not asked for again.
void confirm_unless_given(Next& next, const View& view, Step asked) {
  if (stands(view, asked)) return;
  confirm_of(next, view, asked);
  if (!view.standing || !view.standing->withdrawn) return;
  next.why += "; the config agrees to it no longer";
  next.command = resume_command(view) + (asked == Step::deactivate ? " --yes=deactivate,delete" : " --yes=delete");
}

void forward(Next& next, const View& view, const Instant& now) {
  switch (*next.step) {
    case Step::create:
      next.why = "make a second key";
      confirm_of(next, view, Step::create);
      break;
    case Step::deploy:
      next.why = "write the new key to each location";
      if (places_outstanding(next, view, now)) break;
      confirm_of(next, view, Step::deploy);
      break;
    case Step::verify: {
      const Assessment found = assess(view, now);
      next.why = found.says;
      if (found.stuck) next.needs.push_back(Need::operator_);
      wait_for(next, now, found.left);
      break;
    }
    case Step::deactivate:
      next.why = "switch the old key off; one rollback switches it on again";
      wait_for_owner(next, view, now);
      confirm_unless_given(next, view, Step::deactivate);
      break;
    case Step::delete_key:
      next.why = "delete the old key for good, once its grace is over";
      wait_for_owner(next, view, now);
      wait_for(next, now, Millis{view.policy.grace} - elapsed(view.deactivated_at.value_or(now), now));
      confirm_unless_given(next, view, Step::delete_key);
      break;
  }
}

void back(Next& next, const View& view, const Instant& now) {
  if (view.old_deleted) {
    next.why = "bring the old key back from the recycle bin";
    return;
  }
  if (view.old_maybe_inactive) {
    next.why = "turn the old key on again";
    return;
  }
  if (places_outstanding(next, view, now)) return;
  if (next.step != Step::create) {
    next.why = "put the old key back into its places";
    return;
  }
  if (view.new_said == KeyStatus::inactive) {
    next.why = "delete the new key, once its grace is over";
    if (ever_deployed(view) && view.new_deactivated_at) {
      wait_for(next, now, Millis{view.policy.grace} - elapsed(*view.new_deactivated_at, now));
    }
    confirm_of(next, view, Step::delete_key);
    return;
  }
  const Assessment found = assess_new_key_gone(view, now);
  next.why = "switch the new key off: " + found.says;
  wait_for(next, now, found.left);
  confirm_of(next, view, Step::deactivate);
}

}  // namespace

Next next(const View& view, const Instant& now) {
  Next next;
  if (!view.open()) return next;
  next.command = resume_command(view);
  const bool goes_back = view.direction == Direction::back;
  const Row* row = goes_back ? held_row(view.procedure, view.state) : next_row(view.procedure, view.state);
  if (row == nullptr) {  // nothing of ours is in force: a rollback just closes it
    next.step = steps_of(view.procedure).front().step;
    next.why = "close the rotation: nothing has to be undone";
    return next;
  }
  next.step = row->step;
  if (view.attention) {
    next.needs.push_back(Need::operator_);
    next.command = view.attention->hint;
    next.why = view.attention->message;
    return next;
  }
  if (view.pending || view.waking() != nullptr) {
    next.why = view.pending && view.pending->location ? "look what the location holds, then go on"
                                                      : "look what the cloud shows, then go on";
    return next;
  }
  if (goes_back && view.new_key) {
    back(next, view, now);
  } else if (goes_back) {
    next.why = view.old_maybe_inactive ? "turn the key on again" : "close the rotation";
  } else {
    forward(next, view, now);
  }
  return next;
}

}  // namespace rotation
