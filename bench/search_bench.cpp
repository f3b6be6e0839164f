// How long `keybaton find` takes over many small files, beside grep -rF over the same ones in the same run.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "bench/spawned.hpp"

namespace {

namespace fs = std::filesystem;

constexpr const char* key = "AKIASEARCHBENCHSEARC";
constexpr const char* other = "AKIAOTHERBENCHOTHERB";

// As a repository of settings looks: some 2 KiB each, a hundred to a directory, one in a thousand with the key.
void fill(const fs::path& root, int files) {
  for (int at = 0; at < files; ++at) {
    const fs::path directory = root / ("d" + std::to_string(at / 100));
    if (at % 100 == 0) fs::create_directories(directory);
    std::ofstream file(directory / ("app" + std::to_string(at) + ".env"));
    for (int line = 0; line < 40; ++line) file << "SETTING_" << line << "=some value of " << at << " that is long\n";
    file << "AWS_ACCESS_KEY_ID=" << (at % 1000 == 0 ? key : other) << "\nAWS_SECRET_ACCESS_KEY=nothing\n";
  }
}

struct Program {
  std::vector<std::string> words;
  std::vector<bench::Nanos> wall = {}, cpu = {};
};

double ratio(bench::Nanos one, bench::Nanos two) {
  return static_cast<double>(one.count()) / static_cast<double>(two.count());
}

void show(const Program& grep, const Program& ours) {
  const bench::Nanos theirs = bench::median(grep.wall), mine = bench::median(ours.wall);
  bench::row("grep -rF", bench::time_text(theirs), "");
  bench::row("keybaton find", bench::time_text(mine),
             bench::number_text(ratio(mine, theirs), 2) + " x, cpu " +
                 bench::number_text(ratio(bench::median(ours.cpu), bench::median(grep.cpu)), 2) + " x",
             std::chrono::duration<double>(mine).count(), bench::Goal{bench::Better::lower, 2.0, "< 2 s"});
}

void run(const std::string& keybaton, const fs::path& scratch, int files, int runs) {
  const fs::path root = scratch / "searched";
  fill(root, files);
  // What differs from home to home (a config, profiles) is not the question here.
  ::setenv("HOME", scratch.c_str(), 1);
  Program grep{{"grep", "-rF", key, root.string()}};
  Program ours{{keybaton, "find", key, "--path", root.string()}};
  for (int round = 0; round <= runs; ++round) {
    for (Program* each : {&grep, &ours}) {
      const bench::Spent spent = bench::run(each->words);
      if (round == 0) continue;  // the first one reads the files into memory
      each->wall.push_back(spent.wall);
      each->cpu.push_back(spent.cpu);
    }
  }
  bench::heading("A key in " + std::to_string(files) + " files; medians of " + std::to_string(runs) + " runs");
  show(grep, ours);
  fs::remove_all(root);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("search_bench", [&] {
    if (argc < 3) throw std::runtime_error("usage: search_bench KEYBATON SCRATCH_DIR [FILES [RUNS]]");
    run(argv[1], argv[2], bench::number_word(argc, argv, 3, 10000), bench::number_word(argc, argv, 4, 9));
  });
}
