// What scans saw, kept in a file that may be lost at any time.
#include "inventory/snapshot.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>

#include "store/sqlite.hpp"

namespace {

namespace fs = std::filesystem;
using inventory::AccountMark;
using inventory::FoundUser;
using inventory::KeyRow;
using inventory::ScanLine;
using inventory::Snapshot;
using inventory::SnapshotTrouble;
using rotation::Seconds;
using rotation::Time;

const AccountMark prod{.name = rotation::AccountName{"prod"}, .provider = "aws"};
const rotation::AccountId number{"123456789012"};
constexpr Time noon{Seconds{1'767'355'200}};  // 2026-01-02T12:00:00Z
constexpr Seconds day{86'400};

class Snapshots : public testing::Test {
 protected:
  Snapshots() : folder_(fs::temp_directory_path() / ("kb-snapshot-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
  }
  ~Snapshots() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path file() const { return folder_ / "journal-fleet.db"; }

  static FoundUser user(std::size_t place, std::size_t keys) {
    FoundUser found{.place = place,
                    .user = {.name = rotation::UserName{"user-" + std::to_string(place)},
                             .id = rotation::UserId{"AIDA" + std::to_string(place)},
                             .arn = {}},
                    .keys = {}};
    for (std::size_t slot = 0; slot < keys; ++slot) {
      found.keys.push_back(
          {.key = {.id = rotation::AccessKeyId{"AKIA" + std::to_string(place) + "-" + std::to_string(slot)},
                   .status = slot == 0 ? rotation::KeyStatus::active : rotation::KeyStatus::inactive,
                   .created_at = noon - 100 * day},
           .used = rotation::LastUsed{.at = noon - day, .service = "s3", .region = "eu-west-1"}});
    }
    return found;
  }

  static std::int64_t store(Snapshot& snapshot, std::size_t users, Time at,
                            Snapshot::Ending ending = Snapshot::Ending::whole, std::size_t keys = 2) {
    const std::int64_t scan = snapshot.begin(prod, at);
    for (std::size_t place = users; place-- > 0;) snapshot.add(scan, user(place, keys));  // in any order
    snapshot.end(scan, number, at + Seconds{5}, ending, {.users = users, .keys = users * keys},
                 {.rate = 50, .size = 60});
    return scan;
  }

  static std::vector<KeyRow> rows(Snapshot& snapshot, const ScanLine& line) {
    std::vector<KeyRow> all;
    snapshot.each(line, [&](KeyRow row) {
      all.push_back(std::move(row));
      return true;
    });
    return all;
  }

 private:
  fs::path folder_;
};

TEST_F(Snapshots, gives_back_what_was_seen_in_the_clouds_order) {
  Snapshot snapshot{file()};
  EXPECT_EQ(snapshot.why_not_kept(), "");
  store(snapshot, 2500, noon);
  Snapshot again{file()};
  const auto line = again.latest(prod);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->users, 2500U);
  EXPECT_EQ(line->account_id, number);
  EXPECT_EQ(line->bucket.rate, 50);
  EXPECT_EQ(line->bucket.size, 60);
  EXPECT_EQ(line->active, 2500U);
  EXPECT_EQ(line->older_90_days, 5000U);
  EXPECT_EQ(line->unused_90_days, 0U);
  const auto all = rows(again, *line);
  ASSERT_EQ(all.size(), 5000U);
  for (std::size_t at = 0; at < all.size(); ++at) {
    EXPECT_EQ(all[at].user.text(), "user-" + std::to_string(at / 2));
    EXPECT_EQ(all[at].key.id.text(), "AKIA" + std::to_string(at / 2) + "-" + std::to_string(at % 2));
    EXPECT_EQ(all[at].slots, 2U);
  }
  EXPECT_EQ(all[0].used->at, noon - day);
  EXPECT_EQ(all[0].key.status, rotation::KeyStatus::active);
  EXPECT_EQ(all[1].key.status, rotation::KeyStatus::inactive);
}

TEST_F(Snapshots, never_used_and_not_read_are_two_things) {
  Snapshot snapshot{file()};
  const std::int64_t scan = snapshot.begin(prod, noon);
  FoundUser found = user(0, 2);
  found.keys[0].used = rotation::LastUsed{};
  found.keys[1].used = std::nullopt;
  snapshot.add(scan, found);
  snapshot.end(scan, number, noon, Snapshot::Ending::whole, {.users = 1, .keys = 2}, {});
  const auto line = snapshot.latest(prod).value();
  EXPECT_EQ(line.never_used, 1U);
  EXPECT_EQ(line.unused_90_days, 1U);
  const auto all = rows(snapshot, line);
  EXPECT_TRUE(all[0].never_used());
  EXPECT_FALSE(all[1].used.has_value());
  EXPECT_FALSE(all[1].never_used());
}

TEST_F(Snapshots, a_scan_cut_short_replaces_nothing_and_is_read_by_its_own_command_alone) {
  Snapshot snapshot{file()};
  store(snapshot, 10, noon);
  const std::int64_t cut = store(snapshot, 3, noon + Seconds{60}, Snapshot::Ending::cut_short);
  EXPECT_EQ(snapshot.latest(prod)->users, 10U);
  EXPECT_EQ(rows(snapshot, snapshot.line(cut)).size(), 6U);
  EXPECT_EQ(snapshot.lines(prod, noon - day).size(), 1U);
}

TEST_F(Snapshots, an_earlier_scan_goes_when_nobody_can_be_reading_it_any_more_and_leaves_its_line) {
  Snapshot snapshot{file()};
  const auto latest_after = [&](std::size_t users, Time at) {
    store(snapshot, users, at);
    return *snapshot.latest(prod);
  };
  const ScanLine first = latest_after(10, noon);
  const ScanLine second = latest_after(11, noon + Seconds{3600});
  EXPECT_EQ(rows(snapshot, first).size(), 20U) << "it was the latest until now: somebody may be reading it";
  const ScanLine third = latest_after(12, noon + Seconds{7200});
  EXPECT_THROW((void)rows(snapshot, first), SnapshotTrouble);
  EXPECT_EQ(rows(snapshot, second).size(), 22U);
  EXPECT_EQ(rows(snapshot, third).size(), 24U);
  const auto lines = snapshot.lines(prod, noon - day);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].users, 10U);
  EXPECT_EQ(lines[2].users, 12U);
}

TEST_F(Snapshots, keys_that_are_cleared_away_while_they_are_read_are_never_taken_for_all) {
  Snapshot scanning{file()};
  store(scanning, 3000, noon);
  Snapshot reader{file()};
  const ScanLine line = *reader.latest(prod);
  std::map<std::string, std::size_t> keys_of;
  std::size_t odd_users = 0;
  const auto wait_in_a_pager = [&](const KeyRow& row) {
    if (++keys_of[row.user.text()] == 1) ++odd_users;
    if (keys_of[row.user.text()] == row.slots) --odd_users;
    if (keys_of.size() != 100 || keys_of[row.user.text()] != 1) return true;
    store(scanning, 1, noon + Seconds{3600});
    store(scanning, 1, noon + Seconds{7200});
    return true;
  };
  try {
    reader.each(line, wait_in_a_pager);
    FAIL() << "a part was given for the whole";
  } catch (const SnapshotTrouble& trouble) {
    EXPECT_NE(trouble.problem().message.find("newer scan"), std::string::npos);
    EXPECT_EQ(trouble.problem().message.find("journal "), std::string::npos);
  }
  EXPECT_LT(keys_of.size(), 3000U);
  EXPECT_EQ(odd_users, 0U) << "one key of two would pass for the only one";
}

TEST_F(Snapshots, a_scan_keeps_its_own_keys_whatever_other_scans_clear_away) {
  Snapshot mine{file()};
  Snapshot other{file()};
  const std::int64_t scan = store(mine, 3000, noon);
  std::size_t keys = 0;
  mine.each(mine.line(scan), [&](const KeyRow&) {
    if (++keys == 1) {
      store(other, 1, noon + Seconds{3600});
      store(other, 1, noon + Seconds{7200});
    }
    return true;
  });
  EXPECT_EQ(keys, 6000U);
}

TEST_F(Snapshots, the_past_of_a_year_is_kept_and_no_more) {
  Snapshot snapshot{file()};
  store(snapshot, 1, noon);
  store(snapshot, 2, noon + 399 * day);
  EXPECT_EQ(snapshot.lines(prod, Time{}).size(), 2U);
  store(snapshot, 3, noon + 401 * day);
  EXPECT_EQ(snapshot.lines(prod, Time{}).size(), 2U);
}

TEST_F(Snapshots, two_clouds_with_an_account_of_one_name_stay_apart) {
  Snapshot snapshot{file()};
  store(snapshot, 4, noon);
  EXPECT_FALSE(snapshot.latest({.name = prod.name, .provider = "alibaba"}).has_value());
  EXPECT_FALSE(snapshot.latest({.name = prod.name, .provider = "aws", .by_profile = true}).has_value());
  EXPECT_EQ(snapshot.accounts(), std::vector{prod});
}

TEST_F(Snapshots, a_damaged_file_or_one_of_somebody_else_is_made_anew) {
  for (const std::string& content :
       {std::string(8192, 'x'), std::string("SQLite format 3\0broken", 22), std::string("short")}) {
    fs::remove(file());
    std::ofstream(file()) << content;
    fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
    Snapshot snapshot{file()};
    EXPECT_EQ(snapshot.why_not_kept(), "");
    store(snapshot, 5, noon);
    EXPECT_EQ(Snapshot{file()}.latest(prod)->users, 5U);
  }
}

TEST_F(Snapshots, one_who_asks_of_former_scans_alone_replaces_no_file_and_hears_of_the_damage_each_time) {
  for (const std::string& content : {std::string(8192, 'x'), std::string(8192, '\0'), std::string("short")}) {
    fs::remove(file());
    std::ofstream(file()) << content;
    fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
    for (int i = 0; i < 2; ++i) {
      Snapshot cached{file(), Snapshot::For::former};
      EXPECT_THROW((void)cached.latest(prod), SnapshotTrouble);
      EXPECT_THROW((void)cached.lines(prod, noon), SnapshotTrouble);
    }
  }
}

TEST_F(Snapshots, one_who_asks_of_former_scans_where_there_were_none_hears_of_none_and_makes_no_file) {
  fs::remove(file());
  Snapshot cached{file(), Snapshot::For::former};
  EXPECT_EQ(cached.latest(prod), std::nullopt);
  EXPECT_FALSE(fs::exists(file()));
}

// The pages behind the header are gone, which opening it does not show.
void spoil_pages(const fs::path& file) {
  const auto bytes = fs::file_size(file);
  ASSERT_GT(bytes, 3 * 4096U);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(2 * 4096);
  stream << std::string(bytes - 2 * 4096, '\xff');
}

TEST_F(Snapshots, a_damage_that_opening_does_not_show_costs_a_scan_nothing_and_is_told_without_the_journal) {
  Snapshot first{file()};
  store(first, 500, noon);
  spoil_pages(file());
  try {
    Snapshot cached{file()};
    (void)rows(cached, cached.latest(prod).value());
    FAIL() << "what cannot be read was read";
  } catch (const SnapshotTrouble& trouble) {
    EXPECT_EQ(trouble.problem().message, "What scans remembered in " + file().string() + " cannot be read any more.");
    EXPECT_EQ(trouble.problem().hint, "keybaton keys");
  }
  Snapshot scanning{file()};
  const std::int64_t scan = store(scanning, 400, noon + day);
  EXPECT_EQ(rows(scanning, scanning.line(scan)).size(), 800U);
  EXPECT_EQ(scanning.why_not_kept(), "");
  Snapshot again{file()};
  EXPECT_EQ(rows(again, again.latest(prod).value()).size(), 800U) << "the file was made anew";
}

TEST_F(Snapshots, a_file_without_the_tables_that_we_know_is_made_anew) {
  store(*std::make_unique<Snapshot>(file()), 5, noon);
  store::Database database(file(), SQLITE_OPEN_READWRITE, "");
  database.execute("DROP TABLE access_key");
  Snapshot snapshot{file()};
  store(snapshot, 6, noon + day);
  EXPECT_EQ(rows(snapshot, snapshot.latest(prod).value()).size(), 12U);
}

// No file may grow further than this, as on a disk that is full; a temporary one neither.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Snapshots, a_full_disk_costs_a_scan_no_key_and_the_file_nothing) {
  Snapshot first{file()};
  store(first, 50, noon);
  {
    const FullDisk full{std::uintmax_t{fs::file_size(file())}};
    Snapshot scanning{file()};
    const std::int64_t scan = store(scanning, 3000, noon + day);
    EXPECT_EQ(rows(scanning, scanning.line(scan)).size(), 6000U);
    EXPECT_NE(scanning.why_not_kept().find("snapshot " + file().string()), std::string::npos)
        << scanning.why_not_kept();
  }
  Snapshot again{file()};
  EXPECT_EQ(rows(again, again.latest(prod).value()).size(), 100U) << "what stood there stays";
}

TEST_F(Snapshots, no_room_for_temporary_files_is_told_as_that) {
  const FullDisk full{4096};
  Snapshot scanning{file()};
  try {
    store(scanning, 60'000, noon);
    FAIL() << "there was no room for it";
  } catch (const SnapshotTrouble& trouble) {
    EXPECT_NE(trouble.problem().message.find("temporary file"), std::string::npos);
    EXPECT_NE(trouble.problem().hint.find("TMPDIR"), std::string::npos);
    EXPECT_EQ((trouble.problem().message + trouble.problem().hint).find("journal "), std::string::npos);
  }
}

TEST_F(Snapshots, only_its_owner_can_read_it) {
  Snapshot snapshot{file()};
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Snapshots, where_it_cannot_be_kept_it_lives_as_long_as_the_command) {
  Snapshot snapshot{fs::path{"/proc/no-such-place/journal-fleet.db"}};
  EXPECT_NE(snapshot.why_not_kept(), "");
  store(snapshot, 5, noon);
  EXPECT_EQ(rows(snapshot, *snapshot.latest(prod)).size(), 10U);
}

TEST_F(Snapshots, two_scans_at_once_do_not_mix) {
  Snapshot one{file()};
  Snapshot other{file()};
  const std::int64_t first = one.begin(prod, noon);
  const std::int64_t second = other.begin(prod, noon);
  one.add(first, user(0, 2));
  other.add(second, user(0, 1));
  one.end(first, number, noon, Snapshot::Ending::whole, {.users = 1, .keys = 2}, {});
  other.end(second, number, noon, Snapshot::Ending::whole, {.users = 1, .keys = 1}, {});
  EXPECT_EQ(rows(one, one.line(first)).size(), 2U);
  EXPECT_EQ(rows(other, other.line(second)).size(), 1U);
  EXPECT_EQ(rows(one, one.latest(prod).value()).size(), 1U);
}

}  // namespace
