#include "cli/scan_wires.hpp"

#include <algorithm>

namespace cli {
namespace {

constexpr std::size_t most_openers = 8;
constexpr const char* nothing_read = "Nothing was read of it, no key was touched.";

rotation::Trouble no_answer(const Aimed& account, const auto& answer) {
  if (const auto* no = rotation::refused(answer)) {
    return {rotation::Ending::refused,
            {.message = account.name.text() + ": " + (no->code.empty() ? "" : no->code + ": ") + no->message,
             .keys = nothing_read,
             .hint = no->remedy.empty() ? "keybaton doctor" : no->remedy}};
  }
  const auto* lost = rotation::unknown(answer);
  return {rotation::Ending::refused,
          {.message = account.name.text() + ": " + (lost != nullptr ? lost->why : "an answer without a value"),
           .keys = nothing_read,
           .hint = "keybaton doctor"}};
}

rotation::Trouble wrong_account(const Aimed& account, const rotation::Caller& caller) {
  return {rotation::Ending::wrong_account,
          {.message = "The credentials of " + account.name.text() + " belong to account " + caller.account_id.text() +
                      ", not to the pinned " + account.pin->text() + ".",
           .keys = "Nothing was read beyond that, no key was touched.",
           .hint = "check the profile of this account in the config"}};
}

}  // namespace

ScanWires::ScanWires(House& house, const std::vector<Aimed>& accounts, Report report)
    : house_(house), report_(report), crowd_(open_crowd(seats)) {
  accounts_.reserve(accounts.size());
  for (const Aimed& each : accounts) accounts_.push_back({.aimed = each});
  const std::size_t openers = std::min(most_openers, accounts_.size());
  for (std::size_t at = 0; at < openers; ++at) {
    openers_.emplace_back([this](const std::stop_token& stop) { open_accounts(stop); });
  }
}

void ScanWires::open_accounts(const std::stop_token& stop) {
  while (!stop.stop_requested() && !house_.clock().interrupted()) {
    std::size_t mine = 0;
    {
      const std::scoped_lock lock{mutex_};
      if (next_to_open_ == accounts_.size()) return;
      mine = next_to_open_++;
    }
    try {
      open(accounts_[mine]);
    } catch (const rotation::Trouble& trouble) {
      accounts_[mine].trouble = trouble;
    } catch (const std::exception& bug) {
      accounts_[mine].trouble.emplace(
          rotation::Ending::internal,
          rotation::Problem{.message = bug.what(), .keys = nothing_read, .hint = "keybaton doctor"});
    }
    {
      const std::scoped_lock lock{mutex_};
      opened_.push_back(mine);
    }
    if (report_ == Report::yes) fetch_report(mine);
  }
}

// Over a client of its own: the account's is busy with the scan by now. Without a report every user is read.
void ScanWires::fetch_report(std::size_t account) {
  Reported told{.account = account};
  try {
    auto answer = house_.cloud(accounts_[account].aimed.connection)->report();
    if (auto* report = rotation::done(answer)) told.report = std::move(*report);
  } catch (const std::exception&) {
    told.report.reset();  // the account's own trouble says why
  }
  const std::scoped_lock lock{mutex_};
  reported_.push_back(std::move(told));
}

void ScanWires::open(Account& account) {
  if (account.aimed.trouble) throw *account.aimed.trouble;
  account.access = house_.cloud(account.aimed.connection);
  account.questions = account.access->questions();
  account.transport = account.access->transport();
  const auto prepared = account.questions->prepare();
  if (rotation::done(prepared) == nullptr) throw no_answer(account.aimed, prepared);
  account.caller = *rotation::done(prepared);
}

std::vector<inventory::Wires::Joined> ScanWires::joined() {
  const std::scoped_lock lock{mutex_};
  std::vector<Joined> all;
  for (const std::size_t account : std::exchange(opened_, {})) {
    Account& of = accounts_[account];
    of.joined = true;
    all.push_back(
        {.account = account, .why_not = of.trouble ? of.trouble->problem().message : "", .caller = of.caller});
  }
  return all;
}

std::vector<inventory::Wires::Reported> ScanWires::reported() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(reported_, {});
}

void ScanWires::send(std::size_t account, const inventory::AccountScan::Question& question) {
  Account& of = accounts_[account];
  auto request = of.questions->request(question.ask);
  if (auto* ready = rotation::done(request)) {
    under_way_.emplace(++last_, UnderWay{.account = account, .tag = question.tag, .ask = question.ask});
    crowd_->start(std::move(*ready), of.transport, last_);
    return;
  }
  rotation::Told told = rotation::Unknown{"an answer without a value"};
  if (const auto* no = rotation::refused(request)) told = *no;
  if (const auto* lost = rotation::unknown(request)) told = *lost;
  unsent_.push_back({.account = account, .tag = question.tag, .told = std::move(told)});
}

std::vector<inventory::Wires::Heard> ScanWires::hear(rotation::Millis at_most) {
  std::vector<Heard> all = std::exchange(unsent_, {});
  for (http::Crowd::Finished& finished : crowd_->wait(all.empty() ? at_most : rotation::Millis{0})) {
    const auto found = under_way_.find(finished.tag);
    const UnderWay was = std::move(found->second);
    under_way_.erase(found);
    all.push_back({.account = was.account,
                   .tag = was.tag,
                   .told = accounts_[was.account].questions->read(was.ask, std::move(finished.reply), finished.took)});
  }
  return all;
}

std::string ScanWires::refuse(std::size_t account, const rotation::Caller& caller) {
  Account& of = accounts_[account];
  if (!of.aimed.pin || *of.aimed.pin == caller.account_id) return "";
  of.trouble = wrong_account(of.aimed, caller);
  return of.trouble->problem().message;
}

std::optional<rotation::Millis> ScanWires::clock_offset(std::size_t account) const {
  const Account& of = accounts_[account];
  return of.joined && of.access ? of.access->cloud().clock_offset() : std::nullopt;
}

const std::optional<rotation::Trouble>& ScanWires::trouble(std::size_t account) const {
  static const std::optional<rotation::Trouble> none;
  const Account& of = accounts_[account];
  return of.joined ? of.trouble : none;
}

}  // namespace cli
