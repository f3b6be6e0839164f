#include "cli/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cli {
namespace {

// Optimal string alignment: insert, remove, replace, swap neighbours.
std::size_t edits(std::string_view from, std::string_view to) {
  const std::size_t width = to.size() + 1;
  std::vector<std::size_t> cost((from.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= from.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= to.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = at(i - 1, j - 1) + (from[i - 1] == to[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return at(from.size(), to.size());
}

constexpr std::size_t longest_word = 64;  // nothing that a person mistypes is longer

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> allowed) {
  if (word.size() > longest_word) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t best_cost = 3;
  for (const std::string& candidate : allowed) {
    const std::size_t cost = edits(word, candidate);
    if (cost < best_cost && 2 * cost < std::max<std::size_t>(word.size(), candidate.size())) {
      best = &candidate;
      best_cost = cost;
    }
  }
  return best ? std::optional{*best} : std::nullopt;
}

}  // namespace cli
