#include <algorithm>
#include <utility>

#include "cli/alone.hpp"
#include "cli/clean.hpp"
#include "cli/clean_consent.hpp"
#include "cli/clean_evidence.hpp"
#include "cli/crew.hpp"
#include "cli/holders.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/unattended.hpp"
#include "cli/unsearched.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using inventory::Field;
using rotation::Ending;
using rotation::State;

std::string words_of(const KeyRow& row) { return row.account.text() + "/" + row.user.text(); }

constexpr const char* unread_keys =
    "No key was begun with where it could not be read, and there may be more that fit; the others stand as listed.";

}  // namespace

struct Clean::Scan {
  std::vector<Match> matched;
  std::vector<KeyRow> user;  // the keys of the user that is being read
  std::set<rotation::UserName> users;
  std::map<inventory::Field, std::set<std::string, std::less<>>>
      seen;  // of each field of which the query keeps out any

  void see(const KeyRow& row) {
    users.insert(row.user);
    for (auto& [field, texts] : seen) {
      if (const auto text = inventory::text_of(row, field)) texts.emplace(*text);
    }
  }

  void close_user(const inventory::Query& query) {
    std::set<rotation::AccessKeyId> active;
    for (const KeyRow& row : user) {
      if (row.key.status == rotation::KeyStatus::active) active.insert(row.key.id);
    }
    for (KeyRow& row : user) {
      see(row);
      if (query.matches(row)) matched.push_back({.row = std::move(row), .active = active});
    }
    user.clear();
  }
};

void Clean::scan(Scan& found) {
  const Scanned scanned = scan_keys(house_, {.accounts = words_.accounts, .profiles = {}}, [&](KeyRow row) {
    const bool same =
        !found.user.empty() && found.user.front().account == row.account && found.user.front().user_id == row.user_id;
    if (!same) found.close_user(words_.query);
    names_[row.account_id].insert(row.account);
    found.user.push_back(std::move(row));
  });
  found.close_user(words_.query);
  report_.failure = scanned.failure();
  if (report_.failure) report_.failure->problem.keys = unread_keys;
}

void Clean::choose() {
  house_.share({});
  for (auto& [name, id] : remembered_ids(house_, config_)) names_[id].insert(name);
  Scan found{.matched = {}, .user = {}, .users = {}, .seen = {}};
  for (const Field field : {Field::user, Field::account, Field::key, Field::service, Field::region}) {
    const inventory::Excluded out = inventory::excluded(words_.query, field);
    if (!out.names.empty() || !out.patterns.empty()) found.seen[field];
  }
  if (const auto accounts = found.seen.find(Field::account); accounts != found.seen.end()) {
    for (const auto& [name, account] : config_.accounts) accounts->second.insert(name.text());
  }
  if (words_.plan) {
    read_planned(found);
  } else {
    scan(found);
  }
  once_each(found);
  report_.matched = found.matched.size();
  require_known(found.users, found.seen);
  std::ranges::stable_sort(found.matched, {}, [](const Match& each) { return unused_since(each.row); });
  find_open(found);
  std::set<rotation::AccessKeyId> keys;
  for (const Match& each : found.matched) keys.insert(each.row.key.id);
  for (const rotation::Summary& each : open_) keys.insert(each.old_key);
  house_.share(keys);
  sift(found);
  note_interrupt();
}

void Clean::note_interrupt() {
  if (!house_.clock().interrupted()) return;
  const std::size_t begun = report_.started.size() + report_.rotations.size();
  report_.failure =
      Failure{.ending = Ending::interrupted,
              .problem = {.message = "Stopped by a signal, at a safe point.",
                          .keys = begun == 0 ? "Nothing was started, no key was touched."
                                             : "What was started is in the journal, each under its consent.",
                          .hint = words_.command}};
}

