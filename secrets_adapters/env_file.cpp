#include "secrets_adapters/env_file.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace secrets_adapters {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::string_view bom = "\xEF\xBB\xBF";

bool starts_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Characters that mean themselves to a shell, to systemd and to docker alike.
bool stands_bare(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("/+=_.:,@%^-").find(c) != nowhere;
}
bool stands_in_single(char c) { return c > ' ' && c <= '~' && c != '\'' && c != '\\'; }
bool stands_in_double(char c) { return c > ' ' && c <= '~' && std::string_view("\"\\$`!").find(c) == nowhere; }

// Where the line's content ends: before its CR LF, LF, or at the end of the text.
std::size_t line_end(std::string_view text, std::size_t from) {
  std::size_t end = std::min(text.find('\n', from), text.size());
  if (end > from && end < text.size() && text[end - 1] == '\r') --end;
  return end;
}

std::size_t next_line(std::string_view text, std::size_t from) {
  const std::size_t end = text.find('\n', from);
  return end == nowhere ? text.size() : end + 1;
}

std::size_t skip_blanks(std::string_view text, std::size_t from, std::size_t end) {
  while (from < end && is_blank(text[from])) ++from;
  return from;
}

std::size_t skip_name(std::string_view text, std::size_t from, std::size_t end) {
  if (from == end || !starts_name(text[from])) return from;
  while (from < end && in_name(text[from])) ++from;
  return from;
}

struct Assignment {
  std::string_view name;
  std::size_t value = 0;  // where it begins
};

// Does `export` stand here as a word? Then where the word after it begins.
std::size_t after_export(std::string_view text, std::size_t from, std::size_t end) {
  constexpr std::string_view word = "export";
  const std::size_t behind = from + word.size();
  if (!text.substr(from, end - from).starts_with(word) || behind >= end || !is_blank(text[behind])) return from;
  return skip_blanks(text, behind, end);
}

std::optional<Assignment> assignment_at(std::string_view text, std::size_t from, std::size_t end) {
  const std::size_t name = after_export(text, from, end);
  const std::size_t mark = skip_name(text, name, end);
  if (mark == name || mark == end || text[mark] != '=') return std::nullopt;
  return Assignment{text.substr(name, mark - name), mark + 1};
}

// `export A B`, which assigns nothing.
bool exports_names(std::string_view text, std::size_t from, std::size_t end) {
  std::size_t at = after_export(text, from, end);
  if (at == from) return false;
  while (at < end && starts_name(text[at])) at = skip_blanks(text, skip_name(text, at, end), end);
  return at == end;
}

// Behind the closing quote; nowhere if the text ends before it.
std::size_t behind_quote(std::string_view text, std::size_t open) {
  const char quote = text[open];
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    if (quote == '"' && text[at] == '\\') ++at;
  }
  return nowhere;
}

bool mentions(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != nowhere; at = line.find(name, at + 1)) {
    const bool begins = at == 0 || !in_name(line[at - 1]);
    const std::size_t behind = at + name.size();
    if (begins && (behind == line.size() || !in_name(line[behind]))) return true;
  }
  return false;
}

