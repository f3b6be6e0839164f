#include "cli/key_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "cli/scan_progress.hpp"
#include "cli/scan_wires.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using inventory::AccountMark;
using inventory::AccountScan;
using inventory::Pace;

// What was found of an account's bucket long ago says nothing of today.
constexpr rotation::Seconds bucket_is_good_for{30 * 24 * 3600};

// AWS makes a new one after four hours. Of keys that were made or used since, an older one knows too little.
constexpr rotation::Seconds oldest_report{24 * 3600};

// Or it would stand for all of its account, and a clean would be of all that.
void refuse_a_user(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return;
  const std::string account = name.substr(0, slash), user = name.substr(slash + 1);
  throw usage(
      "\"" + visible(name) + "\" names a user, and this is of whole accounts.",
      "name the account, and the user in the query: " + (account.empty() ? "ACCOUNT" : rotation::quoted(account)) +
          " --where " + rotation::quoted("user = \"" + (user.empty() ? "NAME" : user) + "\""));
}

std::vector<Aimed> accounts_of(const Config& config, const ScanWords& words) {
  std::vector<Aimed> accounts;
  const auto add = [&](Aimed account) {  // named twice, it is read once
    const auto same = [&](const Aimed& each) {
      return each.name == account.name && each.connection == account.connection;
    };
    if (std::ranges::none_of(accounts, same)) accounts.push_back(std::move(account));
  };
  for (const std::string& profile : words.profiles) {
    try {
      const Aim aim = aim_at({.target = {}, .profile = profile}, config, Locations::not_needed);
      add({.name = aim.account, .connection = aim.connection, .pin = {}, .by_profile = true});
    } catch (const rotation::Trouble& trouble) {
      add({.name = rotation::AccountName{profile},
           .connection = {},
           .pin = {},
           .by_profile = true,
           .trouble = trouble});
    }
  }
  for (const std::string& name : words.accounts) {
    refuse_a_user(name);
    const Aim aim = aim_at({.target = name + "/any", .profile = {}}, config, Locations::not_needed);
    add({.name = aim.account, .connection = aim.connection, .pin = aim.account_pin});
  }
  if (!accounts.empty()) return accounts;
  for (const auto& [name, account] : config.accounts) {
    accounts.push_back({.name = name, .connection = connection_of(account, config), .pin = account.account_id});
  }
  if (accounts.empty()) {
    throw usage("No account is named, and there is no config that knows one.",
                "keybaton keys --profile NAME, or keybaton init");
  }
  return accounts;
}

AccountMark mark_of(const Aimed& account) {
  const auto provider = account.connection.find("provider");
  return {.name = account.name,
          .provider = provider == account.connection.end() ? "" : provider->second,
          .by_profile = account.by_profile};
}

// For measurements: with how many questions at once a scan begins.
std::size_t start_by_environment(std::size_t usual) {
  const char* text = std::getenv("KEYBATON_SCAN_START");
  if (text == nullptr) return usual;
  std::size_t start = usual;
  const std::string_view digits{text};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), start);
  return read.ec == std::errc{} ? std::clamp<std::size_t>(start, 1, ScanWires::seats) : usual;
}

Pace::Settings pace_for(inventory::Snapshot& snapshot, const AccountMark& account, rotation::Time now) {
  Pace::Settings settings;
  settings.start = start_by_environment(settings.start);
  settings.most = ScanWires::seats;
  try {
    if (const auto before = snapshot.latest(account); before && now - before->ended < bucket_is_good_for) {
      settings.remembered = before->bucket;
    }
  } catch (const inventory::SnapshotTrouble&) {  // nothing is known, then; the scan makes it anew
  }
  return settings;
}

class LiveScan {
 public:
  LiveScan(House& house, std::vector<Aimed> accounts, inventory::Snapshot& snapshot,
           std::optional<rotation::Seconds> by_report)
      : house_(house),
        by_report_(by_report),
        accounts_(std::move(accounts)),
        snapshot_(snapshot),
        wires_(house, accounts_, by_report ? ScanWires::Report::yes : ScanWires::Report::no),
        ids_(accounts_.size()),
        ended_(accounts_.size()) {
    const rotation::Time now = house.now().wall;
    for (const Aimed& each : accounts_) {
      scans_.emplace_back(pace_for(snapshot, mark_of(each), now));
      if (by_report) scans_.back().hold();
    }
  }

  [[nodiscard]] Scanned run() {
    ScanProgress progress{err_style(house_.options()), house_.clock()};
    const inventory::Watch watch{
        .now = [this] { return house_.now().boot; },
        .interrupted = [this] { return house_.clock().interrupted(); },
        .joined = [this](std::size_t at) { begin(at); },
        .caller = [this](std::size_t at, const auto& caller) { return wires_.refuse(at, caller); },
        .reported = [this](std::size_t at, const auto& reported) { shorten(at, reported); },
        .found = [this](std::size_t at, auto user) { snapshot_.add(*ids_[at], std::move(user)); },
        .ended = [this](std::size_t at) { end(at); },
        .tick =
            [&] {
              if (!house_.asking()) progress.show(accounts_, scans_);
            }};
    inventory::sweep(scans_, wires_, watch);
    progress.clear();
    return sum_up();
  }

