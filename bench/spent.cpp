// Runs a program and says what it took: spent OUTPUT PROGRAM WORD…. Small itself: a child's peak memory begins with its
// parent's.
#include <cstdio>
#include <stdexcept>

#include "bench/spawned.hpp"

int main(int argc, char** argv) {
  return bench::guarded("spent", [&] {
    if (argc < 3) throw std::runtime_error("usage: spent OUTPUT PROGRAM WORD...");
    const bench::Spent spent = bench::run_into(argv[1], {argv + 2, argv + argc});
    const auto seconds = [](bench::Nanos span) { return std::chrono::duration<double>(span).count(); };
    std::printf(R"({"exit": %d, "wall": %.6f, "cpu": %.6f, "peak_kib": %ld})"
                "\n",
                spent.exit_code, seconds(spent.wall), seconds(spent.cpu), spent.peak_kib);
  });
}
