#include "secrets_adapters/key_search.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>

#include "platform/files.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t biggest_text_file = 16U << 20U;
constexpr std::size_t most_threads = 8;
constexpr std::size_t files_worth_a_thread = 64;
constexpr std::size_t files_between_words = 500;

struct Trouble {
  fs::path place;
  std::string why;
};

// What one file turned out to hold; each is filled by one thread alone.
struct Outcome {
  std::vector<Spot> spots;
  std::size_t closed = 0;
  std::string trouble;
};

// ---- which files ----------------------------------------------------------------------------------------------

class Walk {
 public:
  explicit Walk(const fs::path& root) {
    std::error_code failed;
    if (fs::is_regular_file(root, failed)) {
      files.push_back(root);
    } else {
      directory(root);
    }
    std::ranges::sort(files);
  }

  std::vector<fs::path> files;
  std::vector<Trouble> troubles;

 private:
  void directory(const fs::path& path) {
    std::error_code failed;
    fs::directory_iterator at{path, failed};
    std::vector<fs::path> below;
    while (!failed && at != fs::directory_iterator{}) {
      entry(*at, below);
      at.increment(failed);
    }
    if (failed) troubles.push_back({path, failed.message()});
    for (const fs::path& each : below) directory(each);
  }

  void entry(const fs::directory_entry& entry, std::vector<fs::path>& below) {
    std::error_code failed;
    if (entry.is_directory(failed) && !entry.is_symlink(failed)) {
      if (entry.path().filename() != ".git") below.push_back(entry.path());
    } else if (entry.is_regular_file(failed)) {
      files.push_back(entry.path());
    } else if (failed && failed != std::errc::no_such_file_or_directory) {  // a link into what may not be looked at
      troubles.push_back({entry.path(), failed.message()});
    }
  }
};

// ---- what stands around a value ---------------------------------------------------------------------------------

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\''; }
bool in_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || c == '/';
}

void drop_blanks(std::string_view& text) {
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
}

// The line's text up to the offset.
std::string_view before(std::string_view text, std::size_t offset) {
  const std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  return text.substr(begin, offset - begin);
}

// A secret may stand left of its id: that is no name, and nothing to show.
std::string unless_secret(std::string_view name) {
  constexpr std::size_t shortest_secret = 30;
  const bool one_word = name.find_first_of("_-.: ") == std::string_view::npos;
  return name.size() >= shortest_secret && one_word ? std::string() : std::string(name);
}

// `left` ends where the value begins: "export NAME=", "  \"name\": \"", "name => ".
std::string name_left_of(std::string_view left) {
  drop_blanks(left);
  if (!left.empty() && is_quote(left.back())) left.remove_suffix(1);
  drop_blanks(left);
  if (left.ends_with("=>")) left.remove_suffix(1);
  if (left.empty() || (left.back() != '=' && left.back() != ':' && left.back() != '>')) return {};
  left.remove_suffix(1);
  drop_blanks(left);
  if (left.empty()) return {};
  if (is_quote(left.back())) {
    const char quote = left.back();
    left.remove_suffix(1);
    const std::size_t open = left.rfind(quote);
    return open == std::string_view::npos ? std::string() : unless_secret(left.substr(open + 1));
  }
  std::size_t begin = left.size();
  while (begin > 0 && (in_name(left[begin - 1]) || left[begin - 1] == '+')) --begin;
  return unless_secret(left.substr(begin));
}

// A YAML block: its name stands on the line above, before ">" or "|" and what may follow them.
std::string name_above(std::string_view text, std::size_t line_begin) {
  if (line_begin == 0) return {};
  std::string_view above = before(text, line_begin - 1);
  drop_blanks(above);
  const std::size_t mark = above.find_last_of(">|");
  if (mark == std::string_view::npos || above.size() - mark > 3) return {};
  return name_left_of(above.substr(0, mark));
}

std::string section_above(std::string_view text, std::size_t offset) {
  for (std::size_t end = offset; end > 0;) {
    const std::size_t begin = text.rfind('\n', end - 1);
    const std::size_t from = begin == std::string_view::npos ? 0 : begin + 1;
    std::string_view line = text.substr(from, end - from);
    drop_blanks(line);
    if (line.size() > 2 && line.front() == '[' && line.back() == ']')
      return std::string(line.substr(1, line.size() - 2));
    end = from == 0 ? 0 : from - 1;
  }
  return {};
}

