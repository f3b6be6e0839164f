#include "cli/clean.hpp"

#include <algorithm>
#include <utility>

#include "cli/batch.hpp"
#include "cli/clean_consent.hpp"
#include "cli/clean_evidence.hpp"
#include "cli/clean_warn.hpp"
#include "cli/commons.hpp"
#include "cli/holders.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/survey.hpp"
#include "cli/unsearched.hpp"
#include "rotation/drafts.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Ending;
using rotation::Problem;
using rotation::Step;

constexpr const char* left_alone = "It was not touched.";

std::string words_of(const KeyRow& row) { return row.account.text() + "/" + row.user.text(); }

Problem held_by(const KeyRow& row, const std::vector<Holder>& holders) {
  std::string places;
  bool sure = false;
  for (const Holder& holder : holders) {
    places += (places.empty() ? "" : "; ") + holder.place;
    if (holder.trouble.empty()) {
      sure = true;
    } else {
      places += " (" + holder.trouble + ")";
    }
  }
  return {.message = row.key.id.text() + (sure ? " is still held by: " : " may still be held by: ") + places + ".",
          .keys = "It was not touched: whoever reads it there still needs it.",
          .hint = "keybaton find " + row.key.id.text()};
}

std::string of_many(std::size_t done, std::size_t all, const std::string& what) {
  return what + " " + std::to_string(done) + " of " + std::to_string(all) + " keys";
}

}  // namespace

struct Clean::Scan {
  rotation::Time now{};
  struct Match {
    KeyRow row;
    std::size_t active = 0;  // Active keys of that user, this one among them
  };
  std::vector<Match> matched;
  std::vector<KeyRow> user;  // the keys of the user that is being read
  std::set<rotation::UserName> users;

  void close_user(const inventory::Query& query) {
    const auto active = static_cast<std::size_t>(
        std::ranges::count(user, rotation::KeyStatus::active, [](const KeyRow& row) { return row.key.status; }));
    for (KeyRow& row : user) {
      users.insert(row.user);
      if (query.matches(row, now)) matched.push_back({.row = std::move(row), .active = active});
    }
    user.clear();
  }
};

Clean::Clean(House& house, const Config& config, CleanWords words)
    : house_(house), config_(config), words_(std::move(words)) {
  report_.batch = store::fresh_batch(house.now().wall);
}

Clean::~Clean() { house_.share_no_more(); }

void Clean::refuse(const KeyRow& row, std::string why, Ending ending, Problem problem) {
  report_.refused.push_back({.row = row, .why = std::move(why), .ending = ending, .problem = std::move(problem)});
}

// ---- which keys
// ------------------------------------------------------------------------------------------------------

void Clean::scan(Scan& found) {
  const Scanned scanned = scan_keys(house_, {.accounts = words_.accounts, .profiles = {}}, [&](KeyRow row) {
    const bool same =
        !found.user.empty() && found.user.front().account == row.account && found.user.front().user_id == row.user_id;
    if (!same) found.close_user(words_.query);
    found.user.push_back(std::move(row));
  });
  found.close_user(words_.query);
  report_.failure = scanned.failure();
}

void Clean::choose() {
  house_.share({});
  Scan found{.now = house_.now().wall, .matched = {}, .user = {}, .users = {}};
  if (words_.plan) {
    read_planned(found);
  } else {
    scan(found);
  }
  report_.matched = found.matched.size();
  require_known(found.users);
  std::ranges::stable_sort(found.matched, {}, [](const Scan::Match& each) { return unused_since(each.row); });
  find_open(found);
  std::set<rotation::AccessKeyId> keys;
  for (const Scan::Match& each : found.matched) keys.insert(each.row.key.id);
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
              .keys = left_alone,
              .hint = "keybaton find " + row.key.id.text()});
    };
    std::size_t active = 0;
    if (const std::string why = read_row(house_, config_, row, active); !why.empty()) {
      out(why);
    } else if (const std::string changed = fell_out(planned, row); !changed.empty()) {
      out(changed);
    } else if (!words_.query.matches(row, found.now)) {
      out("it does not fit the plan's own query, " + words_.query.text());
    } else {
      found.matched.push_back({.row = std::move(row), .active = active});
    }
  }
}

bool Clean::excluded(const KeyRow& row) const {
  const Account* account = config_.account(row.account);
  const ConfiguredTarget* target = config_.target(row.account, row.user);
  for (const PolicyPatch* patch : {&config_.policy, account == nullptr ? nullptr : &account->policy,
                                   target == nullptr ? nullptr : &target->policy}) {
    if (patch == nullptr || !patch->exclude_users) continue;
    if (std::ranges::find(*patch->exclude_users, row.user) != patch->exclude_users->end()) return true;
  }
  return false;
}

// A name that is misspelt would leave nobody out.
void Clean::require_known(const std::set<rotation::UserName>& seen) {
  std::set<rotation::UserName> names;
  for (const std::string& name : inventory::excluded(words_.query, inventory::Field::user)) names.emplace(name);
  const auto add = [&](const PolicyPatch& patch) {
    if (patch.exclude_users) names.insert(patch.exclude_users->begin(), patch.exclude_users->end());
  };
  add(config_.policy);
  for (const auto& [name, account] : config_.accounts) add(account.policy);
  for (const auto& [name, target] : config_.targets) add(target.policy);
  for (const rotation::UserName& name : names) {
    if (!seen.contains(name)) require_user(house_, config_, name);
  }
}