// The user of each line, as the cloud tells it now: nothing beside them is asked about.
void Clean::read_planned(Scan& found) {
  for (const PlannedKey& planned : words_.plan->keys) {
    if (house_.clock().interrupted()) return;
    KeyRow row = row_of(planned);
    const auto out = [&](const std::string& why) {
      refuse(row, "fell_out", Ending::needs_operator,
             {.message = row.key.id.text() + " fell out of the plan: " + why + ".",
              .keys = {},
              .hint = "keybaton find " + row.key.id.text()});
    };
    names_[row.account_id].insert(row.account);
    std::set<rotation::AccessKeyId> active;
    if (const std::string why = read_row(house_, config_, row, active); !why.empty()) {
      out(why);
    } else if (const std::string changed = fell_out(planned, row); !changed.empty()) {
      out(changed);
    } else if (!words_.query.matches(row)) {
      out("it does not fit the plan's own query, " + words_.query.text());
    } else {
      found.matched.push_back({.row = std::move(row), .active = std::move(active)});
    }
  }
}

// One account under two names would have each of its keys twice.
void Clean::once_each(Scan& found) {
  std::set<std::pair<User, rotation::AccessKeyId>> seen;
  std::erase_if(found.matched, [&](const Match& each) {
    return !seen.emplace(User{each.row.account_id, each.row.user_id}, each.row.key.id).second;
  });
  for (const auto& [id, names] : names_) {
    if (names.size() < 2) continue;
    std::string all;
    for (const rotation::AccountName& name : names) all += (all.empty() ? "" : " and ") + name.text();
    report_.notes.push_back(all + " are one account, " + id.text() + ": each of its keys counts once");
  }
}

void Clean::find_open(const Scan& found) {
  const auto reader = house_.reader();
  if (!reader) return;
  for (const rotation::Summary& each : reader->rotations(store::Which::open)) {
    User user{each.target.account_id, each.target.user_id};
    if (each.procedure == rotation::Procedure::retire) to_go_[user].insert(each.old_key);
    open_users_[std::move(user)].push_back(each);
  }
  std::set<rotation::AccessKeyId> keys;
  for (const Match& each : found.matched) keys.insert(each.row.key.id);
  for (const auto& [summary, batch] : reader->in_batches(store::Which::open)) {
    const Driven standing = as_it_stands(*reader, summary.id);
    const rotation::View& view = standing.view;
    const bool of_query =
        !words_.plan && words_.accounts.empty() && view.batch && view.batch->query == words_.query.text();
    const bool fits = keys.contains(summary.old_key);
    if (!of_query && !fits) continue;
    if (left_out(config_, names_of_account(summary.target.account, summary.target.account_id), summary.target.user)) {
      report_.notes.push_back(rotation::target_words(summary.target) + " is left out now, so its open retire " +
                              summary.id.text() + " was not gone on with: keybaton rollback " + summary.id.text() +
                              " ends it");
      continue;
    }
    open_.push_back(summary);
    const bool never_agreed = !view.standing && view.consent_over.empty() && view.state < State::deactivated &&
                              view.direction == rotation::Direction::forward && !view.pending;
    if (never_agreed && !standing.failure && fits) without_consent_.emplace(summary.old_key, summary.id);
  }
}

bool Clean::stands_against(const KeyRow& row) {
  const std::string key = row.key.id.text();
  if (left_out(config_, names_of_account(row.account, row.account_id), row.user)) {
    refuse(row, "excluded", Ending::ok,
           {.message = words_of(row) + " is left out by exclude_users.", .keys = {}, .hint = {}});
    return true;
  }
  if (row.key.status == rotation::KeyStatus::unusable) {
    refuse(row, "unusable", Ending::needs_operator,
           {.message = key + " is neither Active nor Inactive.",
            .keys = {},
            .hint = "keybaton key delete " + words_of(row) + " --key " + key});
    return true;
  }
  if (!row.used) {
    refuse(row, "use_unknown", Ending::needs_operator,
           {.message = "When " + key + " was last used could not be read.", .keys = {}, .hint = "keybaton doctor"});
    return true;
  }
  if (without_consent_.contains(row.key.id)) return false;
  for (const rotation::Summary& open : open_users_[{row.account_id, row.user_id}]) {
    const bool other = open.procedure == rotation::Procedure::retire && open.old_key != row.key.id;
    if (other) continue;
    refuse(row, "open_rotation", Ending::needs_operator,
           {.message = words_of(row) + " has an open " + std::string(word(open.procedure)) + " already, " +
                       open.id.text() + ".",
            .keys = {},
            .hint = "keybaton resume " + open.id.text()});
    return true;
  }
  return false;
}