 private:
  // By the cloud's clock, once it has told it: a machine whose clock is wrong must not make a key in use look idle.
  [[nodiscard]] rotation::Time time_of(std::size_t at) {
    if (const auto offset = wires_.clock_offset(at)) house_.clock().set_server_offset(*offset);
    return house_.now().wall;
  }

  void begin(std::size_t at) { ids_[at] = snapshot_.begin(mark_of(accounts_[at]), time_of(at)); }

  void shorten(std::size_t at, const inventory::Wires::Reported& reported) {
    if (!reported.report) {
      remarks_.push_back(accounts_[at].name.text() + " gives no credential report: every user of it is read.");
      return scans_[at].go_on();
    }
    const rotation::Time now = time_of(at);
    if (now - reported.report->made_at > oldest_report) {
      remarks_.push_back("The credential report of " + accounts_[at].name.text() + " is of " +
                         rotation::rfc3339(reported.report->made_at) + ", too old to go by: every user of it is read.");
      return scans_[at].go_on();
    }
    scans_[at].shorten(inventory::Shortlist{*reported.report, *by_report_, now});
  }

  void end(std::size_t at) {
    ended_[at] = true;
    if (!ids_[at]) return;
    using Ending = inventory::Snapshot::Ending;
    const bool whole = scans_[at].done() && scans_[at].trouble().empty() && !scans_[at].shortlist();
    const auto& caller = scans_[at].caller();
    // Where a report stood in for some of the looks, nothing is newer than that.
    const auto& shortlist = scans_[at].shortlist();
    const rotation::Time seen_at = shortlist ? std::min(time_of(at), shortlist->made_at()) : time_of(at);
    snapshot_.end(*ids_[at], caller ? caller->account_id : rotation::AccountId{}, seen_at,
                  whole && caller ? Ending::whole : Ending::cut_short, scans_[at].tally(), scans_[at].bucket());
    // What was read before it was known whose it is: not this account's.
    if (!caller || wires_.trouble(at)) ids_[at].reset();
  }

  [[nodiscard]] Scanned sum_up() {
    Scanned scanned;
    scanned.interrupted = house_.clock().interrupted();
    for (std::size_t at = 0; at < accounts_.size(); ++at) {
      if (!ended_[at]) scans_[at].give_up("interrupted");
      if (!ended_[at]) end(at);
      if (ids_[at]) scanned.scans.push_back(snapshot_.line(*ids_[at]));
      if (const auto& shortlist = scans_[at].shortlist()) {
        scanned.report_made_at = std::min(scanned.report_made_at.value_or(shortlist->made_at()), shortlist->made_at());
      }
      if (const std::string why = scans_[at].trouble(); !why.empty()) {
        const auto& trouble = wires_.trouble(at);
        scanned.incomplete.push_back({.account = accounts_[at].name,
                                      .why = why,
                                      .ending = trouble ? trouble->ending() : rotation::Ending::refused});
      }
    }
    scanned.as_of = house_.now().wall;
    scanned.remarks = remarks_;
    if (scanned.report_made_at) {
      scanned.as_of = std::min(scanned.as_of, *scanned.report_made_at);
      scanned.remarks.push_back("By the credential report of " + rotation::rfc3339(*scanned.report_made_at) +
                                ": a key that was used since then may still stand here.");
    }
    throw_if_nobody_was_asked();
    return scanned;
  }

  // A single account, or a config that is wrong for every one of them: the reason is told as it is.
  void throw_if_nobody_was_asked() const {
    if (house_.clock().interrupted()) return;
    for (std::size_t at = 0; at < accounts_.size(); ++at) {
      const auto& trouble = wires_.trouble(at);
      if (!trouble || trouble->ending() == rotation::Ending::refused) return;
      if (accounts_.size() > 1 && trouble->ending() != rotation::Ending::usage) return;
    }
    throw *wires_.trouble(0);
  }

  House& house_;
  std::optional<rotation::Seconds> by_report_;
  std::vector<std::string> remarks_;
  std::vector<Aimed> accounts_;
  inventory::Snapshot& snapshot_;
  ScanWires wires_;
  std::vector<AccountScan> scans_;
  std::vector<std::optional<std::int64_t>> ids_;  // in the snapshot
  std::vector<bool> ended_;
};

