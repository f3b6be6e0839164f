#include "inventory/snapshot.hpp"

#include <map>
#include <utility>

#include "inventory/snapshot_file.hpp"
#include "store/place.hpp"

namespace inventory {
namespace {

namespace fs = std::filesystem;
using rotation::Held;
using rotation::Seconds;
using rotation::StorageTrouble;
using rotation::Time;
using store::Statement;
using store::Transaction;
using store::Use;

constexpr std::size_t users_a_commit = 1000;
constexpr std::int64_t rows_a_page = 1000;
// Scans of this object have numbers from here on, those of the file smaller ones.
constexpr std::int64_t first_own = std::int64_t{1} << 40;
// Somebody may still be reading the keys of a scan that was the latest until then.
constexpr Seconds readers_need{15 * 60};
constexpr Seconds ninety_days{90 * 24 * 3600};
// A line for every hour of a year and more.
constexpr Seconds lines_kept{400 * 24 * 3600};

std::int64_t seconds(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t seconds) { return Time{Seconds{seconds}}; }
std::size_t size(std::int64_t number) { return static_cast<std::size_t>(number); }
std::int64_t number(std::size_t size) { return static_cast<std::int64_t>(size); }

ScanLine read_line(Use& use) {
  ScanLine line;
  line.id = use.integer(0);
  line.account = {
      .name = rotation::AccountName{use.text(1)}, .provider = use.text(2), .by_profile = use.integer(15) != 0};
  line.account_id = rotation::AccountId{use.text(3)};
  line.began = time_of(use.integer(4));
  line.ended = time_of(use.maybe_integer(5).value_or(use.integer(4)));
  line.whole = use.integer(6) != 0;
  line.users = size(use.integer(7));
  line.keys = size(use.integer(8));
  line.active = size(use.integer(9));
  line.never_used = size(use.integer(10));
  line.unused_90_days = size(use.integer(11));
  line.older_90_days = size(use.integer(12));
  line.bucket = {.rate = use.real(13), .size = use.real(14)};
  return line;
}

// For whoever asks of one account; more values follow as ?4.
constexpr const char* of_account = "account = ?1 AND provider = ?2 AND by_profile = ?3";
Use& bind_mark(Use& use, const AccountMark& account) {
  return use.bind(std::string_view{account.name.text()})
      .bind(std::string_view{account.provider})
      .bind(std::int64_t{account.by_profile});
}

// The store knows of journals alone. This file is none, and nobody is to look for the fault in theirs.
std::string in_our_words(const rotation::Trouble& trouble) {
  std::string text = trouble.problem().message;
  for (std::size_t at = 0; (at = text.find("journal ", at)) != std::string::npos;) text.replace(at, 7, "snapshot");
  return text;
}

SnapshotTrouble cannot_be_read(const fs::path& file, const std::string& why) {
  return {rotation::Ending::storage,
          {.message = "What scans remembered in " + file.string() + " cannot be read any more" +
                      (why.empty() ? "" : ": " + why) + (why.ends_with('.') ? "" : "."),
           .keys = "No key was touched; the file is a cache, and the next scan makes it anew.",
           .hint = "keybaton keys"}};
}

SnapshotTrouble was_replaced(const ScanLine& scan) {
  return {rotation::Ending::refused,
          {.message = "What was seen of " + scan.account.name.text() +
                      " was replaced by a newer scan before it was read to its end.",
           .keys = "What is listed was right then, but there is more; no key was touched.",
           .hint = "Run the command again."}};
}

SnapshotTrouble cannot_be_held(const std::string& why) {
  return {rotation::Ending::storage,
          {.message = "What this scan sees cannot be held in a temporary file: " + why,
           .keys = "A scan changes nothing; no key was touched.",
           .hint = "Free some space in the directory for temporary files (TMPDIR), then run the command again."}};
}

KeyRow read_key(Use& use, const ScanLine& scan) {
  KeyRow row{.account = scan.account.name,
             .provider = scan.account.provider,
             .account_id = scan.account_id,
             .user = rotation::UserName{use.text(3)},
             .user_id = rotation::UserId{use.text(4)},
             .key = {.id = rotation::AccessKeyId{use.text(5)},
                     .status = static_cast<rotation::KeyStatus>(use.integer(6)),
                     .created_at = time_of(use.integer(7))},
             .used = {},
             .slots = size(use.integer(2)),
             .seen_at = scan.ended};
  if (use.integer(8) != 0) {
    row.used = rotation::LastUsed{.at = {}, .service = use.text(10), .region = use.text(11)};
    if (const auto at = use.maybe_integer(9)) row.used->at = time_of(*at);
  }
  return row;
}

ScanLine line_of(store::Database& database, std::int64_t scan) {
  Statement statement(database, std::string(line_columns) + "WHERE id = ?");
  Use use(statement);
  use.bind(scan);
  KEYBATON_ASSERT(use.next());
  return read_line(use);
}

std::int64_t insert_line(store::Database& into, const ScanLine& line) {
  Statement statement(
      into,
      "INSERT INTO scan(account, provider, by_profile, account_id, began, ended, whole, users, keys, active, "
      "never_used, unused_90, older_90, rate, size) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "RETURNING id");
  Use use(statement);
  bind_mark(use, line.account);
  use.bind(std::string_view{line.account_id.text()}).bind(seconds(line.began)).bind(seconds(line.ended));
  use.bind(std::int64_t{line.whole}).bind(number(line.users)).bind(number(line.keys)).bind(number(line.active));
  use.bind(number(line.never_used)).bind(number(line.unused_90_days)).bind(number(line.older_90_days));
  use.bind(line.bucket.rate).bind(line.bucket.size);
  std::int64_t id = 0;
  while (use.next()) id = use.integer(0);
  return id;
}

// The keys of scans that nobody reads any more: those that were not the latest for a while. And lines too old to show.
void clear_away(store::Database& database, const AccountMark& account, Time now) {
  Statement keys(database, std::string("DELETE FROM access_key WHERE scan IN (SELECT id FROM scan WHERE ") +
                               of_account + " AND id < (SELECT max(id) FROM scan WHERE " + of_account +
                               " AND whole = 1 AND ended < ?4))");
  Use old_keys(keys);
  bind_mark(old_keys, account).bind(seconds(now - readers_need)).run();
  Statement lines(database, std::string("DELETE FROM scan WHERE ") + of_account +
                                " AND began < ?4 AND NOT EXISTS (SELECT 1 FROM access_key WHERE scan = scan.id)");
  Use old_lines(lines);
  bind_mark(old_lines, account).bind(seconds(now - lines_kept)).run();
}

}  // namespace

// A scan writes into a database of its own, which nobody else can damage, fill up or clear away, and reads its keys
// from there. A whole one is then copied into the file; where that fails, the command has all its keys nevertheless.
struct Snapshot::Inside {
  Inside(fs::path path, For what) : file(std::move(path)), own(open_for_now()) {
    keep_or_say_why([&] {
      if (what == For::scans) {
        kept = open_or_replace(file);
      } else if (!store::place_exists(file)) {
        nothing_there = true;
      } else if (kept = open_as_it_is(file); !kept) {
        why_not_kept = "it is damaged, or of another version";
      }
    });
  }