// Where the tools of a cloud look for an id in the environment, and which variable makes its pair a temporary one.
struct SessionVariable {
  std::string_view id;
  std::string_view token;
};
constexpr std::array session_variables{
    SessionVariable{"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"},
    SessionVariable{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_SECURITY_TOKEN"},
};

// Empty for a variable of somebody's own naming.
std::string_view session_variable(std::string_view id) {
  const auto* const found = std::find_if(session_variables.begin(), session_variables.end(),
                                         [&](const SessionVariable& one) { return one.id == id; });
  return found == session_variables.end() ? std::string_view{} : found->token;
}

class EnvFile final : public PairFormat {
 public:
  EnvFile(std::string id, std::string secret)
      : id_(std::move(id)), secret_(std::move(secret)), session_(session_variable(id_)) {}

  [[nodiscard]] std::string place() const override { return id_ + " and " + secret_; }

  [[nodiscard]] std::optional<PairAt> find(std::string_view text) const override {
    const auto by_shell = assignments(text, Reading::shell);
    const auto by_line = assignments(text, Reading::line_by_line);
    require_same(text, by_shell, by_line);
    refuse_session(text, by_line);
    return both_or_none(text, value_of(text, by_line, id_), value_of(text, by_line, secret_));
  }

 private:
  enum class Reading { shell, line_by_line };

  [[nodiscard]] bool is_ours(std::string_view name) const { return name == id_ || name == secret_ || name == session_; }

  // The assignments to our variables, in their order.
  [[nodiscard]] std::vector<Assignment> assignments(std::string_view text, Reading reading) const {
    std::vector<Assignment> found;
    for (std::size_t from = text.starts_with(bom) ? bom.size() : 0; from < text.size();) {
      const std::size_t end = line_end(text, from);
      const std::size_t first = skip_blanks(text, from, end);
      from = next_line(text, from);
      if (first == end || text[first] == '#' || text[first] == ';') continue;
      if (const auto one = assignment_at(text, first, end)) {
        if (is_ours(one->name)) found.push_back(*one);
        if (reading == Reading::shell) from = next_line(text, shell_value_end(text, one->value));
      } else if (reading == Reading::shell) {
        refuse_other_ways(text, first, end);
      }
    }
    return found;
  }

  // Where a shell's reading of a value ends: quotes and an escaped line end run over lines. A quote inside a word that
  // is never closed is an apostrophe of a file that no shell reads.
  [[nodiscard]] std::size_t shell_value_end(std::string_view text, std::size_t from) const {
    std::size_t at = from;
    while (at < text.size() && text[at] != '\n') {
      const char c = text[at];
      if (c == '#' && at > from && is_blank(text[at - 1])) return line_end(text, at);
      if (c == '\'' || c == '"') {
        const std::size_t behind = behind_quote(text, at);
        if (behind == nowhere && at == from) {
          throw Unfit{.line = line_of(text, at), .what = "a quote that is never closed"};
        }
        at = behind == nowhere ? at + 1 : behind;
      } else {
        if (is_blank(c) || c == ';' || c == '&') refuse_second(text, at + 1);
        at += c == '\\' ? 2 : 1;
      }
    }
    return std::min(at, text.size());
  }

  // export OTHER=1 AWS_ACCESS_KEY_ID=2
  void refuse_second(std::string_view text, std::size_t at) const {
    const auto one = assignment_at(text, at, line_end(text, at));
    if (!one || !is_ours(one->name)) return;
    throw Unfit{.line = line_of(text, at), .what = std::string(one->name) + " is assigned behind something else"};
  }

  void refuse_other_ways(std::string_view text, std::size_t first, std::size_t end) const {
    if (exports_names(text, first, end)) return;
    const std::string_view line = text.substr(first, end - first);
    for (const auto& name : {id_, secret_}) {
      if (!mentions(line, name)) continue;
      throw Unfit{.line = line_of(text, first), .what = name + " in a line that is not plainly " + name + "=value"};
    }
  }

  static void require_same(std::string_view text, const std::vector<Assignment>& by_shell,
                           const std::vector<Assignment>& by_line) {
    const auto [shell, line] = std::mismatch(by_shell.begin(), by_shell.end(), by_line.begin(), by_line.end(),
                                             [](const auto& a, const auto& b) { return a.value == b.value; });
    if (shell == by_shell.end() && line == by_line.end()) return;
    throw Unfit{.line = line_of(text, (line != by_line.end() ? line : shell)->value),
                .what = "whether this assigns " + std::string((line != by_line.end() ? line : shell)->name) +
                        " depends on a quote in a line above it; close that quote, or quote its whole value"};
  }

  void refuse_session(std::string_view text, const std::vector<Assignment>& list) const {
    for (const auto& one : list) {
      if (one.name == session_ && parse_value(text, one.value)) throw session_beside(line_of(text, one.value));
    }
  }

  [[nodiscard]] static std::optional<ValueAt> value_of(std::string_view text, const std::vector<Assignment>& list,
                                                       std::string_view name) {
    std::optional<std::size_t> value;
    for (const auto& one : list) {
      if (one.name != name) continue;
      if (value)
        throw Unfit{.line = line_of(text, one.value), .what = std::string(name) + " is assigned a second time"};
      value = one.value;
    }
    if (!value) return std::nullopt;
    return parse_value(text, *value);
  }

  // nullopt if it is empty.
  [[nodiscard]] static std::optional<ValueAt> parse_value(std::string_view text, std::size_t from) {
    const std::size_t end = line_end(text, from);
    const char quote = from < end && (text[from] == '\'' || text[from] == '"') ? text[from] : '\0';
    ValueAt found{{from, from}, stands_bare};
    if (quote != '\0') found = {{from + 1, from + 1}, quote == '"' ? stands_in_double : stands_in_single};
    while (found.range.end < end && found.carries(text[found.range.end])) ++found.range.end;
    std::size_t behind = found.range.end;
    if (quote != '\0') {
      if (behind == end || text[behind] != quote) refuse_value(text, from);
      ++behind;
    }
    const std::size_t rest = skip_blanks(text, behind, end);
    // After blanks a "#" begins a comment; anything else would belong to the value, or be a command.
    if (rest != end && (rest == behind || text[rest] != '#')) refuse_value(text, from);
    if (found.range.begin == found.range.end) return std::nullopt;
    return found;
  }

  [[noreturn]] static void refuse_value(std::string_view text, std::size_t from) {
    throw Unfit{.line = line_of(text, from), .what = "a value that is not one plain word, bare or in quotes"};
  }

  std::string id_;
  std::string secret_;
  std::string_view session_;
};

}  // namespace

std::unique_ptr<const PairFormat> env_file_format(std::string id, std::string secret) {
  return std::make_unique<EnvFile>(std::move(id), std::move(secret));
}

bool is_variable_name(std::string_view text) {
  return !text.empty() && starts_name(text.front()) && std::all_of(text.begin(), text.end(), in_name);
}

}  // namespace secrets_adapters
