#include "cli/job_line.hpp"

#include <algorithm>
#include <optional>

#include "cli/key_query.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/target.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

constexpr const char* examples = "search idle > 90d | count user; clean --unused-for 90d; or rotate prod/support-api";

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(" \t\r\n") + 1 - from);
}

// The rest behind a first word, where that is the first word.
std::optional<std::string> behind(const std::string& text, const std::string& word) {
  if (!text.starts_with(word)) return std::nullopt;
  if (text.size() == word.size()) return "";
  if (text[word.size()] != ' ' && text[word.size()] != '\t') return std::nullopt;
  return trimmed(text.substr(word.size()));
}

// A query that was written as for a shell.
std::string unquoted(const std::string& text) {
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  const bool whole = quoted && text.find(text.front(), 1) == text.size() - 1;
  return whole ? text.substr(1, text.size() - 2) : text;
}

// Words with blanks between them, as a shell reads those: quotes keep blanks, and nothing else is special.
std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool inside = false;
  for (const char each : text) {
    if (quote != 0) {
      each == quote ? void(quote = 0) : word.push_back(each);
    } else if (each == '\'' || each == '"') {
      quote = each;
      inside = true;
    } else if (each == ' ' || each == '\t' || each == '\n') {
      if (inside) words.push_back(std::exchange(word, {}));
      inside = false;
    } else {
      word.push_back(each);
      inside = true;
    }
  }
  if (quote != 0) throw usage("The job's line has a quote that is never closed: " + text, "close it, or leave it out");
  if (inside) words.push_back(word);
  return words;
}

JobLine search_line(const Options& options, const std::string& text) {
  const std::string query = unquoted(text);
  const inventory::Search search = search_of(options, query);
  if (search.then != inventory::Search::Then::clean) return {.what = JobLine::What::search, .words = {"search", query}};
  return {.what = JobLine::What::clean, .words = {"clean", "--where", search.query.text()}};
}

// Consent stands in the config, where a reviewer sees it, and not in a line that somebody once added.
void refuse_consent(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    for (const std::string option : {"--yes", "--accept", "--override"}) {
      if (word != option && !word.starts_with(option + "=")) continue;
      throw usage("A job agrees to nothing by itself: " + option + " cannot stand in its line.",
                  "say in the config what may be done unattended: clean.consent, policy.confirm");
    }
  }
}

// Else the consent would be of one config, and what is done of another.
void refuse_other_surroundings(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    for (const std::string option : {"--config", "--journal", "--actor"}) {
      if (word != option && !word.starts_with(option + "=")) continue;
      throw usage("A job runs with the config, the journal and the name of whoever runs it: " + option +
                      " cannot stand in its line.",
                  "leave it out; keybaton run --config FILE runs the jobs of that journal by that config");
    }
  }
}

// By the parser of the command line itself.
void require_readable(std::vector<std::string> words) {
  words.insert(words.begin(), "keybaton");
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  if (!parse(static_cast<int>(argv.size()), argv.data()).action) {
    throw usage("The job's line runs nothing.", examples);
  }
}

JobLine clean_line(const std::string& rest) {
  std::vector<std::string> words = split_words(rest);
  refuse_consent(words);
  refuse_other_surroundings(words);
  for (const std::string option : {"--plan", "--apply", "--as-configured"}) {
    if (std::ranges::none_of(words, [&](const std::string& word) { return word.starts_with(option); })) continue;
    throw usage("A plan is for a person to review, and a job has none: " + option + " cannot stand in its line.",
                "clean --where EXPR, or --unused-for 90d; clean.max_per_run caps it");
  }
  // Behind it an option that is put at the end of the line, such as a consent in a hint, would be taken for an account.
  if (std::ranges::find(words, "--") != words.end()) {
    throw usage("A job's line has a -- that ends its options.",
                "leave it out; what begins with a dash goes in quotes "
                "behind its option: --where 'user = \"-x\"'");
  }
  words.insert(words.begin(), "clean");
  require_readable(words);
  return {.what = JobLine::What::clean, .words = std::move(words)};
}

JobLine rotate_line(const std::string& rest) {
  std::vector<std::string> words = split_words(rest);
  refuse_consent(words);
  if (words.size() != 1 || words.front().starts_with('-')) {
    throw usage("A job rotates one target of the config, by its policy: rotate ACCOUNT/USER.",
                "keybaton jobs add --id app --schedule @monthly 'rotate prod/support-api'");
  }
  static_cast<void>(split_target({.target = words.front(), .profile = {}}));
  return {.what = JobLine::What::rotate, .words = {"rotate", words.front()}};
}

}  // namespace

JobLine job_line(const Options& options, const std::string& text) {
  std::string line = trimmed(text);
  if (const auto rest = behind(line, "keybaton")) line = *rest;
  if (line.empty()) throw usage("The job has no line: nothing says what it runs.", examples);
  if (const auto rest = behind(line, "clean")) return clean_line(*rest);
  if (const auto rest = behind(line, "rotate")) return rotate_line(*rest);
  return search_line(options, behind(line, "search").value_or(line));
}

Cron cron_of(const Options& options, const std::string& text) {
  auto read = Cron::parse(text);
  if (auto* cron = std::get_if<Cron>(&read)) return *cron;
  const auto& fault = std::get<inventory::Fault>(read);
  if (!options.json && text.find_first_not_of(" \t") != std::string::npos) warn(pointed_at(text, fault));
  throw usage("--schedule cannot be read at column " + std::to_string(fault.at + 1) + ": " + fault.message + ".",
              fault.fits);
}

Event event_of(const std::string& text) {
  if (const auto event = rotation::parse_word<Event>(text)) return *event;
  std::vector<std::string> known;
  std::string all;
  for (const std::string_view each : rotation::Words<Event>::all) {
    known.emplace_back(each);
    all += (all.empty() ? "" : ", ") + known.back();
  }
  const auto near = nearest(text, known);
  throw usage("There is no event \"" + text + "\"." + (near ? " Did you mean \"" + *near + "\"?" : ""),
              "wait for one of " + all);
}

}  // namespace cli
