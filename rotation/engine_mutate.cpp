#include <utility>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/telling.hpp"

namespace rotation {
namespace {

constexpr int unknowns_allowed = 3;  // of one command, before a person should look

// Where a done key mutation leads on the table; nothing where it stays in its row.
std::optional<State> leads_to(const View& view, const Pending& pending) {
  const bool old_key = pending.key == view.old_key;
  switch (pending.op) {
    case Op::activate_key:
      return old_key && view.state == State::deactivated ? std::optional{State::verified} : std::nullopt;
    case Op::deactivate_key: return old_key ? std::optional{State::deactivated} : std::nullopt;
    case Op::delete_key:
      if (old_key) return State::completed;
      return view.new_key == pending.key ? std::optional{State::rolled_back} : std::nullopt;
    case Op::undelete_key:
    case Op::create_key:
    case Op::write_location:
    case Op::restore_location: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Engine::End Engine::cloud_refused(const std::string& what, const Refused& refused) {
  if (refused.why == Refusal::denied) raise(denied(view(), what, refused));
  return Result{.ending = ending_of(refused), .problem = refusal(view(), what, refused)};
}

Engine::End Engine::mutation_unknown(const std::string& what, const std::string& why) {
  if (++unknowns_ < unknowns_allowed) return {};  // the next turn settles it by reading
  return Result{.ending = Ending::unknown, .problem = not_known(view(), what, why)};
}

// ---- create --------------------------------------------------------------------------------------------------

Engine::End Engine::create() {
  ports_.journal.require_space();
  const std::string wrapped = [&] {
    if (auto kept = ports_.journal.wrapped_key()) {
      ports_.sealer.prove(*kept, view().id);
      return *kept;
    }
    return ports_.sealer.new_wrapped_key(view().id);
  }();
  Draft draft =
      intent({.op = Op::create_key, .step = Step::create, .direction = Direction::forward, .key = {}, .location = {}},
             ports_.clock.fresh_attempt(), now());
  std::vector<std::string> before;
  for (const AccessKey& key : *done(seen_.keys->answer)) before.push_back(key.id.text());
  put_list(draft.detail, "keys_before", before);
  append(draft, {.wrapped_key = wrapped, .sealed = {}, .shred = false});
  const Pending pending = *view().pending;
  forget_reads();
  seen_.spill_whole.reset();
  seen_.probing = {};
  try {
    ports_.spill.prepare(view().id, pending.attempt);
  } catch (const StorageTrouble&) {
    append(outcome(pending, Outcome::not_done, now()));
    throw;
  }
  SignalHold hold{ports_.clock};
  ports_.journal.require_lease();
  const Answer<NewKey> answer = ports_.cloud.create_key(view().target.user);
  if (const NewKey* made = done(answer)) return keep_new_key(*made, wrapped, pending);
  ports_.spill.remove(view().id, pending.attempt);
  if (const Refused* no = refused(answer)) {
    append(outcome(pending, Outcome::refused, now()));
    return cloud_refused("creating a new key", *no);
  }
  append(outcome(pending, Outcome::unknown, now()));
  return mutation_unknown("creating a new key", unknown(answer)->why);
}

// Nothing can keep the secret: the key that nobody can ever use goes at once (the one exception of invariant 3).
void Engine::discard_new_key(const NewKey& made, const Pending& pending, const Problem& why) {
  const UserName& user = view().target.user;
  const bool off = done(ports_.cloud.set_status(user, made.id, KeyStatus::inactive)) != nullptr;
  const bool gone = done(ports_.cloud.delete_key(user, made.id)) != nullptr;
  ports_.spill.remove(view().id, pending.attempt);
  try {
    if (gone) append(outcome(pending, Outcome::not_done, now()));
  } catch (const Trouble&) {  // then the next resume finds by reading that no key is there
  }
  throw StorageTrouble(
      {.message = "Nothing could keep the secret of the new key " + made.id.text() + ": " + why.message,
       .keys = gone  ? "It was deleted at once; the old key is untouched."
               : off ? "It was switched off but not deleted; the old key is untouched."
                     : "It could not be deleted; the old key is untouched.",
       .hint = "mend what it names, then run: " + resume_command(view())});
}

// Nothing holds the secret but this process: into the spill first, then into the journal.
Engine::End Engine::keep_new_key(const NewKey& made, const std::string& wrapped, const Pending& pending) {
  SealedSecret sealed;
  try {
    sealed = ports_.sealer.seal(wrapped, view().id, view().target.account, "new", made.id, made.secret);
  } catch (const SealingTrouble& trouble) {
    discard_new_key(made, pending, trouble.problem());
  }
  bool spilled = true;
  try {
    ports_.spill.keep(view().id, pending.attempt, sealed, made.created_at);
  } catch (const StorageTrouble&) {
    spilled = false;
  }
  Draft draft = outcome(pending, Outcome::done, now());
  draft.key = made.id;
  draft.detail["created"] = rfc3339(made.created_at);
  try {
    append(moving(std::move(draft), State::created),
           {.wrapped_key = {}, .sealed = {std::move(sealed)}, .shred = false});
  } catch (const Trouble& trouble) {
    if (!spilled) discard_new_key(made, pending, trouble.problem());
    throw Trouble(Ending::unknown,
                  {.message = "The new key " + made.id.text() +
                              " was made, but the journal cannot take it: " + trouble.problem().message,
                   .keys = "Its sealed secret is safe in a file beside the journal; the old key is untouched.",
                   .hint = resume_command(view())});
  }
  seen_.moved = true;
  ports_.spill.remove(view().id, pending.attempt);
  ports_.person.tell({.step = Step::create,
                      .direction = Direction::forward,
                      .text = did({.op = Op::create_key, .key = made.id, .location = {}})});
  return {};
}

Engine::End Engine::act(const Adopt&) {
  const auto kept = kept_secret();
  if (!kept) {
    seen_.spill_whole = false;
    return {};
  }
  const Pending pending = *view().pending;
  Draft draft = outcome(pending, Outcome::done, now());
  draft.key = kept->secret.key;
  draft.detail["created"] = rfc3339(kept->created_at);
  draft.detail["settled"] = "from the spill";
  append(moving(std::move(draft), State::created), {.wrapped_key = {}, .sealed = {kept->secret}, .shred = false});
  seen_.moved = true;
  ports_.spill.remove(view().id, pending.attempt);
  ports_.person.tell({.step = Step::create,
                      .direction = Direction::forward,
                      .text = "took over " + kept->secret.key.text() + " from before the interruption"});
  return {};
}

// ---- keys ----------------------------------------------------------------------------------------------------

void Engine::conclude_key(const Pending& pending, Outcome how, bool shred) {
  Draft draft = outcome(pending, how, now());
  if (how == Outcome::done) {
    if (pending.op == Op::deactivate_key) put_last_use(draft, view(), *pending.key);
    if (const auto to = leads_to(view(), pending)) draft = moving(std::move(draft), *to);
  }
  seen_.moved = seen_.moved || (draft.direction == Direction::forward && draft.detail.contains("state"));
  append(std::move(draft), {.wrapped_key = {}, .sealed = {}, .shred = shred});
}

// A question shows it; where the policy asks none, it stands on the screen all the same.
void Engine::show_undo(const Perform& perform) {
  ports_.person.tell({.step = perform.step,
                      .direction = perform.direction,
                      .text = "to undo what comes next, from any machine: " +
                              ports_.cloud.command_for(Op::activate_key, view().target.user, perform.key)});
}

Answer<Nothing> Engine::send_change(const Perform& perform) {
  const Target& target = view().target;
  switch (perform.op) {
    case Op::activate_key: return ports_.cloud.set_status(target.user, perform.key, KeyStatus::active);
    case Op::deactivate_key: return ports_.cloud.set_status(target.user, perform.key, KeyStatus::inactive);
    case Op::delete_key: return ports_.cloud.delete_key(target.user, perform.key);
    case Op::undelete_key: return ports_.cloud.undelete_key(target.user_id, perform.key);
    case Op::create_key:
    case Op::write_location:
    case Op::restore_location: break;
  }
  KEYBATON_ASSERT(false && "no change of a key");
  return Unknown{};
}

// The old key is to come back: what went wrong is for `decide`, which knows what else there is to try.
bool Engine::left_to_decide(const Perform& perform, const Answer<Nothing>& answer, const Pending& pending) {
  if (perform.key != view().old_key) return false;
  const Refused* no = refused(answer);
  if (perform.op == Op::undelete_key && no != nullptr) {
    seen_.undelete_refused = *no;
    return true;
  }
  if (perform.op != Op::activate_key) return false;
  if (no != nullptr) {
    seen_.wake_refused = *no;
    return true;
  }
  append(outcome(pending, Outcome::not_done, now()));  // safe to repeat: settled by sending it again
  ++seen_.wake_tries;
  return true;
}

Engine::End Engine::change_key(const Perform& perform) {
  const bool wakes = perform.op == Op::activate_key || perform.op == Op::undelete_key;
  // An interrupted reactivation is sent again under the intent that it left.
  const auto& waking = perform.key == view().old_key ? view().waking_old : view().waking_new;
  const bool intended = wakes && waking && waking->op == perform.op;
  if (!intended) append(intent(perform, ports_.clock.fresh_attempt(), now()));
  const Pending pending = wakes ? *waking : *view().pending;
  if (perform.op == Op::deactivate_key && !view().policy.confirm.contains(Step::deactivate)) show_undo(perform);
  if (!wakes) ports_.journal.require_lease();
  const Answer<Nothing> answer = send_change(perform);
  forget_reads();
  seen_.consents.clear();
  if (const Unknown* lost = unknown(answer)) {
    append(outcome(pending, Outcome::unknown, now()));
    if (left_to_decide(perform, answer, pending)) return {};
    return mutation_unknown(doing(perform), lost->why);
  }
  const Refused* no = refused(answer);
  const bool already_gone = no != nullptr && perform.op == Op::delete_key && no->why == Refusal::no_such_entity;
  if (no != nullptr && !already_gone) {
    append(outcome(pending, Outcome::refused, now()));
    if (left_to_decide(perform, answer, pending)) return {};
    // The key is not as it was read: somebody was there in between. The next turn looks.
    if (no->why == Refusal::conflict && ++unknowns_ < unknowns_allowed) return {};
    return cloud_refused(doing(perform), *no);
  }
  if (perform.op == Op::undelete_key) seen_.wake_refused.reset();  // it can be turned on now
  seen_.woken = seen_.woken || (perform.op == Op::activate_key && perform.key == view().old_key);
  const auto to = leads_to(view(), pending);
  conclude_key(pending, Outcome::done, to && terminal(*to));
  ports_.person.tell({.step = perform.step, .direction = perform.direction, .text = did(perform)});
  return {};
}

// ---- locations -----------------------------------------------------------------------------------------------

// Throws SealingTrouble on the way forward. On the way back nothing may hinge on it: then it is noted for `decide`.
std::optional<SecretAccessKey> Engine::secret_to_write(const Perform& perform) {
  const bool restores = perform.op == Op::restore_location;
  Problem why{.message = "The sealed secret for location " + perform.location.text() + " cannot be opened.",
              .keys = keys_now(view()),
              .hint = "bring the right sealing key back, then run: " + resume_command(view())};
  try {
    if (auto secret = unsealed(restores ? purpose_of(perform.location) : "new")) return secret;
  } catch (const SealingTrouble& trouble) {
    if (!restores) throw;
    why = trouble.problem();
  }
  if (!restores) throw SealingTrouble(std::move(why));
  seen_.cannot_unseal = why.message;
  return std::nullopt;
}

Engine::End Engine::change_location(const Perform& perform) {
  const bool restores = perform.op == Op::restore_location;
  const AccessKeyId expected = restores ? *view().new_key : view().old_key;
  Location& location = *ports_.locations.at(perform.location);
  const auto secret = secret_to_write(perform);
  if (!secret) return {};  // going back: the place is left to a person, and the rest goes on
  Answer<Holding> before = location.read();
  const Holding* holding = done(before);
  seen_.locations.erase(perform.location);
  // It changed under us: the next turn looks again.
  if (holding == nullptr || other_secret(perform.location, *holding)) return {};
  const bool finishes = holding->id == perform.key && !holding->unfinished.empty();
  if (holding->id != expected && !finishes) return {};
  Draft draft = intent(perform, ports_.clock.fresh_attempt(), now());
  Attachments attachments;
  if (!restores && !finishes && holding->secret) {
    attachments.sealed.push_back(ports_.sealer.seal(*ports_.journal.wrapped_key(), view().id, view().target.account,
                                                    purpose_of(perform.location), expected, *holding->secret));
    draft.detail["old_sealed"] = "yes";
  }
  append(std::move(draft), std::move(attachments));
  const Pending pending = *view().pending;
  ports_.journal.require_lease();
  const Answer<Written> answer = location.write({.expected = *holding,
                                                 .id = perform.key,
                                                 .secret = *secret,
                                                 .direction = perform.direction,
                                                 .attempt = pending.attempt});
  const bool optional = view().find(perform.location)->spec.optional;
  if (done(answer) != nullptr) {
    append(outcome(pending, Outcome::done, now()));
    ports_.person.tell({.step = perform.step, .direction = perform.direction, .text = did(perform)});
    return {};
  }
  if (const Refused* no = refused(answer)) {
    append(outcome(pending, Outcome::refused, now()));
    // An optional location never holds the others up; a conflict is looked at again and shown.
    if (optional || no->why == Refusal::conflict) return {};
    return Result{.ending = ending_of(*no), .problem = refusal(view(), doing(perform), *no)};
  }
  append(outcome(pending, Outcome::unknown, now()));
  return mutation_unknown(doing(perform), unknown(answer)->why);
}

}  // namespace rotation