Scanned remembered(House& house, const std::vector<Aimed>& accounts, inventory::Snapshot& snapshot) {
  Scanned scanned;
  scanned.as_of = house.now().wall;
  std::string scan_them = "keybaton keys";
  for (const Aimed& account : accounts) {
    auto line = snapshot.latest(mark_of(account));
    if (line && account.pin && line->account_id != *account.pin) {
      scanned.incomplete.push_back({.account = account.name,
                                    .why = "what is remembered is of account " + line->account_id.text() +
                                           ", not of the pinned " + account.pin->text(),
                                    .ending = rotation::Ending::wrong_account});
    } else if (line) {
      scanned.as_of = std::min(scanned.as_of, line->ended);
      scanned.scans.push_back(std::move(*line));
    } else {
      scanned.incomplete.push_back({.account = account.name, .why = "no whole scan of it is remembered"});
      const std::string kind = account.by_profile ? mark_of(account).provider + ":" : "";
      scan_them += (account.by_profile ? " --profile " : " ") + rotation::quoted(kind + account.name.text());
    }
  }
  for (UnreadAccount& each : scanned.incomplete) {
    if (each.ending == rotation::Ending::refused) each.hint = scan_them;
  }
  if (!scanned.scans.empty()) {
    scanned.remarks.push_back("This is what was seen at " + rotation::rfc3339(scanned.as_of) +
                              (scanned.scans.size() > 1 ? " or later" : "") + "; nothing was asked since.");
  }
  return scanned;
}

}  // namespace

void require_accounts(const Config& config, const ScanWords& words) { static_cast<void>(accounts_of(config, words)); }

std::map<rotation::AccountName, rotation::AccountId> remembered_ids(House& house, const Config& config) {
  std::map<rotation::AccountName, rotation::AccountId> ids;
  if (config.accounts.empty()) return ids;
  try {
    inventory::Snapshot snapshot{house.snapshot_path(), inventory::Snapshot::For::former};
    for (const Aimed& account : accounts_of(config, {})) {
      const auto line = snapshot.latest(mark_of(account));
      if (line && (!account.pin || *account.pin == line->account_id)) ids.emplace(account.name, line->account_id);
    }
  } catch (const inventory::SnapshotTrouble&) {  // nothing is known, then
  }
  return ids;
}

Describer& describe_scan(Describer& command, ScanWords& into) {
  return command.texts("accounts", into.accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .texts("--profile", into.profiles, "the account of this profile, without a config; may be repeated", "NAME")
      .flag("--cached", into.cached, "what the latest whole scan saw; no call");
}

std::optional<Failure> Scanned::failure() const {
  if (incomplete.empty()) return std::nullopt;
  std::string all;
  std::vector<rotation::Ending> endings;
  const std::string& first = incomplete.front().hint;
  const bool same_hint = std::ranges::all_of(incomplete, [&](const auto& each) { return each.hint == first; });
  for (const UnreadAccount& each : incomplete) {
    const bool ends = each.why.ends_with('.');  // the sentence goes on
    all +=
        (all.empty() ? "" : "; ") + each.account.text() + ": " + each.why.substr(0, each.why.size() - (ends ? 1 : 0));
    // An account that the config describes wrongly is one that could not be read, like any other.
    endings.push_back(each.ending == rotation::Ending::usage ? rotation::Ending::refused : each.ending);
  }
  return Failure{.ending = interrupted ? rotation::Ending::interrupted : together(endings),
                 .problem = {.message = "Not everything could be read: " + all + ".",
                             .keys = "What is listed is right, but there may be more; no key was touched.",
                             .hint = interrupted ? "run the same command again"
                                     : same_hint ? first
                                                 : "keybaton doctor"}};
}

KeysSeen::KeysSeen(House& house, const ScanWords& words)
    : snapshot_(house.snapshot_path(),
                words.cached ? inventory::Snapshot::For::former : inventory::Snapshot::For::scans) {
  std::vector<Aimed> accounts = accounts_of(house.config(), words);
  scanned_ = words.cached ? remembered(house, accounts, snapshot_)
                          : LiveScan{house, std::move(accounts), snapshot_, words.by_report}.run();
  if (!snapshot_.why_not_kept().empty()) log(house.options(), "snapshot", "not kept: " + snapshot_.why_not_kept());
}

void KeysSeen::each(const std::function<void(inventory::KeyRow)>& take) {
  for (const inventory::ScanLine& scan : scanned_.scans) {
    try {
      snapshot_.each(scan, [&](inventory::KeyRow row) {
        take(std::move(row));
        return true;
      });
    } catch (const inventory::SnapshotTrouble& trouble) {
      scanned_.incomplete.push_back({.account = scan.account.name,
                                     .why = trouble.problem().message,
                                     .ending = trouble.ending(),
                                     .hint = trouble.problem().hint});
    }
  }
}

std::vector<PastScans> past_scans(House& house, const ScanWords& words, rotation::Time since) {
  inventory::Snapshot snapshot{house.snapshot_path(), inventory::Snapshot::For::former};
  std::vector<AccountMark> marks;
  const Config config = house.config();
  if (words.accounts.empty() && words.profiles.empty() && config.accounts.empty()) {
    marks = snapshot.accounts();
  } else {
    for (const Aimed& account : accounts_of(config, words)) marks.push_back(mark_of(account));
  }
  std::vector<PastScans> past;
  for (const AccountMark& mark : marks) past.push_back({.account = mark, .lines = snapshot.lines(mark, since)});
  return past;
}

Scanned scan_keys(House& house, const ScanWords& words, const std::function<void(inventory::KeyRow)>& take) {
  KeysSeen seen{house, words};
  seen.each(take);
  return seen.scanned();
}

}  // namespace cli
