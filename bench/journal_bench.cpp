// What the journal costs on one directory: a raw synced write, a bare SQLite commit and keybaton's own, in turns.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "bench/story.hpp"
#include "bench/syncs.hpp"
#include "bench/table.hpp"
#include "store/journal_store.hpp"

namespace {

namespace fs = std::filesystem;
using bench::Nanos;
using Timer = std::chrono::steady_clock;

constexpr int usual_rounds = 40;
constexpr Nanos rotation_goal = std::chrono::milliseconds{50};
// What "fast" means for the goal above: the disk that it was set on did 5,000 to 6,000 synced writes a second.
constexpr double fast_disk = 5000;
// Faster than this the "disk" is memory, where a synced write costs nothing and is no floor.
constexpr double fastest_disk = 200000;

class Home {
 public:
  explicit Home(const fs::path& parent) {
    std::string name = (parent / "keybaton-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory in " + parent.string());
    path_ = name;
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The floor: 200 bytes at the end of a file, durable.
class RawFile {
 public:
  explicit RawFile(const fs::path& path) : file_(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) {}
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() { ::close(file_); }
  void append() {
    const std::string bytes(200, 'x');
    if (::write(file_, bytes.data(), bytes.size()) != 200 || ::fdatasync(file_) != 0) {
      throw std::runtime_error("a raw write failed");
    }
  }

 private:
  int file_;
};

// The peer: one event and one row in one commit, with our pragmas and nothing else.
class BareSqlite {
 public:
  explicit BareSqlite(const fs::path& path)
      : database_(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, {}),
        event_(prepared("event")),
        state_(prepared("")) {}
  void commit() {
    store::Transaction transaction(database_, store::Transaction::Mode::write);
    store::Use(event_).bind(std::string(200, 'x')).run();
    store::Use(state_).run();
    transaction.commit();
  }

 private:
  store::Statement prepared(const std::string& which) {
    if (which.empty()) return {database_, "UPDATE state SET seq = seq + 1 WHERE id = 1"};
    database_.execute(
        "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
        "CREATE TABLE event(id INTEGER PRIMARY KEY, detail TEXT); CREATE TABLE state(id INTEGER PRIMARY KEY, seq);"
        "INSERT INTO state VALUES (1, 0);");
    return {database_, "INSERT INTO event(detail) VALUES (?)"};
  }
  store::Database database_;
  store::Statement event_, state_;
};

std::string boot_id() {
  std::string text;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), text);
  return text;
}

class Keybaton {
 public:
  explicit Keybaton(const fs::path& path) : store_({.path = path, .now = [this] { return now_; }}) {}
  // Returns how many commits it took: one for each record, the lease's release in the end.
  int whole_rotation(int looks = bench::usual_looks) {
    const bench::Cast cast = bench::cast(number_++);
    int commits = 1;
    const auto journal = store_.begin(start_of(cast), {.person = cast.person, .claim = {}}, rotation::Arn{cast.caller});
    for (bench::Line& line : bench::five_steps(cast, now_, looks)) {
      now_.wall += std::chrono::seconds{1};
      now_.boot += std::chrono::seconds{1};
      if (line.draft.kind == rotation::Kind::intent) journal->require_lease();
      journal->append(std::move(line.draft), std::move(line.attachments));
      ++commits;
    }
    return commits;
  }

