// Why a user's keys call for what they call for, and the command for it.
#include <algorithm>

#include "cli/slot_plan.hpp"
#include "cli/style.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using inventory::NextStep;
using inventory::SlotUse;
using inventory::SlotWhy;
using rotation::AccessKeyId;

std::string ago(rotation::Time then, rotation::Time now) {
  return then >= now ? "just now" : rotation::about(now - then) + " ago";
}

std::string age_of(const KeyOfUser& key, rotation::Time now) {
  return rotation::about(std::max(now - key.row.key.created_at, rotation::Seconds{0}));
}

std::string use_of(const KeyOfUser& key, rotation::Time now) {
  if (key.facts.use == SlotUse::unknown) return "was last used nobody can say when";
  if (!key.facts.used_at) return "was never used";
  return "was last used " + ago(*key.facts.used_at, now);
}

std::string home_of(const SlotHome& home, const std::string& own) {
  if (home.location.empty()) return home_words(home, own);
  return "location " + home.location + (home.target == own ? "" : " of " + home.target);
}

// "location laptop, /etc/app.env:3", the first three of them.
std::string homes_of(const KeyOfUser& key, const std::string& own) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t at = 0; at < std::min(key.homes.size(), most); ++at) {
    text += (at == 0 ? "" : ", ") + home_of(key.homes[at], own);
  }
  if (key.homes.size() > most) text += " and " + std::to_string(key.homes.size() - most) + " more";
  return text;
}

// What stands against a rotation between these keys, of the first location where something does.
std::string trouble_at(const std::vector<const ReadPlace*>& places, const PlannedUser& user) {
  const auto of_user = [&](const AccessKeyId& id) {
    return std::ranges::any_of(user.keys, [&](const KeyOfUser& key) { return key.row.key.id == id; });
  };
  for (const ReadPlace* place : places) {
    const std::string name = "location " + place->at.spec.name.text() + " ";
    if (place->at.spec.optional) continue;
    if (!place->trouble.empty()) return name + "cannot be read: " + place->trouble;
    if (!place->not_writable.empty()) return name + "cannot be written: " + place->not_writable;
    if (place->holds.id && !of_user(*place->holds.id)) return name + "holds " + place->holds.id->text();
    if (!place->holds.id && place->holds.custody == rotation::Custody::open) return name + "holds no key";
  }
  return "its locations hold different secrets beside one key, or none of them holds it";
}

const KeyOfUser& the(const PlannedUser& user, const AccessKeyId& id) {
  const auto found = std::ranges::find(user.keys, id, [](const KeyOfUser& key) { return key.row.key.id; });
  return found == user.keys.end() ? user.keys.front() : *found;
}

class Reason {
 public:
  Reason(const PlannedUser& user, const std::vector<const ReadPlace*>& places, const std::string& gap,
         rotation::Time now)
      : user_(user), places_(places), gap_(gap), now_(now) {}

  [[nodiscard]] std::string words() const {
    if (user_.advice.why == SlotWhy::open_rotation) {
      return "the " + std::string(rotation::word(user_.open->procedure)) + " " + user_.open->id.text() +
             " is open: " + user_.open->next.why;
    }
    if (user_.advice.why == SlotWhy::excluded) return "the policy leaves this user out (exclude_users)";
    if (user_.keys.empty() || user_.advice.why == SlotWhy::in_order) return "";
    const KeyOfUser& key = the(user_, user_.advice.key);
    return user_.advice.next == NextStep::find ? missing(key) : certain(key);
  }

 private:
  [[nodiscard]] std::string status_of(const KeyOfUser& key) const {
    return key.row.key.id.text() + " is " + std::string(rotation::word(key.row.key.status));
  }

  [[nodiscard]] std::string too_old(const KeyOfUser& key) const {
    return key.row.key.id.text() + " is " + age_of(key, now_) + " old (max_age is " +
           rotation::about(user_.times.max_age) + ")";
  }

  [[nodiscard]] std::string held(const KeyOfUser& key) const { return homes_of(key, user_.target()); }

