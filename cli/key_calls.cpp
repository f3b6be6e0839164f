#include "cli/key_calls.hpp"

#include <algorithm>
#include <utility>

#include "cli/remote_trouble.hpp"

namespace cli {

using rotation::AccessKey;
using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Draft;
using rotation::Ending;
using rotation::KeyStatus;
using rotation::Kind;
using rotation::Nothing;
using rotation::Op;
using rotation::Outcome;
using rotation::Step;
using rotation::Trouble;

namespace {

constexpr const char* untouched = "No key was touched.";

// "arn:aws:iam::123456789012:user/path/dev" → "dev"; empty for a role or the root user.
rotation::UserName user_in(const rotation::Arn& arn) {
  if (arn.text().find(":user/") == std::string::npos) return {};
  return rotation::UserName{arn.text().substr(arn.text().rfind('/') + 1)};
}

Step step_of(Op op) {
  switch (op) {
    case Op::create_key: return Step::create;
    case Op::write_location:
    case Op::restore_location: return Step::deploy;
    case Op::activate_key:
    case Op::deactivate_key: return Step::deactivate;
    case Op::delete_key:
    case Op::undelete_key: return Step::delete_key;
  }
  return Step::create;
}

Outcome outcome_of(const auto& answer) {
  if (rotation::refused(answer) != nullptr) return Outcome::refused;
  return rotation::unknown(answer) != nullptr ? Outcome::unknown : Outcome::done;
}

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

std::string ids_of(const std::vector<AccessKey>& keys) {
  std::string ids;
  for (const AccessKey& key : keys) ids += (ids.empty() ? "" : ",") + key.id.text();
  return ids;
}

}  // namespace

KeyCalls::KeyCalls(House& house, const TargetWords& words) : house_(house) {
  const Aim aim = aim_at(words, house.config(), Locations::not_needed);
  access_ = house.cloud(aim.connection);
  const rotation::Caller caller = required(cloud().caller(), "Who signs the requests is not known", untouched);
  if (aim.account_pin && *aim.account_pin != caller.account_id) {
    throw Trouble(Ending::wrong_account,
                  {.message = "The credentials belong to account " + caller.account_id.text() +
                              ", and the config pins " + aim.account_pin->text() + ".",
                   .keys = untouched,
                   .hint = "check profile and account_id of " + aim.account.text() + " in the config"});
  }
  const rotation::UserName name = aim.by_profile ? user_in(caller.arn) : aim.user;
  if (name.empty()) {
    throw usage("The key of profile " + aim.account.text() + " belongs to no user but to " + caller.arn.text() + ".",
                "name the user: keybaton key … ACCOUNT/USER");
  }
  const auto answer = cloud().user(name);
  if (const auto* no = rotation::refused(answer); no != nullptr && no->why == rotation::Refusal::no_such_entity) {
    throw usage("Account " + caller.account_id.text() + " has no user \"" + name.text() + "\".",
                std::string("keybaton keys ") + (aim.by_profile ? "--profile " : "") + aim.account.text());
  }
  const rotation::User user = required(answer, "The user " + name.text() + " cannot be read", untouched);
  caller_ = caller.arn;
  target_ = {.account = aim.account,
             .provider = cloud().facts().provider,
             .partition = caller.partition,
             .account_id = caller.account_id,
             .user = user.name,
             .user_id = user.id,
             .by_profile = aim.by_profile};
}

std::vector<AccessKey> KeyCalls::keys() {
  return required(cloud().keys(target_.user), "The keys of " + target_.user.text() + " cannot be read", untouched);
}

AccessKey KeyCalls::key(const AccessKeyId& id) {
  const std::vector<AccessKey> all = keys();
  const auto found = std::ranges::find(all, id, &AccessKey::id);
  if (found != all.end()) return *found;
  throw usage(target_.user.text() + " has no key " + id.text() + (all.empty() ? "." : "; it has " + ids_of(all) + "."),
              "keybaton key list " + words());
}

rotation::LastUsed KeyCalls::last_used(const AccessKeyId& id) {
  return required(cloud().last_used(target_.user, id), "The last use of " + id.text() + " cannot be read", untouched);
}

std::vector<rotation::KeyUse> KeyCalls::uses(const AccessKeyId& id) {
  auto answer = cloud().uses(id);
  auto* found = rotation::done(answer);
  return found == nullptr ? std::vector<rotation::KeyUse>{} : std::move(*found);
}

// ---- before a change -----------------------------------------------------------------------------------------------

void KeyCalls::refuse_open_rotation() {
  if (!store_) store_.emplace(house_.store());
  const auto open = store_->reader().open_of(target_);
  if (open.empty()) return;
  throw Trouble(Ending::needs_operator, {.message = "Rotation " + open.front().id.text() + " of " + words() +
                                                    " is open: a single call would pull a key from under it.",
                                         .keys = untouched,
                                         .hint = "keybaton status " + open.front().id.text()});
}

void KeyCalls::ask(Step step, Op op, const AccessKey& key, const std::string& what) {
  rotation::Question question;
  question.step = step;
  question.op = op;
  question.key = key.id;
  question.what = what;
  question.typed = true;
  const auto used = cloud().last_used(target_.user, key.id);
  if (const auto* last = rotation::done(used)) {
    question.because.push_back(last->at ? "last used " + rotation::rfc3339(*last->at) + " for " + last->service
                                        : "never used, as far as the cloud knows");
  } else {
    question.because.emplace_back("its last use could not be read");
  }
  const std::vector<AccessKey> all = keys();
  const auto active = std::ranges::count(all, KeyStatus::active, &AccessKey::status);
  if (key.status == KeyStatus::active && active == 1) {
    question.because.push_back("it is the only Active key of " + target_.user.text());
  }
  if (cloud().signing_key() == key.id) question.because.emplace_back("keybaton itself signs with it now");
  if (op == Op::deactivate_key) question.undo_command = cloud().command_for(Op::activate_key, target_.user, key.id);
  const rotation::Consent consent = house_.person().confirm(question);
  if (house_.clock().interrupted()) {
    throw Trouble(Ending::interrupted, {.message = "Interrupted before " + key.id.text() + " was touched.",
                                        .keys = untouched,
                                        .hint = "run the command again"});
  }
  if (consent == rotation::Consent::given) return;
  if (consent == rotation::Consent::declined) {
    throw Trouble(Ending::needs_operator, {.message = "Not done, for you did not agree: " + what + ".",
                                           .keys = untouched,
                                           .hint = "run the command again if it is wanted after all"});
  }
  throw Trouble(Ending::needs_operator,
                {.message = "Nobody agreed to " + what + ".",
                 .keys = untouched,
                 .hint = "answer at a terminal, or add --yes=" + std::string(rotation::word(step))});
}

// ---- the record ----------------------------------------------------------------------------------------------------

Draft KeyCalls::draft(Kind kind, Op op) const {
  Draft draft;
  draft.kind = kind;
  draft.step = step_of(op);
  draft.direction = op == Op::activate_key ? rotation::Direction::back : rotation::Direction::forward;
  draft.detail = {{"op", std::string(rotation::word(op))},
                  {"partition", target_.partition},
                  {"account_id", target_.account_id.text()},
                  {"user_id", target_.user_id.text()}};
  return draft;
}

void KeyCalls::record(Draft draft) {
  rotation::put(draft.detail, house_.now());
  store_->append_single(target_.account, target_.user, house_.actor(), caller_, std::move(draft));
}

// ---- changes -------------------------------------------------------------------------------------------------------

void KeyCalls::change(Op op, const AccessKeyId& id, const std::function<Answer<Nothing>()>& call,
                      const std::function<bool(const std::vector<AccessKey>&)>& holds) {
  Draft intent = draft(Kind::intent, op);
  intent.key = id;
  intent.attempt = house_.clock().fresh_attempt();
  record(intent);
  const Answer<Nothing> answer = call();
  Draft outcome = draft(Kind::outcome, op);
  outcome.key = id;
  outcome.attempt = intent.attempt;
  outcome.outcome = outcome_of(answer);
  if (outcome.outcome == Outcome::unknown) {
    const auto now = cloud().keys(target_.user);
    if (const auto* seen = rotation::done(now); seen != nullptr && holds(*seen)) {
      outcome.outcome = Outcome::done;
      outcome.detail["settled_by"] = "list";
    }
  }
  if (const auto* no = rotation::refused(answer)) outcome.detail["code"] = no->code;
  record(outcome);
  if (outcome.outcome == Outcome::done) return;
  const bool refused = outcome.outcome == Outcome::refused;
  require_done(
      answer, refused ? "The call on " + id.text() + " was not done" : "Whether the call on " + id.text() + " was done",
      refused ? "The key is as it was." : "The key may have changed, or may yet change.",
      "keybaton key list " + words());
}

void KeyCalls::set_status(const AccessKeyId& id, KeyStatus status) {
  refuse_open_rotation();
  const AccessKey now = key(id);
  if (now.status == status) return;
  const Op op = status == KeyStatus::active ? Op::activate_key : Op::deactivate_key;
  if (op == Op::deactivate_key) ask(Step::deactivate, op, now, "deactivate " + id.text());
  change(
      op, id, [&] { return cloud().set_status(target_.user, id, status); },
      [&](const std::vector<AccessKey>& seen) {
        const auto found = std::ranges::find(seen, id, &AccessKey::id);
        return found != seen.end() && found->status == status;
      });
}

void KeyCalls::remove(const AccessKeyId& id) {
  refuse_open_rotation();
  const AccessKey now = key(id);
  if (now.status == KeyStatus::active) {
    throw Trouble(Ending::needs_operator,
                  {.message = id.text() + " is Active; a delete cannot be undone, a deactivate can.",
                   .keys = untouched,
                   .hint = "keybaton key deactivate " + words() + " --key " + id.text() + ", or keybaton retire " +
                           words() + " --key " + id.text()});
  }
  ask(Step::delete_key, Op::delete_key, now, "delete " + id.text());
  change(
      Op::delete_key, id, [&] { return cloud().delete_key(target_.user, id); },
      [&](const std::vector<AccessKey>& seen) { return std::ranges::find(seen, id, &AccessKey::id) == seen.end(); });
}

// The secret could not be kept, so nobody can ever use this key: it goes at once.
void KeyCalls::unmake(const AccessKeyId& id, const std::string& why) {
  // Some clouds delete no Active key; where switching it off fails, the delete says what became of it.
  (void)cloud().set_status(target_.user, id, rotation::KeyStatus::inactive);
  const auto removed = cloud().delete_key(target_.user, id);
  const bool gone = rotation::done(removed) != nullptr;
  Draft outcome = draft(Kind::outcome, Op::create_key);
  outcome.key = id;
  outcome.outcome = gone ? Outcome::not_done : Outcome::half_done;
  outcome.detail["why"] = "the secret could not be kept";
  record(outcome);
  throw Trouble(
      Ending::storage,
      {.message = "The secret of the new key " + id.text() + " could not be kept: " + why + ".",
       .keys = gone                                    ? "The new key was deleted at once; the others are as they were."
               : rotation::unknown(removed) != nullptr ? "The new key may still stand there, and nobody has its secret."
                                                       : "The new key still stands there and nobody has its secret.",
       .hint = gone ? "make room, then run the command again"
                    : "keybaton key deactivate " + words() + " --key " + id.text()});
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
      unmake(made->id, trouble.what());
    }
  }
  Draft outcome = draft(Kind::outcome, Op::create_key);
  outcome.attempt = intent.attempt;
  outcome.outcome = outcome_of(answer);
  if (made != nullptr) outcome.key = made->id;
  if (const auto* no = rotation::refused(answer)) outcome.detail["code"] = no->code;
  record(outcome);
  house_.clock().release_signals();
  const bool unknown = outcome.outcome == Outcome::unknown;
  require_done(answer, (unknown ? "Whether a key was made for " : "No key was made for ") + target_.user.text(),
               unknown ? "A key may stand there whose secret nobody has; before the call there " +
                             (before.empty() ? "was none." : "were: " + ids_of(before) + ".")
                       : "The keys are as they were.",
               "keybaton key list " + words());
  return made->id;
}

}  // namespace cli