  struct Counted {
    Time began{};
    std::size_t active = 0, never_used = 0, unused = 0, older = 0;
  };

  void count(Counted& into, const FoundKey& found) const {
    if (found.key.status == rotation::KeyStatus::active) ++into.active;
    const bool old = into.began - found.key.created_at > ninety_days;
    if (old) ++into.older;
    if (!found.used) return;
    if (!found.used->at) ++into.never_used;
    if (found.used->at ? into.began - *found.used->at > ninety_days : old) ++into.unused;
  }

  template <class Work>
  void keep_or_say_why(const Work& work) {
    try {
      work();
    } catch (const rotation::Trouble& trouble) {
      why_not_kept = in_our_words(trouble);
    } catch (const std::exception& trouble) {
      why_not_kept = file.string() + ": " + trouble.what();
    }
  }

  template <class Work>
  static void in_own(const Work& work) {
    try {
      work();
    } catch (const StorageTrouble& trouble) {
      throw cannot_be_held(in_our_words(trouble));
    }
  }

  template <class Work>
  auto reading(const Work& work) const {
    try {
      return work();
    } catch (const StorageTrouble&) {
      throw cannot_be_read(file, "");
    } catch (const Held& trouble) {
      throw cannot_be_read(file, in_our_words(trouble));
    }
  }