void Clean::sift(Scan& found) {
  std::set<rotation::AccessKeyId> keys, gone_on_with;
  for (const rotation::Summary& each : open_) {
    if (!without_consent_.contains(each.old_key)) gone_on_with.insert(each.old_key);
  }
  std::erase_if(found.matched, [&](const Match& each) {
    if (gone_on_with.contains(each.row.key.id) || stands_against(each.row)) return true;
    keys.insert(each.row.key.id);
    return false;
  });
  if (keys.empty()) return;
  ProgressLine line{err_style(house_.options())};
  const Sweeps swept =
      sweep_all(house_, config_, keys, {.progress = [&](const std::string& text) { line.show(text); }});
  if (const auto stop = unsearched_stop(swept.of_all, *keys.begin(), paths_to_leave(words_.consents.accept))) {
    std::string words;
    for (const std::string& each : stop->attention->accept) words += " --accept " + rotation::quoted(each);
    report_.failure = Failure{.ending = stop->ending, .problem = stop->problem};
    report_.failure->problem.keys =
        "No key was touched: whoever reads one there still needs it. Where none of it needs "
        "them, say so with" +
        words + ".";
    return;
  }
  for (const std::string& place : swept.of_all.silent) {
    report_.notes.push_back(place + " does not show what it holds: make sure that it is none of these keys");
  }
  std::set<rotation::AccountName> with_off;
  for (const Match& each : found.matched) {
    if (each.row.key.status == rotation::KeyStatus::inactive) with_off.insert(each.row.account);
  }
  if (!with_off.empty()) line.show("asking since when keys are off");
  reports_ = reports_of(house_, config_, with_off);
  line.clear();
  look_at_all(found.matched, swept);
}

// Told of at once, or of a rotation that is there already: nothing of the cloud need be asked.
bool Clean::stands_in_the_way(const Match& match, const std::vector<Holder>& holders) {
  const KeyRow& row = match.row;
  if (leaves_a_target_without_key(match)) {
    refuse(row, "target_key", Ending::needs_operator,
           {.message = row.key.id.text() + " is the last Active key that would be left to " + words_of(row) +
                       ", a target of the config.",
            .keys = {},
            .hint = "keybaton rotate " + words_of(row) + ", or take the target out of the config"});
    return true;
  }
  if (beyond_caps(row)) {
    ++report_.left;
    return true;
  }
  if (!holders.empty()) {
    refuse(row, "held", Ending::needs_operator,
           {.message = held_by(row.key.id, holders).message,
            .keys = held_keys,
            .hint = "keybaton find " + row.key.id.text()});
    return true;
  }
  take(row);
  const auto open = without_consent_.find(row.key.id);
  if (open == without_consent_.end()) return false;
  unagreed_.emplace(open->second, row);
  return true;
}

// In waves, so that each key meets the caps in its turn: of one that falls out the place is free for the next.
void Clean::look_at_all(const std::vector<Match>& matched, const Sweeps& swept) {
  ProgressLine line{err_style(house_.options())};
  const auto stop = [&] { return house_.clock().interrupted(); };
  for (std::size_t at = 0; at < matched.size() && !stop();) {
    std::vector<const Match*> wave;
    for (; at < matched.size() && wave.size() < house_.width(config_.clean.parallel); ++at) {
      const Match& match = matched[at];
      if (!wave.empty() && (beyond_caps(match.row) || leaves_a_target_without_key(match))) break;
      if (!stands_in_the_way(match, swept.of(match.row.key.id).holders)) wave.push_back(&match);
    }
    std::vector<std::optional<Looked>> found(wave.size());
    at_once({.width = wave.size(),
             .count = wave.size(),
             .piece = [&](std::size_t piece) { found[piece] = look(*wave[piece]); },
             .stop = stop,
             .tick =
                 [&](std::size_t done) {
                   line.show("looked at " + std::to_string(at - wave.size() + done) + " of " +
                             counted_keys(matched.size()));
                 }});
    if (stop()) return;  // what it says of a key is the signal's doing
    for (std::optional<Looked>& each : found) {
      if (auto* start = std::get_if<CleanStart>(&*each)) {
        report_.would_start.push_back(std::move(*start));
      } else {
        auto& no = std::get<CleanRefusal>(*each);
        give_back(no.row);
        refuse(no.row, std::move(no.why), no.ending, std::move(no.problem));
      }
    }
  }
}

}  // namespace cli
