// Makes a journal of many rotations with the store's own functions, many of them a commit.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "bench/story.hpp"
#include "bench/table.hpp"
#include "store/connection.hpp"
#include "store/lease.hpp"
#include "store/records.hpp"

namespace {

using rotation::Record;
using rotation::View;

constexpr int rotations_a_commit = 500;
constexpr int looks = 1;

struct Wish {
  std::string path;
  int rotations = 0;
  int open = 0;  // the newest so many stay before their deactivate
};

// Of the shape that real ids have, and sorted by their start as those are.
rotation::RotationId id_of(int number) {
  std::string digits = std::to_string(number);
  return rotation::RotationId{"r-01" + std::string(24 - digits.size(), '0') + digits};
}

class Filler {
 public:
  explicit Filler(const std::string& path)
      : connection_({.path = path, .now = [this] { return now_; }}, store::Access::write) {}

  void fill(const Wish& wish) {
    for (int number = 0; number < wish.rotations;) {
      store::Transaction transaction(connection_.database(), store::Transaction::Mode::write);
      for (int i = 0; i < rotations_a_commit && number < wish.rotations; ++i, ++number) {
        write(number, number >= wish.rotations - wish.open);
      }
      transaction.commit();
    }
  }
  [[nodiscard]] long records() const { return records_; }

 private:
  void write(int number, bool stays_open) {
    const bench::Cast cast = bench::cast(number);
    View view;
    Record record{.rotation = id_of(number),
                  .actor = cast.person,
                  .caller = cast.caller,
                  .account = rotation::AccountName{cast.account},
                  .user = rotation::UserName{cast.user},
                  .what = rotation::started(start_of(cast))};
    append(view, record);
    insert_summary(connection_, rotation::summary(view));
    const std::int64_t id = connection_.intern(record.rotation.text());
    const std::int64_t token = take_lease(connection_, id, cast.person, rotation::Seize::no);
    for (bench::Line& line : bench::five_steps(cast, now_, looks)) {
      const rotation::Summary before = rotation::summary(view);
      if (stays_open && before.state == rotation::State::verified) break;
      record.what = std::move(line.draft);
      append(view, record);
      update_summary(connection_, before, rotation::summary(view));
    }
    give_back_lease(connection_, id, token);
  }

  void append(View& view, Record& record) {
    now_.wall += std::chrono::seconds{3};
    now_.boot += std::chrono::seconds{3};
    record.seq = view.seq + 1;
    record.at = now_.wall;
    rotation::apply(view, record);
    insert_record(connection_, record);
    ++records_;
  }

  rotation::Instant now_{.wall = rotation::Time{std::chrono::seconds{1700000000}},
                         .boot = std::chrono::hours{1},
                         .boot_id = "6f3c1f0e-52b4-4c7c-9b5e-0d6f5c1c9a11"};
  store::Connection connection_;
  long records_ = 0;
};

void run(int argc, char** argv) {
  const Wish wish{.path = argc > 1 ? argv[1] : "",
                  .rotations = bench::number_word(argc, argv, 2, 1),
                  .open = bench::number_word(argc, argv, 3, 0)};
  if (wish.path.empty()) throw std::runtime_error("usage: fill_journal FILE [ROTATIONS [OPEN]]");
  Filler filler(wish.path);
  filler.fill(wish);
  std::printf("%ld\n", filler.records());
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("fill_journal", [&] { run(argc, argv); });
}