 private:
  rotation::Instant now_{.wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                         .boot = std::chrono::hours{1},
                         .boot_id = boot_id()};
  store::JournalStore store_;
  int number_ = 0;
};

struct Figures {
  std::vector<Nanos> raw, bare, ours;  // each for as many commits as a rotation has
  std::vector<Nanos> raw_syncs;        // as many raw writes as a rotation has syncs
  std::vector<Nanos> shortest;         // a rotation that never had to wait
  std::vector<Nanos> unlinking;        // of `ours`: what the file system took to let rollback journals go
  std::vector<Nanos> in_syncs;         // of `ours`: what the disk took
  std::vector<Nanos> cpu;              // of `ours`: what the processor took, whoever else wants it
  std::int64_t commits = 0, shortest_commits = 0, bare_syncs = 0, our_syncs = 0;
};

template <class Work>
Nanos timed(Work work) {
  const auto start = Timer::now();
  work();
  return Timer::now() - start;
}

Figures measure(const fs::path& home, int rounds) {
  RawFile raw(home / "raw");
  BareSqlite bare(home / "bare.db");
  Keybaton keybaton(home / "journal.db");
  Figures found;
  found.commits = keybaton.whole_rotation();  // warms up: the dictionary has the common names
  bare.commit();
  for (int round = 0; round < rounds; ++round) {
    const auto times = [&](std::int64_t count, auto work) {
      return timed([&] {
        for (std::int64_t i = 0; i < count; ++i) work();
      });
    };
    found.raw.push_back(times(found.commits, [&] { raw.append(); }));
    const bench::Syncs first = bench::syncs_so_far();
    found.bare.push_back(times(found.commits, [&] { bare.commit(); }));
    const bench::Syncs second = bench::syncs_so_far();
    const std::clock_t worked = std::clock();
    found.ours.push_back(times(1, [&] { (void)keybaton.whole_rotation(); }));
    found.cpu.push_back(std::chrono::microseconds{(std::clock() - worked) * 1000000 / CLOCKS_PER_SEC});
    const bench::Syncs third = bench::syncs_so_far();
    found.bare_syncs = second.count - first.count;
    found.our_syncs = third.count - second.count;
    found.in_syncs.push_back(third.spent - second.spent);
    found.unlinking.push_back(third.unlinking - second.unlinking);
    found.shortest.push_back(timed([&] { found.shortest_commits = keybaton.whole_rotation(bench::fewest_looks); }));
    found.raw_syncs.push_back(times(found.our_syncs, [&] { raw.append(); }));
  }
  return found;
}

double per_second(std::int64_t count, Nanos span) {
  return static_cast<double>(count) * 1e9 / static_cast<double>(span.count());
}

double ratio(Nanos one, Nanos other) { return static_cast<double>(one.count()) / static_cast<double>(other.count()); }

void show(const fs::path& directory, const Figures& found) {
  using bench::number_text;
  const Nanos raw = bench::median(found.raw), bare = bench::median(found.bare), ours = bench::median(found.ours);
  const Nanos raw_syncs = bench::median(found.raw_syncs), in_syncs = bench::median(found.in_syncs);
  const auto rate = [&](Nanos span) { return number_text(per_second(found.commits, span), 0) + "/s"; };
  const auto each = [&](Nanos span) { return ", " + bench::time_text(span / found.commits) + " each"; };
  const bool fast = per_second(found.commits, raw) >= fast_disk;
  const bool memory = per_second(found.commits, raw) > fastest_disk;
  bench::heading("The journal in " + directory.string() + ", medians of " + std::to_string(found.ours.size()) +
                 " rounds");
  bench::row("floor: write 200 bytes, fdatasync", rate(raw) + each(raw), "1");
  bench::row("peer: bare SQLite commit of two rows", rate(bare) + each(bare),
             number_text(ratio(raw, bare), 3) + " x floor");
  const bench::Goal goal{bench::Better::higher, 0.15, ">= 0.15 x floor"};
  bench::row("keybaton: one append", rate(ours) + each(ours), number_text(ratio(raw, ours), 3) + " x floor",
             ratio(raw, ours), memory ? std::nullopt : std::optional{goal});
  bench::row("  against the bare commit", "", number_text(ratio(bare, ours), 2) + " x peer");
  const Nanos shortest = bench::median(found.shortest);
  const bench::Goal span{bench::Better::lower, 1, fast ? "<= 50 ms" : "<= 50 ms (slow disk)"};
  bench::row("shortest whole rotation, " + std::to_string(found.shortest_commits) + " records",
             bench::time_text(shortest), "", ratio(shortest, rotation_goal), span);
  bench::row("with twelve looks at last-used, " + std::to_string(found.commits) + " records", bench::time_text(ours),
             number_text(ratio(ours, raw_syncs), 2) + " x its raw syncs", ratio(ours, rotation_goal), span);
  bench::row("  of it the disk's syncs: " + std::to_string(found.our_syncs) +
                 " (peer: " + std::to_string(found.bare_syncs) + ")",
             bench::time_text(in_syncs), number_text(100 * ratio(in_syncs, ours), 0) + " %");
  bench::row("  of it letting rollback journals go", bench::time_text(bench::median(found.unlinking)), "");
  bench::row("  of it the processor", bench::time_text(bench::median(found.cpu)), "");
}

void run(int argc, char** argv) {
  const fs::path directory = argc > 1 ? argv[1] : ".";
  const int rounds = bench::number_word(argc, argv, 2, usual_rounds);
  const Home home(directory);
  show(directory, measure(home.path(), rounds));
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("journal_bench", [&] { run(argc, argv); });
}
