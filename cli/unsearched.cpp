#include "cli/unsearched.hpp"

#include <algorithm>
#include <string_view>

#include "secrets_adapters/search_walk.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view word = "unsearched:";
constexpr std::size_t most_named = 3;

std::vector<Unsearched> all_of(const Sweep& found) {
  std::vector<Unsearched> all = found.unsearched;
  all.insert(all.end(), found.absent.begin(), found.absent.end());
  return all;
}

bool covered(const Unsearched& gap, const std::vector<fs::path>& paths) {
  return std::ranges::any_of(paths, [&](const fs::path& path) { return secrets_adapters::is_below(gap.place, path); });
}

std::string words_of(const Unsearched& gap) {
  return gap.why.starts_with("location ") ? gap.why : gap.place.string() + " (" + gap.why + ")";
}

std::string listed(const std::vector<Unsearched>& gaps) {
  std::string text;
  for (std::size_t at = 0; at < std::min(gaps.size(), most_named); ++at) {
    text += (at == 0 ? "" : "; ") + words_of(gaps[at]);
  }
  if (gaps.size() > most_named) text += "; and " + std::to_string(gaps.size() - most_named) + " more";
  return text;
}

// Each by itself, or where they are many, one word for all below what was searched.
std::vector<std::string> offered(const std::vector<Unsearched>& gaps) {
  std::vector<std::string> words;
  for (const Unsearched& gap : gaps) {
    const fs::path& path = gaps.size() > most_named ? gap.root : gap.place;
    const std::string each = std::string(word) + path.string();
    if (std::ranges::find(words, each) == words.end()) words.push_back(each);
  }
  return words;
}

}  // namespace

std::vector<fs::path> paths_to_leave(const std::vector<std::string>& accepted) {
  std::vector<fs::path> paths;
  for (const std::string& each : accepted) {
    if (each.starts_with(word)) paths.emplace_back(each.substr(word.size()));
  }
  return paths;
}

std::optional<rotation::Turned> unsearched_stop(const Sweep& found, const rotation::AccessKeyId& key,
                                                const std::vector<fs::path>& to_leave) {
  std::vector<Unsearched> gaps = all_of(found);
  std::erase_if(gaps, [&](const Unsearched& gap) { return covered(gap, to_leave); });
  if (gaps.empty()) return std::nullopt;
  const std::string message = key.text() + " may be in what could not be looked into: " + listed(gaps) + ".";
  // What is configured and not there, find does not name; doctor does.
  const bool all_absent =
      std::ranges::all_of(gaps, [](const Unsearched& gap) { return gap.why.starts_with("location "); });
  const std::string hint = all_absent ? "keybaton doctor" : "keybaton find " + key.text();
  return rotation::Turned{
      .ending = rotation::Ending::needs_operator,
      .problem = {.message = message,
                  .keys = "It was not touched: whoever reads it there still needs it. Bring it back, make it "
                          "readable, or say that none of it needs the key.",
                  .hint = hint},
      .attention = rotation::Attention{
          .code = rotation::AttentionCode::denied, .message = message, .hint = hint, .accept = offered(gaps)}};
}

std::set<std::string> used_words(const Sweep& found, const std::vector<std::string>& accepted) {
  std::set<std::string> used;
  for (const std::string& each : accepted) {
    const auto paths = paths_to_leave({each});
    const auto covers = [&](const Unsearched& gap) { return covered(gap, paths); };
    if (std::ranges::any_of(all_of(found), covers)) used.insert(each);
  }
  return used;
}

}  // namespace cli
