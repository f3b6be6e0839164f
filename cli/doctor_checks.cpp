#include "cli/doctor_checks.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <map>

#include "cli/output.hpp"
#include "providers/known/kinds.hpp"
#include "store/history.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t enough_space = 1U << 20U;  // what a create needs beside the journal
constexpr rotation::Seconds old_backup = std::chrono::hours{24 * 7};
constexpr rotation::Millis small_offset{60'000};  // the clouds refuse beyond 15 min; people notice at one

fs::path nearest_existing(fs::path path) {
  std::error_code failed;
  while (!path.empty() && path != path.root_path() && !fs::exists(path, failed)) path = path.parent_path();
  return path;
}

Check disk(const fs::path& journal) {
  const fs::path directory = nearest_existing(journal.parent_path());
  struct statvfs space {};
  if (::statvfs(directory.c_str(), &space) != 0) {
    return {
        .name = "disk", .ok = false, .detail = directory.string() + " cannot be looked at", .hint = "check the path"};
  }
  const std::uint64_t free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  return {.name = "disk",
          .ok = free >= enough_space,
          .detail = std::to_string(free >> 20U) + " MiB free at " + directory.string(),
          .hint = free >= enough_space ? "" : "make room: a rotation needs 1 MiB before it makes a key"};
}

std::vector<Check> journal(House& house) {
  std::vector<Check> checks;
  try {
    const auto reader = house.reader();
    if (!reader) {
      checks.push_back({.name = "journal", .ok = true, .detail = "none yet at " + house.journal_path().string()});
      return checks;
    }
    const std::string open = too_open(house.journal_path());
    const auto head = store::head(*reader);
    checks.push_back(
        {.name = "journal",
         .ok = open.empty(),
         .detail = open.empty() ? std::to_string(head.records) + " records in " + house.journal_path().string() : open,
         .hint = open.empty() ? "" : "chmod o-rwx " + house.journal_path().string()});
    const auto last = reader->last_backup();
    const bool fresh = last && house.now().wall - last->at <= old_backup;
    checks.push_back({.name = "backup",
                      .ok = fresh,
                      .detail = last ? "last on " + rotation::rfc3339(last->at) + " to " + last->path
                                     : "the journal was never copied",
                      .hint = fresh ? "" : "keybaton journal backup PATH"});
  } catch (const rotation::Trouble& trouble) {
    checks.push_back(
        {.name = "journal", .ok = false, .detail = trouble.problem().message, .hint = trouble.problem().hint});
  }
  return checks;
}

Check sealing(House& house, const Config& config) {
  const fs::path file = config.sealing_key.value_or(default_sealing_key_path());
  const store::FileSealer sealer{file, [] { return true; }};
  try {
    if (!sealer.exists()) {
      const auto reader = house.reader();
      const bool needed = reader && reader->holds_wrapped_key();
      return {
          .name = "sealing key",
          .ok = !needed,
          .detail = file.string() + (needed ? " is missing, and open rotations need it" : " is made when first needed"),
          .hint = needed ? "restore it from its backup; rollback works without it" : ""};
    }
    sealer.check();
    return {.name = "sealing key", .ok = true, .detail = file.string()};
  } catch (const rotation::Trouble& trouble) {
    return {.name = "sealing key", .ok = false, .detail = trouble.problem().message, .hint = trouble.problem().hint};
  }
}

Check clock(const std::string& account, const rotation::Cloud& cloud) {
  const auto offset = cloud.clock_offset().value_or(rotation::Millis{0});
  const bool close = std::chrono::abs(offset) <= small_offset;
  return {.name = "clock against " + account,
          .ok = close,
          .detail = "off by " +
                    std::to_string(std::chrono::duration_cast<rotation::Seconds>(std::chrono::abs(offset)).count()) +
                    " s",
          .hint = close ? "" : "set this machine's clock; requests are corrected meanwhile"};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : ", ") + each;
  return text;
}

// Which of a rotation's calls were made for once, on one user of the account.
struct Tried {
  std::vector<std::string> worked, denied, unproven;
};

// "GetUser" of "iam:GetUser": the calls of the port are called alike by every provider.
std::string_view call_of(std::string_view action) { return action.substr(action.find(':') + 1); }

template <class T>
void note(std::map<std::string_view, std::optional<bool>>& calls, std::string_view call,
          const rotation::Answer<T>& answer) {
  const auto* no = rotation::refused(answer);
  const bool denied = no != nullptr && no->why == rotation::Refusal::denied;
  if (denied || rotation::done(answer) != nullptr) calls[call] = !denied;
}

// What a rotation reads, tried on a user: that proves more than any text, and changes nothing.
Tried try_reads(const std::vector<std::string>& needed, CloudAccess& access, const rotation::User& user) {
  rotation::Cloud& cloud = access.cloud();
  std::map<std::string_view, std::optional<bool>> calls;
  note(calls, "GetUser", cloud.user(user.name));
  const auto keys = cloud.keys(user.name);
  note(calls, "ListAccessKeys", keys);
  const auto* listed = rotation::done(keys);
  if (listed != nullptr && !listed->empty()) {
    note(calls, "GetAccessKeyLastUsed", cloud.last_used(user.name, listed->front().id));
  }
  note(calls, "ListAccessKeysInRecycleBin", cloud.deleted_keys(user.id));
  Tried tried;
  for (const std::string& action : needed) {
    const auto call = calls[call_of(action)];
    (!call ? tried.unproven : *call ? tried.worked : tried.denied).push_back(action);
  }
  return tried;
}

