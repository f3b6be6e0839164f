#include "inventory/scan.hpp"

#include <algorithm>
#include <utility>

#include "rotation/errors.hpp"

namespace inventory {
namespace {

using rotation::Inquiry;
using rotation::Millis;
using What = rotation::Inquiry::What;

// With fewer users than this in hand the next page of them is asked for.
constexpr std::size_t few_users = 600;
// One question that meets faults, as often as this: then it is given up. Throttling never counts for one question.
constexpr int most_tries = 12;
// So many refusals without one list of keys, and the permission is missing for all.
constexpr std::size_t denied_for_all = 20;
constexpr std::size_t most_troubles = 3;
// Nothing but faults for so long: the account cannot be reached.
constexpr Millis longest_silence{20'000};
constexpr int few_faults = 6;
// Nothing but refusals for so long, whatever the pace: somebody else drinks all that the account's bucket gains.
constexpr Millis longest_refusal{5 * 60'000};
constexpr int few_refusals = 6;

std::string text_of(const rotation::Refused& no) { return (no.code.empty() ? "" : no.code + ": ") + no.message; }

}  // namespace

std::optional<AccountScan::Waiting> AccountScan::pick() {
  const auto first_of = [](std::deque<Waiting>& queue) {
    Waiting first = std::move(queue.front());
    queue.pop_front();
    return first;
  };
  if (!again_.empty()) return first_of(again_);
  if (!uses_.empty()) return first_of(uses_);
  if (!pages_.empty()) return first_of(pages_);
  if (stopped_) return std::nullopt;
  if (!users_asked_ && (held_ || users_.size() < few_users)) {
    users_asked_ = true;
    return Waiting{.ask = {.what = What::users, .marker = marker_}};
  }
  if (!users_.empty() && !held_) return first_of(users_);
  return std::nullopt;
}

std::optional<AccountScan::Question> AccountScan::next(Millis now) {
  const auto at = pace_.next_at(under_way_.size());
  if (!at || *at > now) return std::nullopt;
  auto what = pick();
  if (!what) return std::nullopt;
  pace_.sent(now);
  ++tally_.requests;
  Question question{.tag = ++last_tag_, .ask = what->ask};
  under_way_.emplace(question.tag, UnderWay{.what = std::move(*what), .sent = now});
  return question;
}

std::optional<Millis> AccountScan::next_at() const {
  const bool something = !again_.empty() || !uses_.empty() || !pages_.empty() ||
                         (!stopped_ && ((!users_.empty() && !held_) || !users_asked_));
  return something ? pace_.next_at(under_way_.size()) : std::nullopt;
}

bool AccountScan::done() const {
  return under_way_.empty() && again_.empty() && uses_.empty() && pages_.empty() &&
         (stopped_ || (users_asked_ && users_.empty()));
}

std::vector<FoundUser> AccountScan::told(std::uint64_t tag, rotation::Told told, Millis now) {
  const auto found = under_way_.find(tag);
  KEYBATON_ASSERT(found != under_way_.end());
  UnderWay was = std::move(found->second);
  under_way_.erase(found);
  if (const auto* later = std::get_if<rotation::Later>(&told)) {
    ask_again(was.what, *later, was, now);
  } else {
    pace_.answered(was.sent, now);
    heard(now);
    refused_since_.reset();
    refusals_in_a_row_ = 0;
    std::visit(
        rotation::overloaded{[](rotation::Later&&) {}, [&](auto&& answer) { take(was.what, std::move(answer)); }},
        std::move(told));
  }
  Users whole;
  if (was.what.ask.what == What::keys || was.what.ask.what == What::last_used) settle(was.what.place, whole);
  return whole;
}

void AccountScan::ask_again(Waiting what, const rotation::Later& later, const UnderWay& was, Millis now) {
  if (later.why == rotation::Later::Why::throttled) {
    throttled(was, later, now);
  } else {
    ++tally_.faults;
    pace_.failed(was.sent, now);
    if (!heard_at_) heard_at_ = was.sent;
    const bool silent = now - *heard_at_ >= longest_silence && ++faults_in_silence_ >= few_faults;
    if (silent) give_up("no answer for a while: " + later.text);
    // While nothing at all is answered, the fault is not this question's.
    if (std::exchange(what.answers_before, answers_) != answers_) ++what.tries;
    if (!stopped_ && what.tries >= most_tries) return not_read(what, later.text);
  }
  if (stopped_) return;
  again_.push_back(std::move(what));
}

void AccountScan::throttled(const UnderWay& was, const rotation::Later& later, Millis now) {
  ++tally_.refusals;
  pace_.refused(was.sent, now, later.at_least);
  heard(now);
  if (!refused_since_) refused_since_ = was.sent;
  if (++refusals_in_a_row_ < few_refusals || now - *refused_since_ < longest_refusal) return;
  give_up("it was throttled for " + std::to_string(longest_refusal.count() / 60'000) + " minutes without one answer");
}

void AccountScan::heard(Millis now) {
  heard_at_ = now;
  ++answers_;
  faults_in_silence_ = 0;
}

// ---- answers -------------------------------------------------------------------------------------------------------

void AccountScan::take(const Waiting& /*what*/, rotation::Caller caller) { caller_ = std::move(caller); }

void AccountScan::take(const Waiting& what, rotation::UsersPage page) {
  for (rotation::User& user : page.users) {
    if (!first_seen(user)) continue;
    const std::size_t place = tally_.listed++;
    if (passed_over(user)) continue;
    users_.push_back({.ask = {.what = What::keys, .user = user.name}, .place = place});
    open_[place] = {.user = std::move(user), .outstanding = 1};
  }
  tally_.list_is_whole = page.next.empty();
  // Each user is good for its list of keys and the last use of two.
  pace_.expect(3 * tally_.listed * (page.next.empty() ? 1 : 2));
  if (page.next.empty()) return;
  if (!markers_.insert(page.next).second) return not_read(what, "the list of users does not end");
  marker_ = std::move(page.next);
  users_asked_ = false;
}

// The list may move between two pages of it, so that one user stands on both. Taken for two, a single key would pass
// for a pair, of which one can go.
bool AccountScan::first_seen(const rotation::User& user) {
  const std::string& id = user.id.text().empty() ? user.name.text() : user.id.text();
  return seen_.insert(std::hash<std::string>{}(id)).second;
}

bool AccountScan::passed_over(const rotation::User& user) {
  if (!shortlist_ || !shortlist_->rules_out(user.name)) return false;
  ++tally_.users;
  return true;
}

void AccountScan::shorten(Shortlist shortlist) {
  shortlist_ = std::move(shortlist);
  held_ = false;
  std::erase_if(users_, [&](const Waiting& each) {
    const auto found = open_.find(each.place);
    if (!passed_over(found->second.user)) return false;
    open_.erase(found);
    return true;
  });
}

void AccountScan::take(const Waiting& what, rotation::KeysPage page) {
  keys_were_told_ = true;
  if (what.second_look) return second_look(what, page);
  OpenUser& user = open(what);
  for (rotation::AccessKey& key : page.keys) {
    const bool seen = std::ranges::any_of(user.keys, [&](const FoundKey& one) { return one.key.id == key.id; });
    if (seen) continue;
    if (auto used = shortlist_ ? shortlist_->used(what.ask.user, key) : std::nullopt) {
      user.keys.push_back({.key = std::move(key), .used = std::move(used)});
      continue;
    }
    ++user.outstanding;
    uses_.push_back({.ask = {.what = What::last_used, .user = what.ask.user, .key = key.id}, .place = what.place});
    user.keys.push_back({.key = std::move(key), .used = {}});
  }
  if (!page.next.empty()) {
    if (!user.markers.insert(page.next).second) return not_read(what, "the list of its keys does not end");
    Waiting next = what;
    next.ask.marker = std::move(page.next);
    next.tries = 0;
    pages_.push_back(std::move(next));
    return;
  }
  --user.outstanding;
}

void AccountScan::take(const Waiting& what, rotation::LastUsed used) {
  use_was_told_ = true;
  OpenUser& user = open(what);
  const auto key = std::ranges::find(user.keys, what.ask.key, [](const FoundKey& one) { return one.key.id; });
  if (key != user.keys.end()) key->used = std::move(used);  // else its user has gone meanwhile
  --user.outstanding;
}

// Gone since it was listed: the user, or the key. Of a key no such answer is believed alone, and the clouds may also
// say "denied" where there is none: the user's keys are looked at once more.
void AccountScan::take(const Waiting& what, const rotation::Refused& no) {
  const bool not_there = no.why == rotation::Refusal::no_such_entity;
  const bool denied = no.why == rotation::Refusal::denied;
  if (what.ask.what == What::last_used && (not_there || (denied && use_was_told_))) {
    pages_.push_back({.ask = {.what = What::keys, .user = what.ask.user},
                      .place = what.place,
                      .second_look = true,
                      .doubted = what.ask.key});
    return;
  }
  if (what.ask.what == What::keys && not_there) {
    OpenUser& user = open(what);
    user.keys.clear();
    --user.outstanding;
    return;
  }
  if (what.ask.what == What::keys && denied && !keys_were_told_ && ++denied_ >= denied_for_all) {
    give_up("the lists of keys are refused: " + text_of(no));
  }
  not_read(what, text_of(no));
}

void AccountScan::take(const Waiting& what, const rotation::Unknown& lost) { not_read(what, lost.why); }

void AccountScan::second_look(const Waiting& what, const rotation::KeysPage& page) {
  const bool there = std::ranges::any_of(page.keys, [&](const auto& key) { return key.id == what.doubted; });
  if (!there && page.next.empty()) return forget(what);
  --open(what).outstanding;
  add_trouble("the last use of " + what.doubted.text() + " is refused, though its user has it");
}

void AccountScan::forget(const Waiting& what) {
  OpenUser& user = open(what);
  std::erase_if(user.keys, [&](const FoundKey& one) { return one.key.id == what.doubted; });
  --user.outstanding;
}

void AccountScan::not_read(const Waiting& what, const std::string& why) {
  if (what.ask.what == What::caller) return give_up(why);
  if (what.ask.what == What::users) {
    tally_.list_is_whole = false;
    add_trouble(why);
    return;
  }
  --open(what).outstanding;
  add_trouble((what.ask.what == What::keys ? what.ask.user.text() : what.ask.key.text()) + ": " + why);
}

void AccountScan::settle(std::size_t place, Users& whole) {
  const auto found = open_.find(place);
  if (found == open_.end() || found->second.outstanding > 0) return;
  ++tally_.users;
  tally_.keys += found->second.keys.size();
  whole.push_back({.place = place, .user = std::move(found->second.user), .keys = std::move(found->second.keys)});
  open_.erase(found);
}

AccountScan::OpenUser& AccountScan::open(const Waiting& what) {
  const auto found = open_.find(what.place);
  KEYBATON_ASSERT(found != open_.end());
  return found->second;
}

// ---- how it went ---------------------------------------------------------------------------------------------------

void AccountScan::add_trouble(std::string text) {
  if (std::ranges::find(troubles_, text) != troubles_.end()) return;
  if (troubles_.size() < most_troubles) {
    troubles_.push_back(std::move(text));
  } else {
    ++more_troubles_;
  }
}

std::string AccountScan::trouble() const {
  std::string all;
  for (const std::string& each : troubles_) all += (all.empty() ? "" : "; ") + each;
  if (more_troubles_ > 0) all += ", and " + std::to_string(more_troubles_) + " more like these";
  return all;
}

void AccountScan::give_up(const std::string& why) {
  if (stopped_) return;
  stopped_ = true;
  again_.clear();
  uses_.clear();
  pages_.clear();
  users_.clear();
  add_trouble(why);
}

}  // namespace inventory
