// Turning back, and why nothing that fails on this machine may stand between an operator and the old key.
#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/sight.hpp"
#include "rotation/stops.hpp"

namespace rotation {
namespace {

// The journal cannot commit: the old key goes Active all the same, and the spill keeps the record of it.
Result reactivate_without_journal(Ports& ports, const std::string& reason, const Trouble& trouble) {
  const View& view = ports.journal.view();
  const auto ending = [&](std::string keys) {
    return Result{.ending = trouble.ending(),
                  .problem = Problem{.message = trouble.problem().message,
                                     .keys = std::move(keys),
                                     .hint = "mend what it names, then run: " + rollback_command(view)}};
  };
  const Answer<Caller> answer = ports.cloud.caller();
  const Caller* caller = done(answer);
  if (caller == nullptr) return ending("Nothing was changed: the cloud did not say whose credentials these are.");
  const Target& target = view.target;
  if (caller->account_id != target.account_id || caller->partition != target.partition) {
    return {.ending = Ending::wrong_account, .problem = wrong_account(view, *caller)};
  }
  const Answer<User> user = ports.cloud.user(target.user);
  if (const User* found = done(user); found != nullptr && found->id != target.user_id) {
    return ending("Nothing was changed: user " + target.user.text() + " is another one than at the start.");
  }
  Perform wake{.op = Op::activate_key,
               .step = Step::deactivate,
               .direction = Direction::back,
               .key = view.old_key,
               .location = {}};
  Draft turned = decision("rollback", ports.clock.now());
  turned.direction = Direction::back;
  if (!reason.empty()) turned.detail["reason"] = reason;
  ports.spill.note(view.id, turned);
  ports.spill.note(view.id, intent(wake, ports.clock.fresh_attempt(), ports.clock.now()));
  const bool active = done(ports.cloud.set_status(target.user, view.old_key, KeyStatus::active)) != nullptr;
  Draft noted = row_done(Step::deactivate, Direction::back, ports.clock.now());
  noted.outcome = active ? Outcome::done : Outcome::unknown;
  noted.key = view.old_key;
  noted.detail["op"] = word(Op::activate_key);
  ports.spill.note(view.id, noted);
  return ending(active ? "The old key " + view.old_key.text() + " is Active."
                       : "The old key " + view.old_key.text() + " could not be turned on for certain; try: " +
                             ports.cloud.command_for(Op::activate_key, target.user, view.old_key));
}

// The delete had been sent before the rollback began, and it had gone through.
Result too_late(const View& view) {
  return {.ending = Ending::refused,
          .problem = Problem{.message = "There is nothing to go back to: the delete of " + view.old_key.text() +
                                        " had already gone through.",
                             .keys = keys_now(view),
                             .hint = "keybaton status " + view.id.text()}};
}

constexpr std::size_t keys_of_a_user = 2;

// Another account, or another user of that name: nothing is reopened for them.
std::optional<Result> not_the_pinned(Ports& ports) {
  const View& view = ports.journal.view();
  const Target& target = view.target;
  const Answer<Caller> answer = ports.cloud.caller();
  const std::string what = "asking the cloud who these credentials are";
  if (const Refused* no = refused(answer)) {
    return Result{.ending = ending_of(*no), .problem = refusal(view, what, *no)};
  }
  if (unknown(answer) != nullptr) {
    return Result{.ending = Ending::unknown, .problem = not_known(view, what, unknown(answer)->why)};
  }
  const Caller& caller = *done(answer);
  if (caller.account_id != target.account_id || caller.partition != target.partition) {
    return Result{.ending = Ending::wrong_account, .problem = wrong_account(view, caller)};
  }
  const Answer<User> found = ports.cloud.user(target.user);
  const Refused* missing = refused(found);
  const bool gone = missing != nullptr && missing->why == Refusal::no_such_entity;
  if (!gone && (done(found) == nullptr || done(found)->id == target.user_id)) return std::nullopt;
  return Result{.ending = Ending::needs_operator,
                .problem = Problem{.message = "There is nothing to go back to: user " + target.user.text() +
                                              (gone ? " does not exist any more." : " is another one than then."),
                                   .keys = "Its keys of that time went with it; nothing was touched.",
                                   .hint = "keybaton status " + view.id.text()}};
}

// A late undo reopens a rotation: not for a key that is surely not in the recycle bin any more. Where the bin cannot be
// read, the undo itself will say.
std::optional<Result> cannot_come_back(Ports& ports) {
  const View& view = ports.journal.view();
  if (auto other = not_the_pinned(ports)) return other;
  const auto listed = ports.cloud.keys(view.target.user);
  const KeyList* keys = done(listed);
  if (keys != nullptr && find_key(*keys, view.old_key) != nullptr) return std::nullopt;  // somebody has brought it back
  if (keys != nullptr && keys->size() >= keys_of_a_user) {
    std::string ids;
    for (const AccessKey& key : *keys) ids += (ids.empty() ? "" : ", ") + key.id.text();
    return Result{.ending = Ending::refused,
                  .problem = Problem{.message = "There is no room to bring " + view.old_key.text() +
                                                " back: the user has two keys already, " + ids + ".",
                                     .keys = keys_now(view),
                                     .hint = "remove the one that nobody needs, then run: " + rollback_command(view)}};
  }
  const auto bin = ports.cloud.deleted_keys(view.target.user_id);
  const auto* found = done(bin);
  if (found == nullptr || std::ranges::find(*found, view.old_key, &BinnedKey::id) != found->end()) return std::nullopt;
  return Result{
      .ending = Ending::refused,
      .problem = Problem{
          .message = "There is nothing to go back to: " + view.old_key.text() + " is not in the recycle bin any more.",
          .keys = "It is gone for good" +
                  (view.new_key ? "; the new key " + view.new_key->text() + " is in use." : std::string(".")),
          .hint = "keybaton status " + view.id.text()}};
}

Draft turned_back(const View& view, const std::string& reason, const Instant& now) {
  Draft draft = decision("rollback", now);
  draft.direction = Direction::back;
  if (!reason.empty()) draft.detail["reason"] = reason;
  if (view.open()) return draft;
  draft.step = Step::delete_key;
  return moving(std::move(draft), State::deactivated);
}

Result run_and_release(Ports& ports, const Wishes& wishes) {
  Result result = Engine{ports, wishes}.run();
  ports.journal.release_lease();
  return result;
}

bool old_key_still_off(const View& view) {
  return view.direction == Direction::back && view.old_maybe_inactive && !view.old_deleted;
}

}  // namespace

Result advance(Ports& ports, const Wishes& wishes) {
  if (!ports.journal.view().open()) return {};
  try {
    ports.journal.take_lease(Seize::no);
    return run_and_release(ports, wishes);
  } catch (const SealingTrouble&) {
    throw;
  } catch (const StorageTrouble& trouble) {
    if (!old_key_still_off(ports.journal.view())) throw;
    return reactivate_without_journal(ports, "", trouble);
  }
}

Result roll_back(Ports& ports, const std::string& reason, const Wishes& wishes) {
  const bool late = ports.journal.view().late_undo();
  if (!ports.journal.view().open() && !late) return {};
  if (late) {
    if (auto no = cannot_come_back(ports)) return *no;
  }
  try {
    ports.journal.take_lease(Seize::yes);
    const View& view = ports.journal.view();
    if (view.direction == Direction::forward || view.late_undo()) {
      ports.journal.append(turned_back(view, reason, ports.clock.now()));
    }
    Result result = run_and_release(ports, wishes);
    if (result.ending == Ending::ok && ports.journal.view().state == State::completed)
      return too_late(ports.journal.view());
    return result;
  } catch (const SealingTrouble& trouble) {
    ports.journal.release_lease();
    return {.ending = trouble.ending(), .problem = trouble.problem()};
  } catch (const Trouble& trouble) {
    // A journal that is locked or fenced off stands in the way of the old key as little as one that is full.
    if (late || (trouble.ending() != Ending::storage && trouble.ending() != Ending::held)) throw;
    return reactivate_without_journal(ports, reason, trouble);
  }
}

}  // namespace rotation
