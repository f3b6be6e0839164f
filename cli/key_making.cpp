// The single call that makes a key: its secret is kept, or the key goes again.
#include <algorithm>
#include <utility>

#include "cli/key_calls.hpp"
#include "cli/key_parts.hpp"
#include "cli/remote_trouble.hpp"
#include "inventory/slots.hpp"
#include "rotation/stops.hpp"

namespace cli {

using rotation::AccessKey;
using rotation::AccessKeyId;
using rotation::AttemptId;
using rotation::Draft;
using rotation::Ending;
using rotation::KeyStatus;
using rotation::Kind;
using rotation::Op;
using rotation::Outcome;
using rotation::Trouble;

namespace {

// The place is given back unless a secret was kept there: a record that fails later must not take it along.
class Keeping {
 public:
  explicit Keeping(SecretPlace& place) : place_(place) {}
  Keeping(const Keeping&) = delete;
  Keeping& operator=(const Keeping&) = delete;
  ~Keeping() {
    if (!kept_) place_.discard();
  }
  void keep(const rotation::Secret& secret) {
    place_.keep(secret);
    kept_ = true;
  }

 private:
  SecretPlace& place_;
  bool kept_ = false;
};

std::string maybe_made(const std::vector<AccessKey>& before) {
  return "A key may stand there whose secret nobody has; before the call there " +
         (before.empty() ? "was none." : "were: " + ids_of(before) + ".");
}

}  // namespace

// The secret could not be kept, so nobody can ever use this key: it goes at once.
void KeyCalls::unmake(const AccessKeyId& id, const AttemptId& attempt, const std::string& why) {
  // Some clouds delete no Active key; where switching it off fails, the delete says what became of it.
  (void)cloud().set_status(target_.user, id, rotation::KeyStatus::inactive);
  const auto removed = cloud().delete_key(target_.user, id);
  const bool gone = rotation::done(removed) != nullptr;
  Draft outcome = draft(Kind::outcome, Op::create_key);
  outcome.key = id;
  outcome.attempt = attempt;
  outcome.outcome = gone ? Outcome::not_done : Outcome::half_done;
  outcome.detail["why"] = "the secret could not be kept";
  std::string unrecorded;
  try {
    record(outcome);
  } catch (const Trouble& trouble) {
    unrecorded = " Nor did the journal take that down: " + trouble.problem().message;
  }
  throw Trouble(
      Ending::storage,
      {.message = "The secret of the new key " + id.text() + " could not be kept: " + why + "." + unrecorded,
       .keys = gone                                    ? "The new key was deleted at once; the others are as they were."
               : rotation::unknown(removed) != nullptr ? "The new key may still stand there, and nobody has its secret."
                                                       : "The new key still stands there and nobody has its secret.",
       .hint = gone ? "make room, then run the command again"
                    : "keybaton key deactivate " + words() + " --key " + id.text()});
}

// Which keys take the slots, and the command that frees one: of the key that is at rest, where there is one.
Trouble KeyCalls::no_free_slot(const rotation::Refused& no) {
  const rotation::Time now = house_.now().wall;
  const rotation::Policy usual;
  const inventory::KeyTimes times{
      .quiet = usual.quiet + usual.lag + usual.granularity, .long_unused = usual.max_age, .max_age = usual.max_age};
  std::string list, at_rest;
  const auto all = cloud().keys(target_.user);
  for (const AccessKey& key : rotation::done(all) != nullptr ? *rotation::done(all) : std::vector<AccessKey>{}) {
    const auto answer = cloud().last_used(target_.user, key.id);
    const auto* read = rotation::done(answer);
    const auto used = read == nullptr ? std::nullopt : std::optional{*read};
    const std::string when = read == nullptr ? "last use not known"
                             : !read->at     ? "never used"
                                             : "last used " + rotation::rfc3339(*read->at);
    list += (list.empty() ? ": " : ", ") + key.id.text() + " (" + std::string(rotation::word(key.status)) + ", " +
            when + ")";
    const inventory::SlotUse use = inventory::slot_use(key, used, times, now);
    const bool rests = use == inventory::SlotUse::idle || use == inventory::SlotUse::never ||
                       (key.status != KeyStatus::active && use == inventory::SlotUse::resting);
    if (rests && at_rest.empty()) at_rest = key.id.text();
  }
  const std::string retire = "keybaton retire " + words() + " --key ";
  const std::string look =
      target_.by_profile ? "keybaton find KEY_ID" : "keybaton plan " + rotation::quoted(target_.account.text());
  return {Ending::refused,
          {.message = target_.user.text() + " has all the access keys that it may have" + list + " (" + no.code + ").",
           .keys = "No key was made; the keys are as they were.",
           .hint = at_rest.empty() ? look + " to see which of them nobody needs, then " + retire + "KEY_ID"
                                   : retire + at_rest}};
}

AccessKeyId KeyCalls::create(SecretPlace& place) {
  Keeping kept{place};
  refuse_open_rotation();
  const std::vector<AccessKey> before = keys();
  Draft intent = draft(Kind::intent, Op::create_key);
  intent.attempt = house_.clock().fresh_attempt();
  intent.detail["keys_before"] = ids_of(before);
  record(intent);
  house_.clock().hold_signals();
  auto answer = cloud().create_key(target_.user);
  rotation::NewKey* made = rotation::done(answer);
  if (made != nullptr) {
    try {
      kept.keep(made->secret);
    } catch (const std::exception& trouble) {
      unmake(made->id, intent.attempt, trouble.what());
    }
  }
  Draft outcome = draft(Kind::outcome, Op::create_key);
  outcome.attempt = intent.attempt;
  outcome.outcome = outcome_of(answer);
  if (made != nullptr) outcome.key = made->id;
  if (const auto* no = rotation::refused(answer)) outcome.detail["code"] = no->code;
  const std::string keys = made != nullptr ? "The new key " + made->id.text() + " is Active, and " + place.told() +
                                                 "; the others are as they were."
                           : outcome.outcome == Outcome::refused ? "No key was made; the keys are as they were."
                                                                 : maybe_made(before);
  record_outcome(outcome, keys);
  house_.clock().release_signals();
  if (const auto* no = rotation::refused(answer); no != nullptr && no->why == rotation::Refusal::limit_exceeded) {
    throw no_free_slot(*no);
  }
  const bool unknown = outcome.outcome == Outcome::unknown;
  require_done(answer, (unknown ? "Whether a key was made for " : "No key was made for ") + target_.user.text(),
               unknown ? maybe_made(before) : "The keys are as they were.", "keybaton key list " + words());
  return made->id;
}

}  // namespace cli
