// Whole processes, from fork to exit, in turns: an empty one, the sqlite3 shell, keybaton on the same journal.
#include <cstdlib>
#include <stdexcept>

#include "bench/spawned.hpp"
#include "store/sqlite.hpp"

namespace {

using bench::Nanos;

struct Command {
  std::string what;
  std::vector<std::string> words;
  // What it is held against: an earlier command's `what`, and how many times its median is allowed.
  std::string against;
  double allowed = 0;
  std::vector<Nanos> spent;
  std::vector<Nanos> cpu;  // what it took of the processors, which other programs' load changes little
  long peak_kib = 0;
};

void run_once(Command& command) {
  const bench::Spent spent = bench::run(command.words);
  command.spent.push_back(spent.wall);
  command.cpu.push_back(spent.cpu);
  command.peak_kib = std::max(command.peak_kib, spent.peak_kib);
}

std::string ask(const std::string& journal, const std::string& sql) {
  store::Database database(journal, SQLITE_OPEN_READONLY, {});
  store::Statement statement(database, sql);
  store::Use use(statement);
  return use.next() ? use.text(0) : "";
}

// The history's rows as a person would ask the shell for them, through the journal's own indexes.
std::string shell_query(const std::string& where) {
  return "SELECT * FROM history WHERE id IN (SELECT id FROM record WHERE " + where + " ORDER BY id DESC LIMIT 50)";
}

std::string named(const std::string& column, const std::string& text) {
  return column + " = (SELECT id FROM name WHERE text = '" + text + "')";
}

constexpr const char* one_row = "sqlite3 shell, one row";

std::vector<Command> commands(const std::string& keybaton, const std::string& journal) {
  const std::string middle = ask(journal, "SELECT id FROM rotation LIMIT 1 OFFSET (SELECT count(*)/2 FROM rotation)");
  const auto of_middle = [&](const std::string& column) {
    return ask(journal, "SELECT " + column +
                            " FROM rotations WHERE rotation = (SELECT text FROM name WHERE id = " + middle + ")");
  };
  const std::string rotation = of_middle("rotation"), key = of_middle("old_key"), actor = of_middle("started_by");
  const std::string since = of_middle("started_at"), user = of_middle("user");
  const auto shell = [&](const std::string& sql) -> std::vector<std::string> {
    return {"sqlite3", "-readonly", journal, sql};
  };
  const auto ours = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {keybaton, "--journal", journal});
    return words;
  };
  std::vector<Command> all{{.what = "an empty process", .words = {"/bin/true"}},
                           {.what = one_row, .words = shell("SELECT * FROM record WHERE id = 1")},
                           {.what = "keybaton --version", .words = {keybaton, "--version"}, .against = one_row},
                           {.what = "keybaton status", .words = ours({"status"}), .against = one_row, .allowed = 3},
                           {.what = "keybaton history --limit 50",
                            .words = ours({"history", "--limit", "50"}),
                            .against = one_row,
                            .allowed = 3}};
  const auto pair = [&](const std::string& what, const std::string& where, std::vector<std::string> words) {
    all.push_back({.what = "sqlite3 shell, the same rows by " + what, .words = shell(shell_query(where))});
    words.insert(words.begin(), "history");
    all.push_back(
        {.what = "keybaton history by " + what, .words = ours(std::move(words)), .against = one_row, .allowed = 3});
    all.push_back({.what = "", .words = {}, .against = all[all.size() - 2].what, .allowed = 1.25});
  };
  pair("rotation", named("rotation", rotation), {"--rotation", rotation});
  pair("key", named("key", key), {"--key", key});
  pair("actor", named("actor", actor), {"--actor", actor});
  pair("user", named("user", user), {"--user", user});
  pair("time", "at >= unixepoch('" + since + "') AND at < unixepoch('" + since + "') + 3600",
       {"--since", since, "--until",
        ask(journal, "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', unixepoch('" + since + "') + 3600, 'unixepoch')")});
  return all;
}

const Command& called(const std::vector<Command>& all, const std::string& what) {
  for (const Command& each : all) {
    if (each.what == what) return each;
  }
  throw std::runtime_error("nothing is called " + what);
}

double ratio(Nanos one, Nanos other) { return static_cast<double>(one.count()) / static_cast<double>(other.count()); }

std::string figure_of(const Command& command) {
  return bench::time_text(bench::median(command.spent)) + ", p99 " +
         bench::time_text(bench::percentile(command.spent, 99)) + ", " +
         bench::number_text(static_cast<double>(command.peak_kib) / 1024, 1) + " MiB";
}

// How `command` stands to the one that it, or the line of its own below it, is held against.
void show_ratio(const Command& command, const Command& goal, const Command& other) {
  const std::string short_name = goal.against == one_row ? "the shell" : "the same rows";
  const double value = ratio(bench::median(command.spent), bench::median(other.spent));
  const double cpu = ratio(bench::median(command.cpu), bench::median(other.cpu));
  const std::string limit = bench::number_text(goal.allowed, goal.allowed < 3 ? 2 : 0);
  std::optional<bench::Goal> held;
  if (goal.allowed > 0) held = {bench::Better::lower, goal.allowed, "<= " + limit + " x " + short_name};
  bench::row(goal.what, goal.words.empty() ? "" : figure_of(command),
             bench::number_text(value, 2) + " x, cpu " + bench::number_text(cpu, 2) + " x", value, held);
}

void show(const std::vector<Command>& all, const std::string& journal, int runs) {
  bench::heading("Whole processes on a journal of " + ask(journal, "SELECT count(*) FROM rotation") + " rotations, " +
                 ask(journal, "SELECT max(id) FROM record") + " records, " +
                 ask(journal, "SELECT count(*) FROM rotation WHERE state < 5") + " open; medians of " +
                 std::to_string(runs) + " runs");
  const Command* last = nullptr;
  for (const Command& each : all) {
    if (!each.words.empty()) last = &each;
    if (each.against.empty()) {
      bench::row(each.what, figure_of(each), "");
    } else {
      show_ratio(*last, each, called(all, each.against));
    }
  }
}

void run(const std::string& keybaton, const std::string& journal, int runs) {
  // What differs from home to home (a config, colours) is not the question here.
  ::setenv("HOME", "/nonexistent", 1);
  std::vector<Command> all = commands(keybaton, journal);
  for (int round = 0; round <= runs; ++round) {
    for (Command& each : all) {
      if (each.words.empty()) continue;
      run_once(each);
      if (round > 0) continue;  // the first one reads the files into memory
      each.spent.clear();
      each.cpu.clear();
    }
  }
  show(all, journal, runs);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("process_bench", [&] {
    if (argc < 3) throw std::runtime_error("usage: process_bench KEYBATON JOURNAL [RUNS]");
    run(argv[1], argv[2], bench::number_word(argc, argv, 3, 200));
  });
}
