// keys: every access key of every user, with its age and its last use.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/key_query.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"
#include "cli/render_problem.hpp"

namespace cli {
namespace {

struct KeysWords {
  std::vector<std::string> accounts;
  std::optional<std::string> profile, where, unused_for, count_by, sort;
};

struct Scanned {
  rotation::AccountName name;
  rotation::Connection connection;
  std::optional<rotation::AccountId> pin;
};

std::vector<Scanned> accounts_of(const Config& config, const KeysWords& words) {
  std::vector<Scanned> accounts;
  if (words.profile) {
    const Aim aim = aim_at({.target = {}, .profile = words.profile}, config, Locations::not_needed);
    accounts.push_back({.name = aim.account, .connection = aim.connection, .pin = {}});
  }
  for (const std::string& name : words.accounts) {
    const Aim aim = aim_at({.target = name + "/any", .profile = {}}, config, Locations::not_needed);
    accounts.push_back({.name = aim.account, .connection = aim.connection, .pin = aim.account_pin});
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

std::string why_not(const auto& answer) {
  if (const auto* no = rotation::refused(answer)) return (no->code.empty() ? "" : no->code + ": ") + no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return "an answer without a value";
}

// One account; an empty text when all of it was read.
class Scan {
 public:
  Scan(House& house, const Scanned& account, KeysReport& report)
      : account_(account), access_(house.cloud(account.connection)), house_(house), report_(report) {}

  [[nodiscard]] std::string run() {
    const auto caller = access_->cloud().caller();
    const rotation::Caller* who = rotation::done(caller);
    if (who == nullptr) return why_not(caller);
    if (account_.pin && *account_.pin != who->account_id) {
      throw rotation::Trouble(rotation::Ending::wrong_account,
                              {.message = "The credentials of " + account_.name.text() + " belong to account " +
                                          who->account_id.text() + ", not to the pinned " + account_.pin->text() + ".",
                               .keys = "Nothing was read beyond that, no key was touched.",
                               .hint = "check the profile of this account in the config"});
    }
    account_id_ = who->account_id;
    const auto listed = access_->each_user([this](const rotation::User& user) {
      users_.push_back(user);
      return !house_.clock().interrupted();
    });
    if (rotation::done(listed) == nullptr) return why_not(listed);
    std::string trouble;
    for (const rotation::User& user : users_) {
      if (house_.clock().interrupted()) return "interrupted";
      if (std::string found = keys_of(user); trouble.empty()) trouble = std::move(found);
    }
    return trouble;
  }

 private:
  std::string keys_of(const rotation::User& user) {
    const auto keys = access_->cloud().keys(user.name);
    const auto* list = rotation::done(keys);
    if (list == nullptr) return user.name.text() + ": " + why_not(keys);
    std::string trouble;
    for (const rotation::AccessKey& key : *list) {
      KeyRow row{.account = account_.name,
                 .provider = access_->cloud().facts().provider,
                 .account_id = account_id_,
                 .user = user.name,
                 .user_id = user.id,
                 .key = key,
                 .used = {}};
      const auto used = access_->cloud().last_used(user.name, key.id);
      if (const rotation::LastUsed* last = rotation::done(used)) {
        row.used = *last;
      } else {
        trouble = key.id.text() + ": " + why_not(used);
      }
      report_.keys.push_back(std::move(row));
    }
    return trouble;
  }

  const Scanned& account_;
  std::unique_ptr<CloudAccess> access_;
  House& house_;
  KeysReport& report_;
  rotation::AccountId account_id_;
  std::vector<rotation::User> users_;
};

void show_count(const KeyCount& count, bool json) {
  if (json) {
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [value, times] : count.values) values[value] = times;
    const nlohmann::ordered_json all{{"count", values}, {"matched", count.matched}, {"unmatched", count.unmatched}};
    print_line(all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const auto& [value, times] : count.values) print_line(visible(value) + ": " + std::to_string(times));
  print_line("total matched: " + std::to_string(count.matched));
  print_line("total unmatched: " + std::to_string(count.unmatched));
}

std::optional<Failure> failure_of_scan(const std::vector<std::string>& troubles, bool interrupted) {
  if (troubles.empty()) return std::nullopt;
  std::string all;
  for (const std::string& trouble : troubles) all += (all.empty() ? "" : "; ") + trouble;
  return Failure{.ending = interrupted ? rotation::Ending::interrupted : rotation::Ending::refused,
                 .problem = {.message = "Not everything could be read: " + all + ".",
                             .keys = "What is listed is right, but there may be more; no key was touched.",
                             .hint = "keybaton doctor"}};
}

// None or one.
std::vector<KeyField> fields_of(const std::string& option, const std::optional<std::string>& name) {
  if (!name) return {};
  return {key_field(option, *name)};
}

int keys(const Options& options, const KeysWords& words) {
  if (words.where) throw usage("--where is not in this version.", "use --unused-for, --sort or --count-by");
  House house{options};
  const auto unused = words.unused_for ? std::optional{duration_of("--unused-for", *words.unused_for)} : std::nullopt;
  const std::vector<KeyField> sort = fields_of("--sort", words.sort);
  const std::vector<KeyField> count = fields_of("--count-by", words.count_by);
  KeysReport report;
  std::vector<std::string> troubles;
  const std::vector<Scanned> accounts = accounts_of(house.config(), words);
  for (const Scanned& account : accounts) {
    if (std::string trouble = Scan{house, account, report}.run(); !trouble.empty()) {
      report.incomplete.push_back(account.name.text());
      troubles.push_back(account.name.text() + ": " + trouble);
    }
  }
  const rotation::Time now = house.now().wall;
  if (unused) std::erase_if(report.keys, [&](const KeyRow& row) { return !unused_for(row, *unused, now); });
  for (const KeyField field : sort) sort_keys(report.keys, field, now);
  const auto failure = failure_of_scan(troubles, house.clock().interrupted());
  if (!count.empty()) {
    show_count(count_keys(report.keys, count.front(), now), options.json);
  } else if (options.json) {
    print_line(json::keys(report, now, failure));
  } else {
    print(keys_text(report, now, out_style(options)));
  }
  if (failure && !options.json) warn(problem_text(*failure, err_style(options)));
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

}  // namespace

void describe_keys(Describer& front) {
  auto words = std::make_shared<KeysWords>();
  Describer command = front.command("keys", "list access keys: age, status, last used");
  command.texts("accounts", words->accounts, "accounts of the config; none: all of them", "ACCOUNT")
      .text("--profile", words->profile, "the account of this profile, without a config", "NAME")
      .text("--unused-for", words->unused_for, "not used for this long, or never used and older", "D")
      .text("--count-by", words->count_by, "count by a field: user, status, service, …", "FIELD")
      .text("--sort", words->sort, "order by a field: age, idle, user, created, …", "FIELD")
      .text("--where", words->where, "a query: not in this version", "EXPR")
      .examples(
          "  keybaton keys --unused-for 90d --sort age\n"
          "  keybaton keys prod --count-by status --json");
  command.runs([words](const Options& options) { return keys(options, *words); });
}

}  // namespace cli