  // What is asked about former scans. Without a file these can only be the ones of this command.
  store::Database& former() const {
    if (kept) return *kept;
    if (next_own == first_own && !nothing_there) throw cannot_be_read(file, why_not_kept);
    return *own;
  }

  void insert(Statement& insert_it, std::int64_t scan, const FoundUser& user) const {
    std::int64_t slot = 0;
    for (const FoundKey& found : user.keys) {
      const rotation::LastUsed used = found.used.value_or(rotation::LastUsed{});
      Use use(insert_it);
      use.bind(scan).bind(number(user.place)).bind(slot++).bind(number(user.keys.size()));
      use.bind(std::string_view{user.user.name.text()}).bind(std::string_view{user.user.id.text()});
      use.bind(std::string_view{found.key.id.text()}).bind(static_cast<std::int64_t>(found.key.status));
      use.bind(seconds(found.key.created_at)).bind(static_cast<std::int64_t>(found.used.has_value()));
      use.bind(used.at ? std::optional{seconds(*used.at)} : std::nullopt);
      use.bind(std::string_view{used.service}).bind(std::string_view{used.region}).run();
    }
  }

  void flush() {
    if (buffered.empty()) return;
    in_own([this] {
      Transaction transaction(*own, Transaction::Mode::write);
      {
        Statement statement(*own, insert_key);
        for (const auto& [scan, user] : buffered) insert(statement, scan, user);
      }
      transaction.commit();
    });
    buffered.clear();
  }

  void copy_out(std::int64_t scan, Time now) const {
    const ScanLine line = line_of(*own, scan);
    Transaction transaction(*kept, Transaction::Mode::write);
    copy_keys(*own, scan, *kept, insert_line(*kept, line));
    clear_away(*kept, line.account, now);
    transaction.commit();
  }

  void keep(std::int64_t scan, Time now) {
    if (!kept) return;
    try {
      return copy_out(scan, now);
    } catch (const rotation::Trouble& trouble) {
      // A full disk is no reason to lose what stands there.
      if (sound(*kept)) {
        why_not_kept = in_our_words(trouble);
        return;
      }
    }
    kept.reset();
    keep_or_say_why([&] {
      kept = replace(file);
      copy_out(scan, now);
    });
  }

