#include "secrets_adapters/many_search.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include "secrets_adapters/search_text.hpp"
#include "secrets_adapters/search_walk.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::AccessKeyId;

constexpr std::size_t most_threads = 8;
constexpr std::size_t files_worth_a_thread = 64;
constexpr std::size_t files_between_words = 500;
constexpr std::size_t beginning = 4;  // "AKIA", "LTAI": few ids differ here, and little else in a text begins so

// Every id by how it begins: a text is gone through once for each beginning, not once for each id.
class Ids {
 public:
  explicit Ids(const std::set<AccessKeyId>& keys) {
    for (const AccessKeyId& key : keys) {
      const std::string& id = key.text();
      if (id.empty()) continue;
      ids_.insert(id);
      lengths_.insert(id.size());
      begins_.insert(id.substr(0, beginning));
      longest_ = std::max(longest_, id.size());
    }
  }

  [[nodiscard]] std::size_t longest() const { return longest_; }

  void each_in(std::string_view text, std::set<AccessKeyId>& found) const {
    for (const std::string& begin : begins_) {
      for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
        for (const std::size_t length : lengths_) {
          const auto id = ids_.find(text.substr(at, length));
          if (id != ids_.end()) found.insert(AccessKeyId{*id});
        }
      }
    }
  }

 private:
  std::set<std::string, std::less<>> ids_;
  std::set<std::size_t> lengths_;
  std::set<std::string> begins_;
  std::size_t longest_ = 0;
};

// What one file turned out to hold; each is filled by one thread alone.
struct Outcome {
  std::set<AccessKeyId> found;
  std::size_t closed = 0;
  std::string trouble;
};

void look_in(const fs::path& root, const fs::path& file, const Ids& ids, const ManySearch& search, Outcome& outcome) {
  const auto one_piece = [&](const TextPiece& piece) {
    ids.each_in(piece.text, outcome.found);
    for (const Opener* opener : search.openers) {
      if (piece.bytes) break;
      const auto opened = [&](std::size_t, const rotation::Secret& plain) {
        plain.expose([&](std::string_view value) { ids.each_in(value, outcome.found); });
      };
      opener->open(root, file, piece.text, {.opened = opened, .closed = [&] { ++outcome.closed; }});
    }
    return !search.interrupted || !search.interrupted();
  };
  try {
    read_text(file, ids.longest() - 1, one_piece);
  } catch (const std::system_error& trouble) {
    outcome.trouble = trouble.code().message();
  }
}

std::size_t threads_for(std::size_t files) {
  const std::size_t cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  return std::min({most_threads, cores, files / files_worth_a_thread + 1});
}

// This thread works with the others, and alone speaks of it.
std::vector<Outcome> read_all(const fs::path& root, const std::vector<fs::path>& files, const Ids& ids,
                              const ManySearch& search) {
  std::vector<Outcome> outcomes(files.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> enough = false;
  const auto one = [&]() -> std::optional<std::size_t> {
    const std::size_t at = next.fetch_add(1);
    if (search.interrupted && search.interrupted()) enough = true;
    if (enough || at >= files.size()) return std::nullopt;
    look_in(root, files[at], ids, search, outcomes[at]);
    return at;
  };
  std::vector<std::jthread> others;
  for (std::size_t n = 1; n < threads_for(files.size()); ++n) {
    others.emplace_back([&] {
      while (one()) continue;
    });
  }
  std::size_t told = 0;
  while (const auto at = one()) {
    if (*at < told + files_between_words) continue;
    told = *at;
    if (search.progress) search.progress(*at, files.size());
  }
  others.clear();  // joins them
  return outcomes;
}

}  // namespace

void search_many(const fs::path& root, const std::set<AccessKeyId>& keys, const ManySearch& search) {
  const Ids ids{keys};
  if (ids.longest() == 0) return;
  const Walked walked = walk(root, search.roots);
  for (const auto& [place, why] : walked.gaps) search.trouble(place, why);
  const std::vector<Outcome> outcomes = read_all(root, walked.files, ids, search);
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    const Outcome& outcome = outcomes[at];
    const fs::path& file = walked.files[at];
    if (!outcome.trouble.empty()) search.trouble(file, outcome.trouble);
    if (outcome.closed > 0) search.closed(file, outcome.closed);
    for (const AccessKeyId& key : outcome.found) search.found(file, key);
  }
}

}  // namespace secrets_adapters
