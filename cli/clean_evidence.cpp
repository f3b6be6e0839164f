#include "cli/clean_evidence.hpp"

#include <algorithm>

#include "cli/style.hpp"
#include "rotation/evidence.hpp"
#include "store/history.hpp"

namespace cli {
namespace {

using rotation::Time;

template <class T>
std::string why_not(const rotation::Answer<T>& answer) {
  if (const auto* no = rotation::refused(answer)) return no->message.empty() ? no->code : no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return {};
}

std::shared_ptr<CloudAccess> access_of(House& house, const Config& config, const rotation::AccountName& name) {
  const Account* account = config.account(name);
  if (account == nullptr) throw usage("The config has no account \"" + name.text() + "\".", "keybaton doctor");
  return house.access(connection_of(*account, config));
}

// The clouds' clocks and this one's, and the time that a call takes.
constexpr rotation::Seconds about_then{15 * 60};

// The last that the journal knows of the key's status: one of these two at most.
struct JournalSays {
  std::optional<Time> off;  // switched off by an act that is on record
  std::optional<Time> on;   // maybe turned on, or at work: nothing that is older tells since when it is off
};

JournalSays journal_says(House& house, const KeyRow& row) {
  JournalSays last;
  const auto reader = house.reader();
  if (!reader) return last;
  store::history(*reader, {.key = row.key.id, .limit = 0}, [&](const rotation::Record& record) {
    const rotation::Draft& what = record.what;
    const auto op = rotation::get_op(what.detail);
    // What begins on a key that is not off takes it for Active; an activate counts whether or not it is known to be
    // done.
    const bool at_work = what.kind == rotation::Kind::started && rotation::get(what.detail, "batch.was_off") != "yes";
    if (at_work || op == rotation::Op::activate_key) last = {.off = {}, .on = record.at};
    const bool done = what.kind == rotation::Kind::outcome && what.outcome == rotation::Outcome::done;
    if (done && op == rotation::Op::deactivate_key) last = {.off = record.at, .on = {}};
  });
  return last;
}

std::string used_words(const KeyRow& row) {
  return row.used->at ? "was last used at " + rotation::rfc3339(*row.used->at)
                      : "was never used, and made at " + rotation::rfc3339(row.key.created_at);
}

}  // namespace

Time unused_since(const KeyRow& row) { return row.used ? row.used->at.value_or(row.key.created_at) : Time::max(); }

std::optional<rotation::Problem> not_now(const KeyRow& row, const rotation::Start& start, Time now) {
  const std::string key = row.key.id.text();
  const auto window = start.policy.quiet + start.policy.lag;
  if (start.batch->off_since && row.used->at && *row.used->at > *start.batch->off_since) {
    return rotation::Problem{.message = key + " is off since " + rotation::rfc3339(*start.batch->off_since) +
                                        ", and was tried after that, at " + rotation::rfc3339(*row.used->at) +
                                        ": somebody still holds it.",
                             .keys = "It was not touched.",
                             .hint = "keybaton find " + key};
  }
  if (now - unused_since(row) >= window) return std::nullopt;
  return rotation::Problem{.message = key + " " + used_words(row) + ": less than the " + rotation::about(window) +
                                      " of quiet and lag that come before a deactivate.",
                           .keys = "It was not touched.",
                           .hint = "keybaton find " + key};
}

Reports reports_of(House& house, const Config& config, const std::set<rotation::AccountName>& accounts) {
  Reports reports;
  for (const rotation::AccountName& name : accounts) {
    try {
      auto answer = access_of(house, config, name)->report();
      if (auto* report = rotation::done(answer)) reports.emplace(name, std::move(*report));
    } catch (const rotation::Trouble&) {
      // The survey that follows will tell what is wrong with this account.
    }
  }
  return reports;
}

OffSince off_since(House& house, const Reports& reports, const KeyRow& row, std::size_t off_of_user) {
  const JournalSays journal = journal_says(house, row);
  const auto by_journal = journal.off;
  const auto found = reports.find(row.account);
  if (found != reports.end()) {
    const rotation::CredentialReport& report = found->second;
    auto by_report = inventory::off_by_report(report, row, off_of_user);
    // It was turned on since, and off again by somebody else.
    if (by_report && journal.on && *by_report <= *journal.on + about_then) by_report.reset();
    if (by_report && (!by_journal || *by_report > *by_journal)) {
      return {.at = *by_report, .by = "the credential report of " + rotation::rfc3339(report.made_at)};
    }
    // Made after our own deactivate, and it does not bear that out.
    if (!by_report && by_journal && report.made_at > *by_journal) {
      return {.at = {}, .by = "the journal and the credential report do not agree: it counts from its first sight"};
    }
  }
  if (by_journal) return {.at = *by_journal, .by = "this journal's record of its deactivate"};
  return {.at = {}, .by = "nothing tells since when: it counts from its first sight"};
}

std::string owner_of(House& house, const Config& config, const KeyRow& row) {
  const auto named = config.clean.owners.find(row.user);
  if (named != config.clean.owners.end()) return named->second;
  if (!config.clean.owner_tag) return {};
  const auto answer = access_of(house, config, row.account)->tags_of(row.user);
  const auto* tags = rotation::done(answer);
  if (tags == nullptr) return {};
  const auto tag = tags->find(*config.clean.owner_tag);
  return tag == tags->end() ? std::string() : tag->second;
}

KeyRow row_of(const PlannedKey& planned) {
  return {.account = planned.account,
          .provider = {},
          .account_id = planned.account_id,
          .user = planned.user,
          .user_id = planned.user_id,
          .key = {.id = planned.key,
                  .status =
                      rotation::parse_word<rotation::KeyStatus>(planned.status).value_or(rotation::KeyStatus::unusable),
                  .created_at = planned.created},
          .used = {},
          .slots = 0};
}

std::string read_row(House& house, const Config& config, KeyRow& row, std::set<rotation::AccessKeyId>& active) {
  try {
    rotation::Cloud& cloud = access_of(house, config, row.account)->cloud();
    row.provider = cloud.facts().provider;
    const auto caller = cloud.caller();
    if (rotation::done(caller) == nullptr) return "its account could not be read: " + why_not(caller);
    row.account_id = rotation::done(caller)->account_id;
    const auto user = cloud.user(row.user);
    if (rotation::done(user) == nullptr) return "its user could not be read: " + why_not(user);
    row.user_id = rotation::done(user)->id;
    const auto keys = cloud.keys(row.user);
    const auto* list = rotation::done(keys);
    if (list == nullptr) return "its user's keys could not be read: " + why_not(keys);
    const auto found = std::ranges::find(*list, row.key.id, &rotation::AccessKey::id);
    if (found == list->end()) return "the user has no such key any more";
    row.key = *found;
    row.slots = list->size();
    for (const rotation::AccessKey& each : *list) {
      if (each.status == rotation::KeyStatus::active) active.insert(each.id);
    }
    const auto used = cloud.last_used(row.user, row.key.id);
    if (rotation::done(used) == nullptr) return "its last use could not be read: " + why_not(used);
    row.used = *rotation::done(used);
    if (const auto offset = cloud.clock_offset()) house.clock().set_server_offset(*offset);
    row.seen_at = house.now().wall;
  } catch (const rotation::Trouble& trouble) {
    return "its account could not be read: " + trouble.problem().message;
  }
  return {};
}

}  // namespace cli
