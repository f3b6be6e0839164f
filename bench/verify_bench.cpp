// How fast a journal is verified, and how many bytes a record takes.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "bench/table.hpp"
#include "store/history.hpp"

namespace {

using bench::number_text;
using Timer = std::chrono::steady_clock;

void show(const std::filesystem::path& file, int rounds) {
  std::vector<bench::Nanos> spent;
  store::Verified found;
  for (int round = 0; round < rounds; ++round) {
    const auto reader = store::JournalReader::open_existing({.path = file});
    if (!reader) throw std::runtime_error("no journal at " + file.string());
    const auto start = Timer::now();
    found = store::verify(*reader);
    spent.push_back(Timer::now() - start);
    if (!found.ok) throw std::runtime_error("the journal does not verify: " + found.why);
  }
  const bench::Nanos once = bench::median(spent);
  const double rate = static_cast<double>(found.records) * 1e9 / static_cast<double>(once.count());
  const double bytes = static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(found.records);
  bench::heading("A journal of " + std::to_string(found.rotations) + " rotations, " + std::to_string(found.records) +
                 " records, medians of " + std::to_string(rounds) + " rounds");
  bench::row("history verify, in process", bench::time_text(once) + ", " + number_text(rate / 1e6, 3) + " million/s",
             "", rate, bench::Goal{bench::Better::higher, 1e6, ">= 1 million/s a core"});
  bench::row("size of a record, indexes and text included", number_text(bytes, 0) + " bytes", "", bytes,
             bench::Goal{bench::Better::lower, 235, "<= 235 bytes"});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("verify_bench", [&] {
    if (argc < 2) throw std::runtime_error("usage: verify_bench FILE [ROUNDS]");
    show(argv[1], bench::number_word(argc, argv, 2, 3));
  });
}
