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
#include "store/history.hpp"

namespace cli {
namespace {

using rotation::Ending;
using rotation::Problem;
using rotation::Step;

std::string words_of(const KeyRow& row) { return row.account.text() + "/" + row.user.text(); }

}  // namespace

Clean::Clean(House& house, const Config& config, CleanWords words)
    : house_(house), config_(config), words_(std::move(words)) {
  if (const auto reader = house.reader()) last_record_ = store::head(*reader).records;
  report_.batch = store::fresh_batch(house.now().wall);
}

Clean::~Clean() { house_.share_no_more(); }

void Clean::refuse(const KeyRow& row, std::string why, Ending ending, Problem problem) {
  if (problem.keys.empty()) problem.keys = "It was not touched.";
  report_.refused.push_back({.row = row, .why = std::move(why), .ending = ending, .problem = std::move(problem)});
}

bool Clean::beyond_caps(const KeyRow& row) const {
  const auto most = words_.max ? words_.max : config_.clean.max_per_run;
  if (most && taken_ >= *most) return true;
  const auto of_account = of_account_.find(row.account);
  return config_.clean.max_per_account && of_account != of_account_.end() &&
         of_account->second >= *config_.clean.max_per_account;
}

Names Clean::names_of_account(const rotation::AccountName& name, const rotation::AccountId& id) const {
  Names names = names_of(config_, name, id);
  if (const auto met = names_.find(id); met != names_.end()) {
    names.insert(met->second.begin(), met->second.end());
  }
  return names;
}

bool Clean::leaves_a_target_without_key(const Match& match) const {
  const KeyRow& row = match.row;
  const Names names = names_of_account(row.account, row.account_id);
  const bool target = std::ranges::any_of(
      names, [&](const rotation::AccountName& name) { return config_.target(name, row.user) != nullptr; });
  if (!target || !match.active.contains(row.key.id)) return false;
  const auto others = to_go_.find({row.account_id, row.user_id});
  return std::ranges::all_of(match.active, [&](const rotation::AccessKeyId& key) {
    return key == row.key.id || (others != to_go_.end() && others->second.contains(key));
  });
}

void Clean::take(const KeyRow& row) {
  ++taken_;
  ++of_account_[row.account];
  to_go_[{row.account_id, row.user_id}].insert(row.key.id);
}

void Clean::give_back(const KeyRow& row) {
  --taken_;
  --of_account_[row.account];
  to_go_[{row.account_id, row.user_id}].erase(row.key.id);
}

// ---- one key -------------------------------------------------------------------------------------------------------

// By one of a crew: nothing of this run is changed.
Clean::Looked Clean::look(const Match& match) const {
  const KeyRow& row = match.row;
  const auto no = [&](std::string why, Ending ending, Problem problem) {
    return CleanRefusal{.row = row, .why = std::move(why), .ending = ending, .problem = std::move(problem)};
  };
  try {
    rotation::Batch batch = pins_for(match);
    if (config_.clean.warn && batch.owner.empty()) {
      return no("no_owner", Ending::needs_operator,
                {.message = "Nobody is known to own " + row.key.id.text() + " of " + words_of(row) +
                            ", so nobody can be told before it goes.",
                 .keys = {},
                 .hint = "name the owner below clean.owners in the config"});
    }
    Surveyed surveyed = survey_of_batch(house_, config_, row, batch, words_.consents);
    if (const auto* turned = surveyed.turned()) return no("survey", turned->ending, turned->problem);
    rotation::Prospect& prospect = std::get<rotation::Prospect>(surveyed.found);
    if (auto problem = not_now(row, prospect.start, house_.now().wall)) {
      return no("in_use", Ending::ok, std::move(*problem));
    }
    return CleanStart{.row = row, .prospect = std::move(prospect)};
  } catch (const rotation::Trouble& trouble) {
    return no("survey", trouble.ending(), trouble.problem());
  }
}

rotation::Batch Clean::pins_for(const Match& match) const {
  const KeyRow& row = match.row;
  rotation::Batch batch{.id = report_.batch, .query = words_.query.text(), .on_use = config_.clean.on_use};
  if (config_.clean.warn) {
    batch.warn_before = config_.clean.warn->before.front();
    batch.owner = owner_of(house_, config_, row);
  }
  if (row.key.status == rotation::KeyStatus::inactive) {
    const OffSince off = off_since(house_, reports_, row, row.slots - match.active.size());
    batch.was_off = true;
    batch.off_since = off.at;
    batch.off_by = off.by;
  }
  return batch;
}

// ---- acting
// ----------------------------------------------------------------------------------------------------------

bool Clean::agree(const std::set<Step>& steps) {
  consent_.steps = steps;
  consent_.by_config = true;
  return consent_.steps.contains(Step::deactivate) || (report_.would_start.empty() && unagreed_.empty());
}

bool Clean::agree() {
  if (report_.would_start.empty() && unagreed_.empty()) return true;
  const std::set<Step> beforehand = consented_steps(words_.consents);
  for (const Step step : {Step::deactivate, Step::delete_key}) {
    if (beforehand.contains(step)) consent_.steps.insert(step);
  }
  if (words_.consents.yes && !consent_.steps.contains(Step::deactivate)) {
    throw usage("--yes=" + *words_.consents.yes + " does not agree to deactivate, and nothing comes before that.",
                "--yes, or --yes=deactivate, or --yes=deactivate,delete");
  }
  if (!consent_.steps.empty()) return true;
  std::vector<AskedKey> asked = asked_keys(report_.would_start, house_.now().wall);
  if (const auto reader = house_.reader()) {
    for (const auto& [id, row] : unagreed_) asked.push_back(asked_key(row, reader->view(id), house_.now().wall));
  }
  if (ask_once(house_, asked)) {
    consent_.steps = {Step::deactivate, Step::delete_key};
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

void record_consent(rotation::Journal& journal, const BatchConsent& consent, const std::optional<rotation::Time>& use,
                    const rotation::Instant& now) {
  const rotation::View& view = journal.view();
  if (view.batch->was_off) {
    rotation::Draft accept = rotation::decision("accept", now);
    accept.detail["word"] =
        "closed_outside:accept";  // that it is Inactive was shown, and is part of what was agreed to
    journal.append(std::move(accept));
  }
  rotation::Draft draft = rotation::decision("consent_batch", now);
  std::vector<std::string> names;
  for (const Step step : consent.steps) names.emplace_back(rotation::word(step));
  rotation::put_list(draft.detail, "steps", names);
  draft.detail["batch"] = view.batch->id;
  draft.detail["keys"] = std::to_string(consent.keys);
  if (consent.by_config) draft.detail["given"] = "config";
  if (use) draft.detail["last_used"] = rotation::rfc3339(*use);
  journal.append(std::move(draft));
}

// By another run, since this one began to look: what was seen of the key holds no more.
void refuse_touched(const store::JournalReader& reader, const rotation::AccessKeyId& key, std::int64_t since) {
  const auto by = reader.acted_on(key, since);
  if (!by) return;
  throw rotation::Trouble(Ending::held, {.message = "Another run has been at " + key.text() + " meanwhile, by " +
                                                    (by->empty() ? "a single call" : by->text()) + ".",
                                         .keys = "This run does not touch it.",
                                         .hint = "keybaton history --key " + key.text()});
}

void Clean::start(const CleanStart& each, store::JournalStore& store) {
  try {
    const auto journal =
        store.begin(each.prospect.start, house_.actor(), each.prospect.caller, {},
                    [&](const auto& reader) { refuse_touched(reader, each.row.key.id, last_record_); });
    record_consent(*journal, consent_, each.row.used->at, house_.now());
    // Not before: without its consent on record it is one that this run left behind.
    report_.started.push_back({.row = each.row, .rotation = journal->view().id});
  } catch (const rotation::Trouble& trouble) {
    refuse(each.row, "not_started", trouble.ending(), trouble.problem());
  }
}

void Clean::act() {
  store::JournalStore store = house_.store();
  const std::vector<CleanStart> starts = std::exchange(report_.would_start, {});
  consent_.keys = starts.size() + unagreed_.size();
  {
    ProgressLine line{err_style(house_.options())};
    for (const CleanStart& each : starts) {
      if (house_.clock().interrupted()) break;
      line.show("started " + std::to_string(report_.started.size() + 1) + " of " + counted_keys(starts.size()));
      start(each, store);
    }
  }
  for (const auto& [id, row] : unagreed_) {
    try {
      const auto journal = store.open(id, house_.actor());
      record_consent(*journal, consent_, row.used->at, house_.now());
    } catch (const rotation::Trouble& trouble) {
      refuse(row, "not_started", trouble.ending(), trouble.problem());
    }
  }
  std::vector<rotation::RotationId> all;
  for (const rotation::Summary& each : open_) all.push_back(each.id);
  for (const Started& each : report_.started) all.push_back(each.rotation);
  tell_owners(house_, config_, store, all, report_.notes);
  report_.rotations = advance_all(house_, all, config_.clean.parallel);
  note_interrupt();
}

}  // namespace cli
