#include "bench/table.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace bench {

std::string number_text(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string time_text(Nanos span) {
  const auto nanos = static_cast<double>(span.count());
  if (nanos >= 1e9) return number_text(nanos / 1e9, 2) + " s";
  if (nanos >= 1e6) return number_text(nanos / 1e6, 2) + " ms";
  return number_text(nanos / 1e3, 1) + " us";
}

Nanos percentile(std::vector<Nanos> samples, int percent) {
  std::ranges::sort(samples);
  const std::size_t at = (samples.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return samples[std::clamp<std::size_t>(at, 1, samples.size()) - 1];
}

Nanos median(std::vector<Nanos> samples) { return percentile(std::move(samples), 50); }

int guarded(const char* program, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const std::exception& trouble) {
    std::fprintf(stderr, "%s: %s\n", program, trouble.what());
    return 1;
  }
}

int number_word(int argc, char** argv, int at, int usual) {
  if (at >= argc) return usual;
  const std::string_view text = argv[at];
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number < 1) {
    throw std::runtime_error("\"" + std::string(text) + "\" is no number above 0");
  }
  return number;
}

void heading(const std::string& text) {
  std::printf("\n%s\n", text.c_str());
  std::printf("  %-46s %-34s %-22s %-24s %s\n", "what", "figure", "ratio", "goal", "");
}

void row(const std::string& what, const std::string& figure, const std::string& ratio,
         const std::optional<double>& value, const std::optional<Goal>& goal) {
  std::string verdict;
  if (value && goal) {
    const bool met = goal->better == Better::lower ? *value <= goal->limit : *value >= goal->limit;
    verdict = met ? "met" : "MISSED";
  }
  std::printf("  %-46s %-34s %-22s %-24s %s\n", what.c_str(), figure.c_str(), ratio.c_str(),
              goal ? goal->text.c_str() : "", verdict.c_str());
  std::fflush(stdout);
}

}  // namespace bench