Check lacking(const std::string& name, const rotation::Caller& caller, const std::vector<std::string>& missing,
              const known::Kind& kind) {
  return {
      .name = name,
      .ok = false,
      .detail = "missing: " + joined(missing),
      .hint = "give " + caller.arn.text() + " these actions on the users to rotate (" + std::string(kind.policy) + ")"};
}

// Nothing says what the caller may do: what a rotation reads is tried, and the rest is named.
Check permissions_by_trying(const std::string& name, CloudAccess& access, const rotation::Caller& caller,
                            const known::Kind& kind, const std::string& why) {
  std::optional<rotation::User> user;
  const auto listed = access.each_user([&](const rotation::User& first) {
    user = first;
    return false;
  });
  if (rotation::done(listed) == nullptr) {
    return {.name = name,
            .ok = false,
            .detail = why + "; and users cannot be listed: " + why_not(listed),
            .hint = "give " + caller.arn.text() + " " + std::string(kind.list_action) + " and the key actions (" +
                    std::string(kind.policy) + ")"};
  }
  const std::vector<std::string> needed{kind.actions.begin(), kind.actions.end()};
  Tried tried = user ? try_reads(needed, access, *user) : Tried{.worked = {}, .denied = {}, .unproven = needed};
  if (!tried.denied.empty()) return lacking(name, caller, tried.denied, kind);
  tried.worked.insert(tried.worked.begin(), std::string(kind.list_action));
  return {.name = name,
          .ok = true,
          .detail = "tried, and granted: " + joined(tried.worked) + "; not to be proven without changing something: " +
                    joined(tried.unproven) + " (compare " + std::string(kind.policy) + "; " + why + ")"};
}

// By a simulation or the texts of the caller's policies, else by the reads themselves.
Check permissions(const std::string& account, CloudAccess& access, const rotation::Caller& caller) {
  const known::Kind& kind = known::kind_or_first(access.cloud().facts().provider);
  const std::vector<std::string> needed{kind.actions.begin(), kind.actions.end()};
  const std::string name = "permissions in " + account;
  const auto answer = access.simulate(caller.arn, needed, rotation::Arn{"*"});
  const auto* permissions = rotation::done(answer);
  if (permissions == nullptr) {
    return permissions_by_trying(name, access, caller, kind, "the policies are not known (" + why_not(answer) + ")");
  }
  std::vector<std::string> missing, partly, unclear;
  std::string why;
  for (const Permission& each : *permissions) {
    if (each.allowed && each.certain) continue;
    (each.allowed ? partly : each.certain ? missing : unclear).push_back(each.action);
    if (!each.why.empty()) why = each.why;
  }
  if (!missing.empty()) return lacking(name, caller, missing, kind);
  if (!unclear.empty()) {
    return permissions_by_trying(
        name, access, caller, kind,
        "what is known of the policies does not grant " + joined(unclear) + (why.empty() ? "" : "; " + why));
  }
  std::string detail = "all that a rotation needs";
  if (!partly.empty()) detail += "; under a condition or on some users only: " + joined(partly);
  if (!partly.empty() && !why.empty()) detail += "; " + why;
  return {.name = name, .ok = true, .detail = detail};
}

}  // namespace

std::string too_open(const fs::path& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  if ((file.st_mode & S_IRWXO) != 0) return path.string() + " is open to everybody";
  return {};
}

bool anybody_writes(const fs::path& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IWOTH) != 0;
}

std::vector<Check> local_checks(House& house, const Config& config) {
  std::vector<Check> checks{disk(house.journal_path())};
  for (Check& check : journal(house)) checks.push_back(std::move(check));
  checks.push_back(sealing(house, config));
  return checks;
}

AccountChecks account_checks(House& house, const rotation::AccountName& name, const rotation::Connection& connection,
                             const std::optional<rotation::AccountId>& pin) {
  const std::string credentials = "credentials of " + name.text();
  AccountChecks found;
  const auto fail = [&](const std::string& detail, const std::string& hint) {
    found.checks.push_back({.name = credentials, .ok = false, .detail = detail, .hint = hint});
  };
  try {
    auto access = house.cloud(connection);
    const auto answer = access->cloud().caller();
    const rotation::Caller* caller = rotation::done(answer);
    if (caller == nullptr) {
      fail(why_not(answer), "check the profile and the network");
    } else if (pin && *pin != caller->account_id) {
      fail("they belong to account " + caller->account_id.text() + ", the config pins " + pin->text(),
           "check profile and account_id in the config");
    } else {
      found.checks.push_back({.name = credentials, .ok = true, .detail = caller->arn.text()});
      found.checks.push_back(clock(name.text(), access->cloud()));
      found.checks.push_back(permissions(name.text(), *access, *caller));
      found.access = std::move(access);
    }
  } catch (const rotation::Trouble& trouble) {
    fail(trouble.problem().message, trouble.problem().hint);
  }
  return found;
}

}  // namespace cli