void Clean::find_open(const Scan& found) {
  const auto reader = house_.reader();
  if (!reader) return;
  for (const rotation::Summary& each : reader->rotations(store::Which::open)) {
    open_users_[{each.target.account_id, each.target.user_id}].push_back(each);
  }
  std::map<rotation::AccessKeyId, const KeyRow*> rows;
  for (const Scan::Match& each : found.matched) rows[each.row.key.id] = &each.row;
  for (const auto& [summary, batch] : reader->in_batches(store::Which::open)) {
    const rotation::View view = reader->view(summary.id);
    const bool of_query = !words_.plan && words_.accounts.empty() && view.batch->query == words_.query.text();
    const auto match = rows.find(summary.old_key);
    const bool fits = match != rows.end();
    if (!of_query && !fits) continue;
    open_.push_back(summary);
    const bool unagreed = !view.standing && view.consent_over.empty() && view.state == rotation::State::planned;
    if (unagreed && fits && !excluded(*match->second)) unagreed_.emplace(summary.id, *match->second);
  }
}

bool Clean::stands_against(const KeyRow& row, std::size_t active) {
  const std::string key = row.key.id.text();
  if (excluded(row)) {
    refuse(row, "excluded", Ending::ok,
           {.message = words_of(row) + " is left out by exclude_users.", .keys = left_alone, .hint = {}});
    return true;
  }
  if (row.key.status == rotation::KeyStatus::unusable) {
    refuse(row, "unusable", Ending::needs_operator,
           {.message = key + " is neither Active nor Inactive.",
            .keys = left_alone,
            .hint = "keybaton key delete " + words_of(row) + " --key " + key});
    return true;
  }
  for (const rotation::Summary& open : open_users_[{row.account_id, row.user_id}]) {
    const bool other = open.procedure == rotation::Procedure::retire && open.old_key != row.key.id;
    if (other) continue;
    refuse(row, "open_rotation", Ending::needs_operator,
           {.message = words_of(row) + " has an open " + std::string(word(open.procedure)) + " already, " +
                       open.id.text() + ".",
            .keys = left_alone,
            .hint = "keybaton resume " + open.id.text()});
    return true;
  }
  const bool only = active == 1 && row.key.status == rotation::KeyStatus::active;
  if (only && config_.target(row.account, row.user) != nullptr) {
    refuse(row, "target_key", Ending::needs_operator,
           {.message = key + " is the only Active key of " + words_of(row) + ", a target of the config.",
            .keys = left_alone,
            .hint = "keybaton rotate " + words_of(row) + ", or take the target out of the config"});
    return true;
  }
  return false;
}