// ---- one file ---------------------------------------------------------------------------------------------------

void note(std::vector<Spot>& spots, Spot spot) {
  const auto same = [&](const Spot& other) { return other.line == spot.line; };
  if (std::ranges::none_of(spots, same)) spots.push_back(std::move(spot));
}

void look_at(std::string_view text, const fs::path& root, const fs::path& file, const rotation::AccessKeyId& key,
             const Search& search, Outcome& outcome) {
  const std::string& id = key.text();
  for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + id.size())) {
    note(outcome.spots, spot_at(text, at));
  }
  const Opener::Told told{.opened =
                              [&](std::size_t offset, const rotation::Secret& plain) {
                                const auto names_it = [&](std::string_view value) {
                                  return value.find(id) != std::string_view::npos;
                                };
                                if (!plain.expose(names_it)) return;
                                Spot spot = spot_at(text, offset);
                                spot.encrypted = true;
                                note(outcome.spots, std::move(spot));
                              },
                          .closed = [&] { ++outcome.closed; }};
  for (const Opener* opener : search.openers) opener->open(root, file, text, told);
  std::ranges::sort(outcome.spots, {}, &Spot::line);
}

void look_in(const fs::path& root, const fs::path& file, const rotation::AccessKeyId& key, const Search& search,
             Outcome& outcome) {
  try {
    auto text = platform::read_file(file, biggest_text_file);
    if (!text) return;
    const bool binary = std::string_view(*text).substr(0, 8192).find('\0') != std::string_view::npos;
    if (!binary) look_at(*text, root, file, key, search, outcome);
    rotation::wipe(*text);
  } catch (const std::system_error& trouble) {
    if (trouble.code() != std::errc::file_too_large) outcome.trouble = trouble.code().message();
  }
}

// ---- all of them ------------------------------------------------------------------------------------------------

std::size_t threads_for(std::size_t files) {
  const std::size_t cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  return std::min({most_threads, cores, files / files_worth_a_thread + 1});
}

// This thread works with the others, and alone speaks of it.
std::vector<Outcome> read_all(const fs::path& root, const std::vector<fs::path>& files,
                              const rotation::AccessKeyId& key, const Search& search) {
  std::vector<Outcome> outcomes(files.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> enough = false;
  const auto one = [&]() -> std::optional<std::size_t> {
    const std::size_t at = next.fetch_add(1);
    if (enough || at >= files.size()) return std::nullopt;
    look_in(root, files[at], key, search, outcomes[at]);
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
    if (search.interrupted && search.interrupted()) enough = true;
    if (*at < told + files_between_words) continue;
    told = *at;
    if (search.progress) search.progress(*at, files.size());
  }
  others.clear();  // joins them
  return outcomes;
}

}  // namespace

Spot spot_at(std::string_view text, std::size_t offset) {
  const std::string_view left = before(text, offset);
  const bool alone = left.find_first_not_of(" \t") == std::string_view::npos;
  const auto above = text.substr(0, offset);
  return {.line = 1 + static_cast<std::size_t>(std::ranges::count(above, '\n')),
          .name = alone && !left.empty() ? name_above(text, offset - left.size()) : name_left_of(left),
          .section = section_above(text, offset)};
}

void search(const fs::path& root, const rotation::AccessKeyId& key, const Search& search) {
  const Walk walk(root);
  for (const auto& [place, why] : walk.troubles) search.trouble(place, why);
  std::vector<Outcome> outcomes = read_all(root, walk.files, key, search);
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    Outcome& outcome = outcomes[at];
    if (!outcome.trouble.empty()) search.trouble(walk.files[at], outcome.trouble);
    if (outcome.closed > 0 && search.closed) search.closed(walk.files[at], outcome.closed);
    if (!outcome.spots.empty()) search.found({.root = root, .file = walk.files[at], .spots = std::move(outcome.spots)});
  }
}

}  // namespace secrets_adapters
