#include "secrets_adapters/key_search.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "secrets_adapters/search_text.hpp"
#include "secrets_adapters/search_walk.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_threads = 8;
constexpr std::size_t files_worth_a_thread = 64;
constexpr std::size_t files_between_words = 500;
constexpr std::size_t most_spots = 50;

// What one file turned out to hold; each is filled by one thread alone.
struct Outcome {
  struct OfKey {
    std::vector<Spot> spots;
    std::size_t more = 0, last_of_more = 0;  // lines; the latest of them
  };
  std::map<std::size_t, OfKey> found;  // by which key it is
  std::size_t closed = 0;
  std::string trouble;
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

bool of_secret(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '='; }

// Words are short, or have no digits among them.
bool like_a_secret(std::string_view run) {
  constexpr std::size_t long_word = 12, longest_word = 30;
  if (run.size() >= longest_word) return true;
  const auto of = [&](auto is) { return std::ranges::any_of(run, [&](unsigned char c) { return is(c) != 0; }); };
  const bool marks = run.find_first_of("+/=") != std::string_view::npos;
  return run.size() >= long_word && of([](int c) { return std::isalpha(c); }) &&
         (marks || of([](int c) { return std::isdigit(c); }));
}

// A secret, or a piece of one, may stand left of its id: that is no name, and nothing to show.
std::string unless_secret(std::string_view name) {
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && of_secret(name[end])) ++end;
    if (like_a_secret(name.substr(at, end - at))) return {};
    at = end + 1;
  }
  return std::string(name);
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

// The line of an offset, for offsets that rise.
class Lines {
 public:
  explicit Lines(const TextPiece& piece) : text_(piece.text), line_(piece.lines_before + 1) {}
  std::size_t at(std::size_t offset) {
    line_ += static_cast<std::size_t>(std::ranges::count(text_.substr(from_, offset - from_), '\n'));
    from_ = offset;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t line_, from_ = 0;
};

Spot spot_on(std::size_t line, std::string_view text, std::size_t offset) {
  const std::string_view left = before(text, offset);
  const bool alone = left.find_first_not_of(" \t") == std::string_view::npos;
  return {.line = line,
          .name = alone && !left.empty() ? name_above(text, offset - left.size()) : name_left_of(left),
          .section = section_above(text, offset)};
}

class OneFile {
 public:
  OneFile(const fs::path& root, const fs::path& file, const KeyIds& keys, const Search& search, Outcome& outcome)
      : root_(root), file_(file), keys_(keys), search_(search), outcome_(outcome) {}

  void look_at(const TextPiece& piece) {
    const std::string_view text = piece.text;
    Lines lines{piece};
    each_in(text, [&](std::size_t at, std::size_t id) {
      if (!piece.bytes) return note(lines.at(at), text, at, Seen::plain, id);
      // Of no text: that the id stands there is all that can be said.
      auto& of_key = outcome_.found[id];
      if (of_key.spots.empty()) of_key.spots.push_back({.line = 1});
    });
    if (piece.bytes) return;
    for (const Opener* opener : search_.openers) open(*opener, piece);
  }

 private:
  enum class Seen { plain, encrypted };

  void each_in(std::string_view text, const std::function<void(std::size_t at, std::size_t id)>& take) const {
    for (auto hit = keys_.find(text, 0); hit; hit = keys_.find(text, hit->at + keys_.id(hit->id).text().size())) {
      take(hit->at, hit->id);
    }
  }

  void open(const Opener& opener, const TextPiece& piece) {
    Lines lines{piece};
    const auto opened = [&](std::size_t offset, const rotation::Secret& plain) {
      std::vector<std::size_t> ids;
      plain.expose(
          [&](std::string_view value) { each_in(value, [&](std::size_t, std::size_t id) { ids.push_back(id); }); });
      if (ids.empty()) return;
      const std::size_t line = lines.at(offset);
      for (const std::size_t id : ids) note(line, piece.text, offset, Seen::encrypted, id);
    };
    opener.open(root_, file_, piece.text, {.opened = opened, .closed = [&] { ++outcome_.closed; }});
  }

  void note(std::size_t line, std::string_view text, std::size_t offset, Seen seen, std::size_t id) {
    auto& [spots, more, last_of_more] = outcome_.found[id];
    const auto same = [&](const Spot& other) { return other.line == line; };
    if (std::ranges::any_of(spots, same)) return;
    if (spots.size() == most_spots) {
      if (std::exchange(last_of_more, line) != line) ++more;
      return;
    }
    Spot spot = spot_on(line, text, offset);
    spot.encrypted = seen == Seen::encrypted;
    spots.push_back(std::move(spot));
  }

  const fs::path& root_;
  const fs::path& file_;
  const KeyIds& keys_;
  const Search& search_;
  Outcome& outcome_;
};

void look_in(const fs::path& root, const fs::path& file, const KeyIds& keys, const Search& search, Outcome& outcome) {
  OneFile one{root, file, keys, search, outcome};
  try {
    read_text(file, std::max<std::size_t>(keys.longest(), 1) - 1, [&](const TextPiece& piece) {
      one.look_at(piece);
      return !search.interrupted || !search.interrupted();
    });
  } catch (const std::system_error& trouble) {
    outcome.trouble = trouble.code().message();
  }
  for (auto& [_, of_key] : outcome.found) std::ranges::sort(of_key.spots, {}, &Spot::line);
}

// ---- all of them ------------------------------------------------------------------------------------------------

std::size_t threads_for(std::size_t files) {
  const std::size_t cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  return std::min({most_threads, cores, files / files_worth_a_thread + 1});
}

// This thread works with the others, and alone speaks of it.
std::vector<Outcome> read_all(const fs::path& root, const std::vector<fs::path>& files, const KeyIds& keys,
                              const Search& search) {
  std::vector<Outcome> outcomes(files.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> enough = false;
  const auto one = [&]() -> std::optional<std::size_t> {
    const std::size_t at = next.fetch_add(1);
    if (search.interrupted && search.interrupted()) enough = true;
    if (enough || at >= files.size()) return std::nullopt;
    look_in(root, files[at], keys, search, outcomes[at]);
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

Spot spot_at(std::string_view text, std::size_t offset) {
  return spot_on(Lines{{.text = text}}.at(offset), text, offset);
}

void search(const fs::path& root, const rotation::AccessKeyId& key, const Search& search) {
  secrets_adapters::search(root, KeyIds{{key}}, search);
}

void search(const fs::path& root, const KeyIds& keys, const Search& search) {
  const Walked walked = walk(root, search.roots);
  for (const auto& [place, why] : walked.gaps) search.trouble(place, why);
  std::vector<Outcome> outcomes = read_all(root, walked.files, keys, search);
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    Outcome& outcome = outcomes[at];
    const fs::path& file = walked.files[at];
    if (!outcome.trouble.empty()) search.trouble(file, outcome.trouble);
    if (outcome.closed > 0 && search.closed) search.closed(file, outcome.closed);
    for (auto& [id, of_key] : outcome.found) {
      search.found(
          {.root = root, .file = file, .spots = std::move(of_key.spots), .more = of_key.more, .key = keys.id(id)});
    }
  }
}

}  // namespace secrets_adapters
