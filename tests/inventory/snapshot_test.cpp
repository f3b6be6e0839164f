// What scans saw, kept in a file that may be lost at any time.
#include "inventory/snapshot.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace {

namespace fs = std::filesystem;
using inventory::AccountMark;
using inventory::FoundUser;
using inventory::KeyRow;
using inventory::ScanLine;
using inventory::Snapshot;
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
  const std::int64_t whole = store(snapshot, 10, noon);
  const std::int64_t cut = store(snapshot, 3, noon + Seconds{60}, Snapshot::Ending::cut_short);
  EXPECT_EQ(snapshot.latest(prod)->id, whole);
  EXPECT_EQ(rows(snapshot, snapshot.line(cut)).size(), 6U);
  EXPECT_EQ(snapshot.lines(prod, noon - day).size(), 1U);
}

TEST_F(Snapshots, an_earlier_scan_goes_when_nobody_can_be_reading_it_any_more_and_leaves_its_line) {
  Snapshot snapshot{file()};
  const std::int64_t first = store(snapshot, 10, noon);
  const std::int64_t second = store(snapshot, 11, noon + Seconds{60});
  EXPECT_EQ(rows(snapshot, snapshot.line(first)).size(), 20U) << "somebody may still be reading it";
  store(snapshot, 12, noon + Seconds{3600});
  EXPECT_TRUE(rows(snapshot, snapshot.line(first)).empty());
  EXPECT_TRUE(rows(snapshot, snapshot.line(second)).empty());
  const auto lines = snapshot.lines(prod, noon - day);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].users, 10U);
  EXPECT_EQ(lines[2].users, 12U);
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
  ASSERT_NE(first, second);
  one.add(first, user(0, 2));
  other.add(second, user(0, 1));
  one.end(first, number, noon, Snapshot::Ending::whole, {.users = 1, .keys = 2}, {});
  other.end(second, number, noon, Snapshot::Ending::whole, {.users = 1, .keys = 1}, {});
  EXPECT_EQ(rows(one, one.line(first)).size(), 2U);
  EXPECT_EQ(rows(other, other.line(second)).size(), 1U);
}

}  // namespace