  [[nodiscard]] std::string certain(const KeyOfUser& key) const {
    const std::string id = key.row.key.id.text();
    switch (user_.advice.why) {
      case SlotWhy::unused: return id + " " + use_of(key, now_) + " and is held nowhere; another key is Active";
      case SlotWhy::switched_off: return status_of(key) + ", " + use_of(key, now_) + " and is held nowhere";
      case SlotWhy::half_done: {
        const KeyOfUser& fresh = the(user_, *user_.advice.new_key);
        return "a rotation that somebody began by hand: " + held(fresh) + " hold" +
               (fresh.homes.size() == 1 ? "s " : " ") + fresh.row.key.id.text() + "; " + id + " " + use_of(key, now_) +
               (key.homes.empty() ? "" : " and is held by " + held(key));
      }
      case SlotWhy::too_old: {
        const bool idle = key.facts.use == SlotUse::idle && !user_.policy.cadence;
        return too_old(key) +
               (idle ? "; it " + use_of(key, now_) + ", so set the target's cadence, or verify waits as long once more"
                     : "");
      }
      default: return "";
    }
  }

  [[nodiscard]] std::string missing(const KeyOfUser& key) const {
    const std::string id = key.row.key.id.text();
    switch (user_.advice.why) {
      case SlotWhy::none_active:
        return "no key of it is Active" +
               (key.homes.empty() ? "" : ", and " + held(key) + " still holds " + id + ", which cannot sign");
      case SlotWhy::not_known_use: return "when " + id + " was last used could not be read";
      case SlotWhy::just_off:
        return status_of(key) + ", but " +
               (key.facts.used_at ? use_of(key, now_) : "was made only " + age_of(key, now_) + " ago") +
               ": too short a time to know that nobody misses it";
      case SlotWhy::dead_but_held: return status_of(key) + ", and is still held by " + held(key);
      case SlotWhy::idle_but_held: return id + " " + use_of(key, now_) + ", but is still held by " + held(key);
      case SlotWhy::may_be_held:
        return id + " " + use_of(key, now_) + ", but it may be where nobody could look" +
               (gap_.empty() ? ": a location of its target does not show what it holds" : ": " + gap_);
      case SlotWhy::signs_itself: return id + " signs the calls of this very program";
      case SlotWhy::not_rolled_out:
        return id + " was made " + age_of(key, now_) +
               " ago and is held nowhere yet: put it where it is to be used, "
               "or let it rest until it counts as unused";
      case SlotWhy::used_by_strangers: return id + " " + use_of(key, now_) + by(key) + ", and nothing here holds it";
      case SlotWhy::both_in_use: return "all its keys are in use, and no location tells which of them is to stay";
      case SlotWhy::places_differ: return trouble_at(places_, user_);
      case SlotWhy::no_locations: return too_old(key) + ", and no target says where it lives";
      case SlotWhy::outside_locations:
        return id + " is held by " + held(key) + ", and not all of that is a location of its target";
      case SlotWhy::nobody_uses: return too_old(key) + ", but it was never used: to hand it over helps nobody";
      default: return "";
    }
  }

  [[nodiscard]] std::string by(const KeyOfUser& key) const {
    return key.row.used && !key.row.used->service.empty() ? " (" + key.row.used->service + ")" : "";
  }

  const PlannedUser& user_;
  const std::vector<const ReadPlace*>& places_;
  const std::string& gap_;
  rotation::Time now_;
};

std::string command_of(const PlannedUser& user) {
  const std::string target = rotation::quoted(user.target());
  const inventory::SlotAdvice& advice = user.advice;
  switch (advice.next) {
    case NextStep::retire:
      return "keybaton retire " + target + " --key " + advice.key.text() +
             // That somebody else has switched it off is known, and is the reason.
             (advice.why == SlotWhy::switched_off ? " --accept closed_outside:accept" : "");
    case NextStep::adopt:
      return "keybaton adopt " + target + " --old " + advice.key.text() + " --new " + advice.new_key->text();
    case NextStep::rotate: return "keybaton rotate " + target;
    case NextStep::go_on:
      // Before its time there is nothing to do but to look.
      if (user.open->next.not_before) return "keybaton status " + user.open->id.text();
      return user.open->next.command;
    case NextStep::find: return "keybaton find " + rotation::quoted(advice.key.text());
    case NextStep::nothing: return "";
  }
  return "";
}

}  // namespace

std::string home_words(const SlotHome& home, const std::string& own) {
  if (!home.location.empty()) return home.target == own ? home.location : home.target + ":" + home.location;
  std::string text = home.file.string();
  if (home.line > 0) text += ":" + std::to_string(home.line);
  return home.more > 0 ? text + " (" + std::to_string(home.more) + " more lines)" : text;
}

void put_into_words(PlannedUser& user, const std::vector<const ReadPlace*>& places, const std::string& gap,
                    rotation::Time now) {
  user.why = Reason{user, places, gap, now}.words();
  user.command = command_of(user);
}

}  // namespace cli