void Clean::sift(Scan& found) {
  std::set<rotation::AccessKeyId> keys, open;
  for (const rotation::Summary& each : open_) open.insert(each.old_key);
  std::erase_if(found.matched, [&](const Scan::Match& each) {
    if (open.contains(each.row.key.id) || stands_against(each.row, each.active)) return true;
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
  std::size_t looked = 0;
  for (const Scan::Match& each : found.matched) {
    if (house_.clock().interrupted()) break;
    line.show(of_many(++looked, found.matched.size(), "looked at"));
    survey(each.row, swept.of(each.row.key.id).holders);
  }
}

bool Clean::beyond_caps(const KeyRow& row) const {
  const auto most = words_.max ? words_.max : config_.clean.max_per_run;
  if (most && report_.would_start.size() >= *most) return true;
  const auto of_account = of_account_.find(row.account);
  return config_.clean.max_per_account && of_account != of_account_.end() &&
         of_account->second >= *config_.clean.max_per_account;
}

// ---- one key
// ---------------------------------------------------------------------------------------------------------

void Clean::survey(const KeyRow& row, const std::vector<Holder>& holders) {
  if (beyond_caps(row)) {
    ++report_.left;
    return;
  }
  if (!holders.empty()) return refuse(row, "held", Ending::needs_operator, held_by(row, holders));
  try {
    rotation::Batch batch = pins_for(row);
    if (config_.clean.warn && batch.owner.empty()) {
      return refuse(row, "no_owner", Ending::needs_operator,
                    {.message = "Nobody is known to own " + row.key.id.text() + " of " + words_of(row) +
                                ", so nobody can be told before it goes.",
                     .keys = left_alone,
                     .hint = "name the owner below clean.owners in the config"});
    }
    Surveyed surveyed = survey_of_batch(house_, config_, row, batch, words_.consents);
    if (house_.clock().interrupted()) return;  // what it says of the key is the signal's doing
    if (const auto* turned = surveyed.turned()) return refuse(row, "survey", turned->ending, turned->problem);
    rotation::Prospect& prospect = std::get<rotation::Prospect>(surveyed.found);
    if (auto problem = not_now(row, prospect.start, house_.now().wall)) {
      return refuse(row, "in_use", Ending::ok, std::move(*problem));
    }
    ++of_account_[row.account];
    report_.would_start.push_back({.row = row, .prospect = std::move(prospect)});
  } catch (const rotation::Trouble& trouble) {
    refuse(row, "survey", trouble.ending(), trouble.problem());
  }
}

rotation::Batch Clean::pins_for(const KeyRow& row) {
  rotation::Batch batch{.id = report_.batch, .query = words_.query.text(), .on_use = config_.clean.on_use};
  if (config_.clean.warn) {
    batch.warn_before = config_.clean.warn->before;
    batch.owner = owner_of(house_, config_, row);
  }
  if (row.key.status == rotation::KeyStatus::inactive) {
    const OffSince off = off_since(house_, config_, row);
    batch.was_off = true;
    batch.off_since = off.at;
    batch.off_by = off.by;
  }
  return batch;
}

// ---- acting
// ----------------------------------------------------------------------------------------------------------

bool Clean::agree(const std::set<Step>& steps) {
  steps_ = steps;
  return steps_.contains(Step::deactivate) || (report_.would_start.empty() && unagreed_.empty());
}

bool Clean::agree() {
  if (report_.would_start.empty() && unagreed_.empty()) return true;
  const std::set<Step> beforehand = consented_steps(words_.consents);
  for (const Step step : {Step::deactivate, Step::delete_key}) {
    if (beforehand.contains(step)) steps_.insert(step);
  }
  if (words_.consents.yes && !steps_.contains(Step::deactivate)) {
    throw usage("--yes=" + *words_.consents.yes + " does not agree to deactivate, and nothing comes before that.",
                "--yes, or --yes=deactivate, or --yes=deactivate,delete");
  }
  if (!steps_.empty()) return true;
  std::vector<AskedKey> asked = asked_keys(report_.would_start, house_.now().wall);
  if (const auto reader = house_.reader()) {
    for (const auto& [id, row] : unagreed_) asked.push_back(asked_key(row, reader->view(id), house_.now().wall));
  }
  if (ask_once(house_, asked)) {
    steps_ = {Step::deactivate, Step::delete_key};
    return true;
  }
  const bool there = house_.person().somebody_there();
  report_.failure =
      Failure{.ending = Ending::needs_operator,
              .problem = {.message = (there ? "Not done, for you did not agree: " : "Not done without consent: ") +
                                     ("deactivate, then delete " + counted_keys(asked.size()) + "."),
                          .keys = "Nothing was started, no key was touched.",
                          .hint = words_.command + (there ? "" : " --yes=deactivate,delete")}};
  return false;
}

void record_consent(rotation::Journal& journal, const std::set<Step>& steps, const std::optional<rotation::Time>& use,
                    std::size_t keys, const rotation::Instant& now) {
  const rotation::View& view = journal.view();
  if (view.batch->was_off) {
    rotation::Draft accept = rotation::decision("accept", now);
    accept.detail["word"] =
        "closed_outside:accept";  // that it is Inactive was shown, and is part of what was agreed to
    journal.append(std::move(accept));
  }
  rotation::Draft draft = rotation::decision("consent_batch", now);
  std::vector<std::string> names;
  for (const Step step : steps) names.emplace_back(rotation::word(step));
  rotation::put_list(draft.detail, "steps", names);
  draft.detail["batch"] = view.batch->id;
  draft.detail["keys"] = std::to_string(keys);
  if (use) draft.detail["last_used"] = rotation::rfc3339(*use);
  journal.append(std::move(draft));
}

void Clean::start(const CleanStart& each, store::JournalStore& store, std::size_t keys) {
  try {
    const auto journal = store.begin(each.prospect.start, house_.actor(), each.prospect.caller);
    report_.started.push_back({.row = each.row, .rotation = journal->view().id});
    record_consent(*journal, steps_, each.row.used ? each.row.used->at : std::nullopt, keys, house_.now());
  } catch (const rotation::Trouble& trouble) {
    if (trouble.ending() == Ending::storage) throw;
    refuse(each.row, "not_started", trouble.ending(), trouble.problem());
  }
}

void Clean::act() {
  store::JournalStore store = house_.store();
  const std::vector<CleanStart> starts = std::exchange(report_.would_start, {});
  const std::size_t keys = starts.size() + unagreed_.size();
  {
    ProgressLine line{err_style(house_.options())};
    for (const CleanStart& each : starts) {
      if (house_.clock().interrupted()) break;
      line.show(of_many(report_.started.size() + 1, starts.size(), "started"));
      start(each, store, keys);
    }
  }
  for (const auto& [id, row] : unagreed_) {
    const auto journal = store.open(id, house_.actor());
    record_consent(*journal, steps_, row.used ? row.used->at : std::nullopt, keys, house_.now());
  }
  std::vector<rotation::RotationId> all;
  for (const rotation::Summary& each : open_) all.push_back(each.id);
  for (const Started& each : report_.started) all.push_back(each.rotation);
  tell_owners(house_, config_, store, all, report_.notes);
  report_.rotations = advance_all(house_, store, all);
  note_interrupt();
}

}  // namespace cli
