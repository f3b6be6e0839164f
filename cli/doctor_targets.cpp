// What a rotation of one target will meet: its user, its keys and what each location holds.
#include <algorithm>
#include <set>

#include "cli/doctor_checks.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

using rotation::AccessKey;
using rotation::AccessKeyId;
using Keys = std::vector<AccessKey>;

class TargetChecks {
 public:
  TargetChecks(House& house, const ConfiguredTarget& target, CloudAccess* access, const rotation::View* known)
      : house_(house),
        target_(target),
        access_(access),
        known_(known),
        open_(known != nullptr && known->open() ? known : nullptr),
        words_(target.account.text() + "/" + target.user.text()) {}

  [[nodiscard]] std::vector<Check> all() {
    if (open_ != nullptr) rotation_under_way();
    list_keys();
    for (const rotation::LocationSpec& spec : target_.locations) location(spec);
    drift();
    if (keys_) room_for_a_key();
    return std::move(checks_);
  }

 private:
  void add(const std::string& what, bool ok, const std::string& detail, const std::string& hint) {
    checks_.push_back({.name = what + " of " + words_, .ok = ok, .detail = detail, .hint = ok ? "" : hint});
  }

  // While a rotation is open its own status knows what helps; before one, the plan does.
  [[nodiscard]] std::string next_command() const {
    return std::string("keybaton ") + (open_ != nullptr ? "status " : "plan ") + rotation::quoted(words_);
  }

  void rotation_under_way() {
    const std::string what = open_->id.text() + " is open: " + std::string(rotation::word(open_->state)) +
                             (open_->attention ? ", " + open_->attention->message : "");
    add("rotation", !open_->attention, what, next_command());
  }

  void list_keys() {
    if (access_ == nullptr) return;
    const auto answer = access_->cloud().keys(target_.user);
    if (const Keys* listed = rotation::done(answer)) {
      keys_ = *listed;
      return;
    }
    const auto* no = rotation::refused(answer);
    if (no != nullptr && no->why == rotation::Refusal::no_such_entity) {
      add("user", false, "the account has no user \"" + target_.user.text() + "\"",
          "take the target out of the config, or name the right user");
    } else {
      add("keys", false, "they cannot be listed: " + why_not(answer),
          "let the caller list the access keys of this user");
    }
  }

  [[nodiscard]] bool ours(const AccessKeyId& id) const {
    return open_ != nullptr && (id == open_->old_key || id == open_->new_key);
  }

  // Empty where a location may hold this key.
  [[nodiscard]] std::string wrong_with(const AccessKeyId& id) const {
    if (!keys_) return {};
    const auto found = std::ranges::find(*keys_, id, &AccessKey::id);
    if (found == keys_->end()) return "which is no key of " + target_.user.text();
    if (found->status != rotation::KeyStatus::active) return "which is " + std::string(rotation::word(found->status));
    return {};
  }

  void location(const rotation::LocationSpec& spec) {
    const std::string what = "location " + spec.name.text();
    const std::string look = "check its path and settings in the config";
    try {
      const auto place = secrets_adapters::make_location(spec, house_.surroundings(access_));
      const auto answer = place->read();
      const rotation::Holding* holding = rotation::done(answer);
      if (holding == nullptr) return add(what, false, why_not(answer), helps(answer, look));
      if (holding->custody == rotation::Custody::by_hand) return add(what, true, "is written by hand", {});
      const bool closed = holding->custody == rotation::Custody::closed && !holding->mark.empty();
      if (!holding->id && !closed) return add(what, false, "holds no key", look);
      if (closed) return shows_nothing(spec, *place, holding->mark);
      held_.insert(*holding->id);
      const std::string holds = "holds " + holding->id->text();
      const auto ready = place->ready();
      if (rotation::done(ready) == nullptr) {
        return add(what, false, holds + ", but cannot be written: " + why_not(ready), helps(ready, look));
      }
      if (const std::string wrong = wrong_with(*holding->id); !wrong.empty()) {
        return add(what, false, holds + ", " + wrong,
                   open_ != nullptr ? next_command() : "put a key there that works, then run keybaton doctor again");
      }
      add(what, true, holds, {});
    } catch (const rotation::Trouble& trouble) {
      add(what, false, trouble.problem().message, look);
    }
  }

  // What it holds nobody can say; whether it takes a write, it tells, and whether somebody else has written there.
  void shows_nothing(const rotation::LocationSpec& spec, const rotation::Location& place, const std::string& mark) {
    const std::string what = "location " + spec.name.text();
    const auto ready = place.ready();
    if (rotation::done(ready) == nullptr) {
      return add(what, false, "cannot be written: " + why_not(ready),
                 helps(ready, "check its path and settings in the config"));
    }
    const rotation::LocationView* before = known_ != nullptr ? known_->find(spec.name) : nullptr;
    const bool told = before != nullptr && before->spec == spec && before->custody == rotation::Custody::closed;
    const bool pending = told && known_->pending && known_->pending->location == spec.name;
    if (told && !pending && !before->mark.empty() && before->mark != mark) {
      return add(what, false, "does not show what it holds, and somebody has written to it since " + known_->id.text(),
                 open_ != nullptr ? next_command() : "make sure that it has the pair of a key that works");
    }
    add(what, true, "does not show what it holds", {});
  }

  // What the place itself says helps, or what helps against such a refusal; `look` where only the config may be wrong.
  template <class T>
  [[nodiscard]] static std::string helps(const rotation::Answer<T>& answer, const std::string& look) {
    const auto* no = rotation::refused(answer);
    if (no == nullptr) return "see that it can be reached and answers, then run keybaton doctor again";
    switch (no->why) {
      case rotation::Refusal::invalid_credentials:
      case rotation::Refusal::expired_session:
      case rotation::Refusal::clock:
      case rotation::Refusal::throttled:
      case rotation::Refusal::not_sent: return rotation::place_remedy(*no) + ", then run keybaton doctor again";
      default: return no->remedy.empty() ? look : no->remedy + ", then run keybaton doctor again";
    }
  }

  // On the way from the old key to the new one some places hold this and some that.
  void drift() {
    if (held_.size() < 2 || std::ranges::all_of(held_, [this](const AccessKeyId& id) { return ours(id); })) return;
    add("drift", false, "its locations hold different keys: " + ids(held_), next_command());
  }

  void room_for_a_key() {
    if (open_ != nullptr) return;
    if (keys_->empty()) return add("keys", false, target_.user.text() + " has no key", next_command());
    if (keys_->size() == 1) return;
    std::set<AccessKeyId> all, spare;
    for (const AccessKey& key : *keys_) {
      all.insert(key.id);
      if (!held_.contains(key.id)) spare.insert(key.id);
    }
    const bool known = spare.size() == 1;
    add("keys", false, "no place is free for a new one: " + ids(all),
        known ? "keybaton retire " + rotation::quoted(words_) + " --key " + spare.begin()->text() : next_command());
  }

  [[nodiscard]] static std::string ids(const std::set<AccessKeyId>& all) {
    std::string text;
    for (const AccessKeyId& id : all) text += (text.empty() ? "" : ", ") + id.text();
    return text;
  }

  House& house_;
  const ConfiguredTarget& target_;
  CloudAccess* access_;
  const rotation::View* known_;
  const rotation::View* open_;  // the same, if it is open
  std::string words_;
  std::optional<Keys> keys_;
  std::set<AccessKeyId> held_;
  std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> target_checks(House& house, const ConfiguredTarget& target, CloudAccess* access,
                                 const rotation::View* known) {
  return TargetChecks{house, target, access, known}.all();
}

}  // namespace cli
