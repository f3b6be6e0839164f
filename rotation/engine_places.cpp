// Writing to locations: intent, effect, outcome, and what may be written over.
#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/telling.hpp"

namespace rotation {
namespace {

constexpr int writes_allowed = 5;  // to one place, by one command

// It still holds what `decide` saw there. What a write of ours has left half-done is written again.
bool may_be_written(const View& view, const Perform& perform, const LocationLook& look) {
  const bool restores = perform.op == Op::restore_location;
  const auto holds = held(look, *view.find(perform.location));
  const auto& other = restores ? view.new_key : std::optional{view.old_key};
  const bool withdraws = holds == perform.key && look.proposed && look.proposed->id == other;
  if (look.half || (withdraws && !look.other_secret)) return true;
  if (look.unfinished && holds == perform.key) return true;
  if (view.find(perform.location)->in_doubt && look.custody == Custody::closed) {
    return !look.mark.empty() && !moved(look, *view.find(perform.location));
  }
  return holds == (restores ? *view.new_key : view.old_key) && !look.other_secret;
}

// "2 of 5": how many of the places are where this direction wants them.
std::string tally(const View& view, Direction direction) {
  const bool back = direction == Direction::back;
  const auto all = std::ranges::count_if(view.locations, [&](const LocationView& each) {
    return each.state != LocationState::waived && (!back || each.ever_written);
  });
  const auto there = std::ranges::count_if(view.locations, [&](const LocationView& each) {
    if (back) return each.ever_written && each.state == LocationState::restored;
    return each.state == LocationState::written || each.state == LocationState::confirmed;
  });
  return all < 2 ? "" : " (" + std::to_string(there) + " of " + std::to_string(all) + ")";
}

}  // namespace

// In the form of this place. Its own was sealed as it stood there.
std::optional<SecretAccessKey> Engine::old_secret_for(const LocationName& name) {
  const LocationView* from = view().old_secret_of(*view().find(name));
  if (from == nullptr) return std::nullopt;
  auto secret = unsealed(purpose_of(from->spec.name));
  if (!secret || from->spec.name == name) return secret;
  return ports_.locations.at(name)->form(*secret);
}

// Throws SealingTrouble on the way forward. On the way back nothing may hinge on it: then it is noted for `decide`.
std::optional<SecretAccessKey> Engine::secret_to_write(const Perform& perform) {
  const bool restores = perform.op == Op::restore_location;
  Problem why{.message = "The sealed secret for location " + perform.location.text() + " cannot be opened.",
              .keys = keys_now(view()),
              .hint = "bring the right sealing key back, then run: " + resume_command(view())};
  try {
    if (restores) {
      if (auto secret = old_secret_for(perform.location)) return secret;
    } else if (const auto secret = unsealed("new")) {
      return ports_.locations.at(perform.location)->form(*secret);
    }
  } catch (const SealingTrouble& trouble) {
    if (!restores) throw;
    why = trouble.problem();
  }
  if (!restores) throw SealingTrouble(std::move(why));
  seen_.cannot_unseal = why.message;
  return std::nullopt;
}

// Who still uses the old key may live on a place that nobody thought of. True: some joined, and the lease is ours
// again.
bool Engine::newcomers_join() {
  const Sample* latest = latest_sample(view(), view().old_key);
  const bool may_join = view().procedure == Procedure::rotate && view().state == State::deployed;
  const bool used = may_join && view().verdict == Verdict::old_still_used;
  if (!used || latest == nullptr || latest->used.at == shown_use_) return false;
  shown_use_ = latest->used.at;
  std::vector<Draft> joining = ports_.person.still_used(view());
  if (joining.empty()) return false;
  ports_.journal.take_lease(Seize::no);
  for (Draft& draft : joining) {
    // Meanwhile a colleague may have led it on, or back: once the old key is off, that place needs it more.
    const bool late = view().state != State::deployed || view().direction == Direction::back;
    if (!late && view().find(*draft.location) != nullptr) continue;
    const std::string name = draft.location->text();
    if (!late) append(std::move(draft));
    const std::string text = late ? name + " does not join: the rotation has gone on meanwhile" : name + " joins";
    ports_.person.tell({.step = Step::deploy, .direction = Direction::forward, .text = text});
  }
  return true;
}

Engine::End Engine::location_written(const Perform& perform, const Pending& pending, const Written& written) {
  Draft draft = outcome(pending, Outcome::done, now());
  if (!written.mark.empty()) draft.detail["mark"] = written.mark;
  if (written.proposed) {
    draft.detail["location_state"] = word(LocationState::proposed);
    draft.detail["where"] = written.proposed->where;
  }
  append(std::move(draft));
  const std::string text = written.proposed ? "proposed " + perform.key.text() + " for " + perform.location.text() +
                                                  ": " + written.proposed->where
                                            : did(perform) + tally(view(), perform.direction);
  ports_.person.tell({.step = perform.step, .direction = perform.direction, .text = text});
  return {};
}

// Before the first write: the places that show the old secret must agree, for nobody here can tell which one is right.
// What this place does not show itself is sealed as another one shows it, which may be edited before its own turn
// comes.
Engine::End Engine::learn_old_secret(const LocationName& name, const Holding& own, Draft& draft,
                                     Attachments& attachments) {
  const auto learned = [](const LocationView& each) { return each.old_sealed && !is_derived(each.spec); };
  if (std::ranges::any_of(view().locations, learned)) return {};
  const bool shows = own.id == view().old_key && own.secret && !is_derived(view().find(name)->spec);
  std::optional<SecretAccessKey> secret = shows ? std::optional{own.secret->clone()} : std::nullopt;
  LocationName from = name;
  for (const LocationView& other : view().locations) {
    const auto adapter = ports_.locations.find(other.spec.name);
    if (other.spec.name == name || other.state == LocationState::waived) continue;
    if (other.custody != Custody::open || is_derived(other.spec) || adapter == ports_.locations.end()) continue;
    const Answer<Holding> answer = adapter->second->read();
    const Holding* holding = done(answer);
    if (holding == nullptr || holding->id != view().old_key || !holding->secret) continue;
    const bool another = as_look(other.spec.name, *holding).other_secret;  // half a pair of nobody's, or a third one
    if (another || (secret && !secret->same_as(*holding->secret))) {
      return act(StopFor{.attention = attention_with_hint(
                             AttentionCode::conflict,
                             (secret ? "Locations " + from.text() + " and " + other.spec.name.text() +
                                           " have different secrets beside " + view().old_key.text() +
                                           ", and only one can be right. Put the right pair into both"
                                     : "Location " + other.spec.name.text() + " has another secret beside " +
                                           view().old_key.text() + " than that key's. Put the right one there") +
                                 "; nothing was written yet.",
                             resume_command(view()))});
    }
    if (secret) continue;
    secret = holding->secret->clone();
    from = other.spec.name;
  }
  if (!secret || from == name) return {};
  attachments.sealed.push_back(ports_.sealer.seal(*ports_.journal.wrapped_key(), view().id, view().target.account,
                                                  purpose_of(from), view().old_key, *secret));
  draft.detail["old_sealed_of"] = from.text();
  return {};
}

Engine::End Engine::change_location(const Perform& perform) {
  const bool restores = perform.op == Op::restore_location;
  if (++writes_[perform.location] > writes_allowed) {
    return mutation_unknown(doing(perform), "it was written again and again, and never stayed so");
  }
  Location& location = *ports_.locations.at(perform.location);
  const auto secret = secret_to_write(perform);
  if (!secret) return {};  // going back: the place is left to a person, and the rest goes on
  Answer<Holding> before = location.read();
  const Holding* holding = done(before);
  seen_.locations.erase(perform.location);
  // It changed under us: the next turn looks again.
  if (holding == nullptr) return {};
  const LocationLook look = as_look(perform.location, *holding);
  if (!may_be_written(view(), perform, look)) return {};
  Draft draft = intent(perform, ports_.clock.fresh_attempt(), now());
  Attachments attachments;
  if (!restores && holding->secret && holding->id == view().old_key && !look.other_secret) {
    attachments.sealed.push_back(ports_.sealer.seal(*ports_.journal.wrapped_key(), view().id, view().target.account,
                                                    purpose_of(perform.location), view().old_key, *holding->secret));
    draft.detail["old_sealed"] = "yes";
  }
  if (!restores) {
    if (auto stop = learn_old_secret(perform.location, *holding, draft, attachments)) return stop;
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
  if (const Written* written = done(answer)) return location_written(perform, pending, *written);
  if (const Refused* no = refused(answer)) {
    append(outcome(pending, Outcome::refused, now()));
    // An optional location never holds the others up; a conflict is looked at again and shown. One that no look shows
    // is the place's own reason: it is told, and tried again by the next command.
    const bool forward_optional = optional && !restores;
    const bool first = no->why == Refusal::conflict && ++conflicts_[perform.location] == 1;
    if (forward_optional || first) return {};
    Problem problem = place_refusal(view(), doing(perform), *no);
    if (restores) {
      problem.hint += "; or, to leave that place as it is: " + resume_command(view()) +
                      " --accept waive_location:" + perform.location.text();
    }
    return Result{.ending = ending_of(*no), .problem = std::move(problem)};
  }
  append(outcome(pending, Outcome::unknown, now()));
  if (unknown(answer)->goes_on) {  // a piece of a longer wait, each under a lease of its own; the place knows its end
    --writes_[perform.location];
    return {};
  }
  return mutation_unknown(doing(perform), unknown(answer)->why);
}

}  // namespace rotation
