#include "cli/key_calls.hpp"

#include <algorithm>
#include <utility>

#include "cli/alone.hpp"
#include "cli/key_parts.hpp"
#include "cli/remote_trouble.hpp"
#include "rotation/stops.hpp"

namespace cli {

using rotation::AccessKey;
using rotation::AccessKeyId;
using rotation::Answer;
using rotation::AttemptId;
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

std::string status_after(Op op) {
  return op == Op::delete_key ? "is deleted" : op == Op::activate_key ? "is Active now" : "is Inactive now";
}

}  // namespace

KeyCalls::KeyCalls(House& house, const TargetWords& words) : house_(house) {
  const Aim aim = aim_at(words, house.config(), Locations::not_needed);
  words_ = aim.words;
  access_ = house.cloud(aim.connection);
  auto who = cloud().caller();
  // Asking that needs no permission: what a cloud refuses of it is the signature.
  if (const auto* no = rotation::refused(who); no != nullptr && no->why == rotation::Refusal::denied) {
    who = rotation::Refused{rotation::Refusal::invalid_credentials, no->code,
                            "the cloud does not know this access key with this secret", no->request_id};
  }
  const rotation::Caller caller = required(std::move(who), "Who signs the requests is not known", untouched);
  if (const auto offset = cloud().clock_offset()) house.clock().set_server_offset(*offset);
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
                "keybaton keys " + (aim.by_profile ? aim.words : rotation::quoted(aim.account.text())));
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

void KeyCalls::refuse_open_rotation(const std::optional<AccessKeyId>& waking) {
  if (!store_) store_.emplace(house_.store());
  const auto open = store_->reader().open_of(target_);
  // No command can go on with such a rotation or turn it back any more, so nothing else turns its old key on.
  const bool last_way = std::ranges::any_of(open, [&](const rotation::Summary& each) {
    return waking == each.old_key && as_it_stands(store_->reader(), each.id).row_only;
  });
  if (open.empty() || last_way) return;
  throw Trouble(Ending::needs_operator,
                {.message = "Rotation " + open.front().id.text() + " of " + rotation::target_words(target_) +
                            " is open: a single call would pull a key from under it.",
                 .keys = untouched,
                 .hint = "keybaton status " + open.front().id.text()});
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

// The call has gone out: where the journal does not take what became of it, it is told here or nowhere.
void KeyCalls::record_outcome(Draft outcome, const std::string& keys) {
  const bool done = outcome.outcome == Outcome::done;
  try {
    record(std::move(outcome));
  } catch (const Trouble& trouble) {
    throw Trouble(
        trouble.ending(),
        {.message =
             "The call was made, but the journal has no record of what became of it: " + trouble.problem().message,
         .keys = keys,
         .hint = "keybaton key list " + words() + (done ? "; do not run this command again: it is done" : "")});
  }
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
  const std::string keys = outcome.outcome == Outcome::done      ? id.text() + " " + status_after(op) + "."
                           : outcome.outcome == Outcome::refused ? "The cloud said no: " + id.text() + " is as it was."
                                                                 : id.text() + " may have changed, or may yet change.";
  record_outcome(outcome, keys);
  if (outcome.outcome == Outcome::done) return;
  if (const auto* no = rotation::refused(answer); no != nullptr && no->why == rotation::Refusal::no_such_entity) {
    throw refused_trouble(*no, id.text() + " is not there any more: it, or its user, was deleted in the meantime",
                          "This command changed nothing.", "keybaton key list " + words());
  }
  const bool refused = outcome.outcome == Outcome::refused;
  require_done(
      answer, refused ? "The call on " + id.text() + " was not done" : "Whether the call on " + id.text() + " was done",
      refused ? "The key is as it was." : "The key may have changed, or may yet change.",
      "keybaton key list " + words());
}

void KeyCalls::set_status(const AccessKeyId& id, KeyStatus status) {
  refuse_open_rotation(status == KeyStatus::active ? std::optional{id} : std::nullopt);
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
                  {.message = id.text() + (cloud().facts().undeletes()
                                               ? " is Active; a deactivate is undone at once, a delete only for a "
                                                 "while, from the recycle bin."
                                               : " is Active; a delete cannot be undone, a deactivate can."),
                   .keys = untouched,
                   .hint = "keybaton key deactivate " + words() + " --key " + id.text() + ", or keybaton retire " +
                           words() + " --key " + id.text()});
  }
  ask(Step::delete_key, Op::delete_key, now, "delete " + id.text());
  change(
      Op::delete_key, id, [&] { return cloud().delete_key(target_.user, id); },
      [&](const std::vector<AccessKey>& seen) { return std::ranges::find(seen, id, &AccessKey::id) == seen.end(); });
}

}  // namespace cli