  fs::path file;
  std::unique_ptr<store::Database> own, kept;
  std::string why_not_kept;
  bool nothing_there = false;
  std::int64_t next_own = first_own;
  std::vector<std::pair<std::int64_t, FoundUser>> buffered;
  std::map<std::int64_t, Counted> counted;  // of the scans under way
};

Snapshot::Snapshot(const fs::path& file, For what) : inside_(std::make_unique<Inside>(file, what)) {}
Snapshot::~Snapshot() = default;

const std::string& Snapshot::why_not_kept() const { return inside_->why_not_kept; }

std::int64_t Snapshot::begin(const AccountMark& account, Time now) {
  const std::int64_t id = inside_->next_own++;
  Inside::in_own([&] {
    Statement statement(*inside_->own,
                        "INSERT INTO scan(account, provider, by_profile, id, began) VALUES(?, ?, ?, ?, ?)");
    Use use(statement);
    bind_mark(use, account).bind(id).bind(seconds(now)).run();
  });
  inside_->counted[id].began = now;
  return id;
}

void Snapshot::add(std::int64_t scan, FoundUser user) {
  for (const FoundKey& key : user.keys) inside_->count(inside_->counted.at(scan), key);
  if (user.keys.empty()) return;
  inside_->buffered.emplace_back(scan, std::move(user));
  if (inside_->buffered.size() >= users_a_commit) inside_->flush();
}

void Snapshot::end(std::int64_t scan, const rotation::AccountId& account_id, Time now, Ending ending,
                   const ScanCount& tally, const Bucket& bucket) {
  inside_->flush();
  const Inside::Counted counted = inside_->counted.at(scan);
  inside_->counted.erase(scan);
  Inside::in_own([&] {
    Statement statement(*inside_->own,
                        "UPDATE scan SET account_id = ?, ended = ?, whole = ?, users = ?, keys = ?, active = ?, "
                        "never_used = ?, unused_90 = ?, older_90 = ?, rate = ?, size = ? WHERE id = ?");
    Use use(statement);
    use.bind(std::string_view{account_id.text()}).bind(seconds(now)).bind(std::int64_t{ending == Ending::whole});
    use.bind(number(tally.users)).bind(number(tally.keys)).bind(number(counted.active));
    use.bind(number(counted.never_used)).bind(number(counted.unused)).bind(number(counted.older));
    use.bind(bucket.rate).bind(bucket.size).bind(scan).run();
  });
  if (ending == Ending::whole) inside_->keep(scan, now);
}

std::optional<ScanLine> Snapshot::latest(const AccountMark& account) {
  return inside_->reading([&]() -> std::optional<ScanLine> {
    Statement statement(inside_->former(),
                        std::string(line_columns) + "WHERE " + of_account + " AND whole = 1 ORDER BY id DESC LIMIT 1");
    Use use(statement);
    bind_mark(use, account);
    if (!use.next()) return std::nullopt;
    return read_line(use);
  });
}

std::vector<AccountMark> Snapshot::accounts() {
  return inside_->reading([&] {
    Statement statement(
        inside_->former(),
        "SELECT DISTINCT account, provider, by_profile FROM scan WHERE whole = 1 ORDER BY account, provider");
    Use use(statement);
    std::vector<AccountMark> marks;
    while (use.next()) {
      marks.push_back(
          {.name = rotation::AccountName{use.text(0)}, .provider = use.text(1), .by_profile = use.integer(2) != 0});
    }
    return marks;
  });
}

std::vector<ScanLine> Snapshot::lines(const AccountMark& account, Time since) {
  return inside_->reading([&] {
    Statement statement(inside_->former(), std::string(line_columns) + "WHERE " + of_account +
                                               " AND whole = 1 AND began >= ?4 ORDER BY id");
    Use use(statement);
    bind_mark(use, account).bind(seconds(since));
    std::vector<ScanLine> lines;
    while (use.next()) lines.push_back(read_line(use));
    return lines;
  });
}

ScanLine Snapshot::line(std::int64_t scan) { return line_of(*inside_->own, scan); }

// Page by page: a reader whose output waits in a pager must not keep a scan from writing.
void Snapshot::each(const ScanLine& scan, const std::function<bool(KeyRow)>& take) {
  const bool is_own = scan.id >= first_own;
  struct At {
    std::int64_t place = -1, slot = -1;
  } at;
  std::size_t given = 0;
  for (bool last = false; !last;) {
    std::vector<KeyRow> page;
    inside_->reading([&] {
      Statement statement(is_own ? *inside_->own : inside_->former(),
                          "SELECT place, slot, slots, user, user_id, key, status, created, use_known, last_used, "
                          "service, region FROM access_key WHERE scan = ? AND (place, slot) > (?, ?) "
                          "ORDER BY place, slot LIMIT ?");
      Use use(statement);
      use.bind(scan.id).bind(at.place).bind(at.slot).bind(rows_a_page);
      At user;  // where the latest one begins
      std::size_t before_user = 0;
      while (use.next()) {
        at = {.place = use.integer(0), .slot = use.integer(1)};
        if (at.place != user.place) {
          user = {.place = at.place, .slot = at.slot - 1};
          before_user = page.size();
        }
        page.push_back(read_key(use, scan));
      }
      last = std::ssize(page) < rows_a_page;
      // The keys of one user come from one page: half of them would be taken for all.
      if (last || before_user == 0 || at.slot + 1 == number(page.back().slots)) return;
      at = user;
      page.erase(page.begin() + static_cast<std::ptrdiff_t>(before_user), page.end());
    });
    given += page.size();
    for (KeyRow& row : page) {
      if (!take(std::move(row))) return;
    }
  }
  if (!is_own && given != scan.keys) throw was_replaced(scan);
}

}  // namespace inventory
