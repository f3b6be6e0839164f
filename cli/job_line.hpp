// What a job runs, and what it waits for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cron.hpp"
#include "cli/options.hpp"
#include "rotation/words.hpp"

namespace cli {

// What happens in a pass of the worker, in this order.
enum class Event : std::uint8_t { post_collect, cleanup_plan, post_cleanup_plan, post_rotation };

struct JobLine {
  enum class What : std::uint8_t { search, clean, rotate };
  What what = What::search;
  std::vector<std::string> words;  // as the command line takes them, the command first

  // A search that ends in `| clean` is a clean.
  bool operator==(const JobLine&) const = default;
};

// "search is(access_key) | count name", the same without its first word, "clean --unused-for 90d", "rotate prod/app".
// Throws Trouble (usage) for a line that means nothing, or that would agree to what only the config may agree to.
[[nodiscard]] JobLine job_line(const Options& options, const std::string& text);
// Throws Trouble (usage), with the column.
[[nodiscard]] Cron cron_of(const Options& options, const std::string& text);
[[nodiscard]] Event event_of(const std::string& text);

}  // namespace cli

template <>
struct rotation::Words<cli::Event> {
  static constexpr std::array all{std::string_view{"post_collect"}, std::string_view{"cleanup_plan"},
                                  std::string_view{"post_cleanup_plan"}, std::string_view{"post_rotation"}};
};
