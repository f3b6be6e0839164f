#include <algorithm>
#include <utility>

#include "rotation/drafts.hpp"
#include "rotation/engine_parts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/sight.hpp"
#include "rotation/stops.hpp"

namespace rotation {

void Engine::look_caller() {
  Answer<Caller> answer = ports_.cloud.caller();
  const Refused* no = refused(answer);
  if (no != nullptr && no->why == Refusal::invalid_credentials && try_other_signer()) answer = ports_.cloud.caller();
  if (const Caller* caller = done(answer)) ports_.journal.set_caller(caller->arn);
  seen_.caller = {.answer = std::move(answer), .at = now()};
}

void Engine::look_keys() {
  Answer<KeyList> answer = ports_.cloud.keys(view().target.user);
  const KeyList* before = seen_.keys ? done(seen_.keys->answer) : nullptr;
  const KeyList* list = done(answer);
  if (before == nullptr || list == nullptr || *before != *list) seen_.keys_run.clear();
  const Instant at = now();
  if (list != nullptr) seen_.keys_run.push_back(at);
  seen_.keys = {.answer = std::move(answer), .at = at};
  seen_.keys_fresh = true;
  // Just back from the recycle bin, it may have been too early to turn it on.
  const bool not_found = seen_.wake_refused && seen_.wake_refused->why == Refusal::no_such_entity;
  if (not_found && list != nullptr && find_key(*list, view().old_key) != nullptr) seen_.wake_refused.reset();
}

void Engine::look_location(const LocationName& name) {
  auto found = ports_.locations.find(name);
  if (found == ports_.locations.end() && ports_.make_location) {
    found = ports_.locations.emplace(name, ports_.make_location(view().find(name)->spec)).first;
  }
  Instant at = now();
  Answer<LocationLook> look = Refused{
      .why = Refusal::unsupported, .code = {}, .message = "no adapter for this location is at hand", .request_id = {}};
  if (found != ports_.locations.end()) {
    Answer<Holding> answer = found->second->read();
    const Holding* holding = done(answer);
    look = holding != nullptr ? Answer<LocationLook>{Done<LocationLook>{as_look(name, *holding)}}
                              : pass_on<LocationLook>(answer);
    at = earlier(now(), found->second->age());
  }
  seen_.locations.insert_or_assign(name, Sighting<LocationLook>{.answer = std::move(look), .at = at});
}

LocationLook Engine::as_look(const LocationName& name, const Holding& holding) {
  LocationLook look{.id = holding.id,
                    .readable = holding.secret.has_value(),
                    .unfinished = !holding.unfinished.empty(),
                    .custody = holding.custody,
                    .mark = holding.mark,
                    .proposed = holding.proposed};
  compare_secrets(name, holding, look);
  return look;
}

// The right id beside another secret is a third value, too. Where the sealing key is gone, the id has to do.
void Engine::compare_secrets(const LocationName& name, const Holding& holding, LocationLook& look) {
  if (!holding.id || !holding.secret) return;
  const bool is_new = holding.id == view().new_key;
  if (!is_new && *holding.id != view().old_key) return;
  try {
    const auto old_one = old_secret_for(name);  // its own, or what another place showed of the same key
    const auto fresh = view().new_key ? unsealed("new") : std::nullopt;
    const bool holds_old = old_one && old_one->same_as(*holding.secret);
    const bool holds_new = fresh && ports_.locations.at(name)->form(*fresh).same_as(*holding.secret);
    const bool known = is_new ? fresh.has_value() : old_one.has_value();
    look.half = is_new ? holds_old && !holds_new : holds_new && !holds_old;
    look.other_secret = look.half || (known && !(is_new ? holds_new : holds_old));
  } catch (const SealingTrouble&) {
  }
}

namespace {

constexpr std::size_t sources_named = 4;
constexpr std::chrono::days history_tells{91};       // of older uses no event history knows, and asking is slow
constexpr std::string_view own_agent = "keybaton/";  // of the requests that this program sends

// "ecs from 203.0.113.7, oss from 198.51.100.2 and 3 more"
std::string sources_words(const std::vector<KeyUse>& uses) {
  std::string text;
  for (std::size_t i = 0; i < std::min(uses.size(), sources_named); ++i) {
    text += (i == 0 ? "" : ", ") + uses[i].service;
    if (!uses[i].address.empty()) text += " from " + uses[i].address;
  }
  if (uses.size() > sources_named) text += " and " + std::to_string(uses.size() - sources_named) + " more";
  return text;
}

}  // namespace

// Who used it, from the event history. It may be denied, or not there: then the time alone has to do.
void Engine::note_sources(const AccessKeyId& key, const LastUsed& used, Draft& draft) {
  if (!used.at || now().wall - *used.at > history_tells) return;
  const Sample* before = latest_sample(view(), key);
  if (before != nullptr && before->known && before->used.at == used.at) {
    if (!before->used_by.empty()) draft.detail["used_by"] = before->used_by;
    if (before->foreign_use) draft.detail["foreign_use"] = "yes";
    // Another use in the same span does not move last-used, and the history may tell it late.
    const Policy& policy = view().policy;
    if (before->foreign_use || before->seen.wall > *used.at + policy.granularity + policy.lag) return;
  }
  Answer<std::vector<KeyUse>> answer = ports_.cloud.uses(key);
  auto* uses = std::get_if<Done<std::vector<KeyUse>>>(&answer);
  if (uses == nullptr) return;
  std::erase_if(uses->value, [](const KeyUse& use) { return use.agent.starts_with(own_agent); });
  if (uses->value.empty()) return;
  draft.detail["used_by"] = sources_words(uses->value);
  put_uses(draft.detail, uses->value, now().wall);
  const auto& ours = view().provider.own_services;
  const bool foreign = std::ranges::any_of(uses->value, [&](const KeyUse& use) { return !ours.contains(use.service); });
  if (foreign) draft.detail["foreign_use"] = "yes";
}

Engine::End Engine::look_last_used(const AccessKeyId& key) {
  Answer<LastUsed> answer = ports_.cloud.last_used(view().target.user, key);
  if (const auto offset = ports_.cloud.clock_offset()) ports_.clock.set_server_offset(*offset);
  const Instant at = now();
  Draft draft = sample_draft(key, answer, at);
  if (const LastUsed* used = done(answer)) note_sources(key, *used, draft);
  if (view().self && burst_began_) draft.detail["own_since"] = rfc3339(*burst_began_);
  // The verdict as it is with this sample, so that status can tell it from the journal alone.
  if (view().direction == Direction::forward && view().state < State::verified) {
    View with = view();
    const LastUsed* used = done(answer);
    with.samples.push_back({.key = key,
                            .used = used != nullptr ? *used : LastUsed{},
                            .seen = at,
                            .known = used != nullptr,
                            .own_since = view().self ? burst_began_ : std::nullopt,
                            .used_by = get(draft.detail, "used_by").value_or(""),
                            .foreign_use = get(draft.detail, "foreign_use") == "yes"});
    if (const auto verdict = assess(with, at).verdict) draft.detail["verdict"] = word(*verdict);
  }
  append(std::move(draft));
  seen_.sampled[key] = at;
  // Without the permission no patience brings evidence.
  const Refused* no = refused(answer);
  if (no == nullptr || no->why != Refusal::denied) return {};
  return cloud_refused("reading when key " + key.text() + " was last used", *no);
}

void Engine::look_probe() {
  auto& probing = seen_.probing;
  const Instant began = now();
  if (!probing.first) probing.first = began;
  probing.last = began;
  const auto secret = unsealed("new");
  if (!secret) {
    throw SealingTrouble({.message = "The sealed secret of the new key cannot be opened.",
                          .keys = keys_now(view()),
                          .hint = "bring the right sealing key back, or run: " + rollback_command(view())});
  }
  const Answer<Caller> answer = ports_.cloud.probe(*view().new_key, *secret);
  const Caller* caller = done(answer);
  const Target& target = view().target;
  if (caller != nullptr && caller->account_id == target.account_id && caller->user_id == target.user_id) {
    ++probing.good;
    probing.unknown_key = 0;
    probing.first_unknown.reset();
    // A later proof that the key is alive is a use of our own: evidence must not take it for a consumer's.
    if (view().probed_at) {
      Draft draft = observation("probe", now());
      draft.key = view().new_key;
      append(std::move(draft));
    }
    return;
  }
  probing.good = 0;
  const Refused* no = refused(answer);
  if (no == nullptr || no->why != Refusal::invalid_credentials) return;
  ++probing.unknown_key;
  if (!probing.first_unknown) probing.first_unknown = began;
}

std::optional<Spill::Kept> Engine::kept_secret() {
  if (!view().pending || view().pending->op != Op::create_key) return std::nullopt;
  auto kept = ports_.spill.kept(view().id, view().pending->attempt);
  const auto wrapped = ports_.journal.wrapped_key();
  if (!kept || !wrapped) return std::nullopt;
  // The tag decides whether it is whole.
  if (!ports_.sealer.unseal(*wrapped, view().id, view().target.account, kept->secret)) return std::nullopt;
  return kept;
}

void Engine::look_spill() {
  try {
    seen_.spill_whole = kept_secret().has_value();
  } catch (const SealingTrouble&) {
    // Going back, a key whose secret cannot be opened is one without a secret: it only has to go.
    if (view().direction == Direction::forward) throw;
    seen_.spill_whole = false;
  }
}

std::optional<SecretAccessKey> Engine::unsealed(const std::string& purpose) {
  const auto wrapped = ports_.journal.wrapped_key();
  const auto sealed = ports_.journal.sealed(purpose);
  if (!wrapped || !sealed) return std::nullopt;
  return ports_.sealer.unseal(*wrapped, view().id, view().target.account, *sealed);
}

bool Engine::sign_with_sealed(const std::string& purpose) {
  const AccessKeyId& key = purpose == "new" ? *view().new_key : view().old_key;
  if (ports_.cloud.signing_key() == key) return true;
  try {
    const auto secret = unsealed(purpose);
    if (!secret) return false;
    ports_.cloud.sign_with(key, *secret);
    return true;
  } catch (const SealingTrouble&) {
    return false;  // the usual credentials then: the location itself may hold the right key
  }
}

// Self-rotation: never sign with the old key once the new one works; going back, the new one reactivates the old one,
// which then takes over.
void Engine::choose_signer() {
  if (!view().self || signer_switched_ || !view().new_key) return;
  const bool forward = view().direction == Direction::forward;
  // Just turned on, the old key may still be refused.
  const auto& touched = view().old_touched;
  const bool old_known = !view().old_maybe_inactive && (!touched || elapsed(*touched, now()) >= spacing(view()).settle);
  if ((forward || !old_known) && view().probed_at) {
    sign_with_sealed("new");
  } else if (!forward && old_known) {
    for (const LocationView& location : view().locations) {
      if (location.old_sealed && !is_derived(location.spec) && sign_with_sealed(purpose_of(location.spec.name))) return;
    }
  }
}

// The key that signs is unknown to the cloud: the other one of a self-rotation is the emergency credential.
bool Engine::try_other_signer() {
  if (!view().self || signer_switched_ || !view().new_key) return false;
  signer_switched_ = true;
  if (ports_.cloud.signing_key() != *view().new_key) return sign_with_sealed("new");
  for (const LocationView& location : view().locations) {
    if (location.old_sealed && !is_derived(location.spec) && sign_with_sealed(purpose_of(location.spec.name))) {
      return true;
    }
  }
  return false;
}

}  // namespace rotation
