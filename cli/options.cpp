#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>

#include "cli/command_words.hpp"
#include "cli/commands.hpp"
#include "cli/nearest.hpp"
#include "cli/version.hpp"

namespace cli {
namespace {

constexpr const char* front_page_summary =
    "keybaton hands a cloud access key over from old to new: the new key runs before the old one lets go.";
constexpr const char* front_page_footer =
    "A rotation by hand, from the first word to the last:\n"
    "  keybaton plan prod/support-api       what would happen, changing nothing\n"
    "  keybaton rotate prod/support-api     create, deploy, verify, deactivate, delete\n"
    "  keybaton                             what is open, and what comes next\n"
    "  keybaton resume prod/support-api     after a wait, a stop or a crash\n"
    "  keybaton rollback prod/support-api   the old key Active first, then the rest\n"
    "\n"
    "Without a config a profile is enough: keybaton rotate --profile dev\n"
    "Exit codes: 0 ok, 2 usage, 3 waiting, 4 needs operator, 5 refused, 6 unknown (run resume),\n"
    "            7 wrong account, 8 held, 9 storage, 10 tampered, 130 interrupted, 1 our bug";

// What a word that takes a value or none gets where none follows: it must not swallow the word behind it.
std::string with_value(std::string_view word, std::string_view behind) {
  if (word == "--yes") return "--yes=all";
  if (word == "--trend" && !rotation::parse_duration(behind)) return "--trend=30d";
  return std::string(word);
}

// "30x", "-5d", "30": somebody's span, if not a good one, and no account's name. More digits may be an account's.
bool meant_as_span(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto unit = std::ranges::find_if_not(text, is_digit);
  const auto digits = unit - text.begin();
  return digits > 0 && digits <= 5 && text.end() - unit <= 7 && std::all_of(unit, text.end(), is_letter);
}

std::vector<std::string> words_of(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i], behind = i + 1 < argc ? argv[i + 1] : "";
    const bool takes_it = word == "--trend" && meant_as_span(behind);
    words.push_back(takes_it ? std::string(word) + "=" + std::string(behind) : with_value(word, behind));
    if (takes_it) ++i;
  }
  return words;
}

void describe_options(Describer& front, Options& options) {
  front
      .from_environment("--config", options.config, "config file ($XDG_CONFIG_HOME/keybaton/config.yaml)", "PATH",
                        "KEYBATON_CONFIG")
      .from_environment("--journal", options.journal, "journal file ($XDG_STATE_HOME/keybaton/journal.db)", "PATH",
                        "KEYBATON_JOURNAL")
      .from_environment("--actor", options.claim, "a claim recorded beside the authenticated person", "NAME",
                        "KEYBATON_ACTOR")
      .flag("--json", options.json, "one JSON document on stdout (history: JSON Lines)")
      .one_of("--color", options.color, "colours: auto, always or never", {"auto", "always", "never"})
      .flag("-v,--verbose", options.verbose, "say on stderr what is done, never a secret")
      .one_of("--log-format", options.log_format, "of -v: text or json", {"text", "json"});
}

std::string command_path(const CLI::App& app) {
  std::string path = app.get_name();
  for (const CLI::App* parent = app.get_parent(); parent != nullptr; parent = parent->get_parent()) {
    path = parent->get_name() + " " + path;
  }
  return path;
}

// Their help shows only what is their own.
void point_to_common_options(CLI::App& app) {
  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string own = sub->get_footer();
    sub->footer(own + (own.empty() ? "" : "\n") + "Every command also takes --config, --journal, --actor, --json, " +
                "--color, -v and --log-format: keybaton --help");
    point_to_common_options(*sub);
  }
}

const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

// A command that does not exist, with the one that was meant.
rotation::Trouble no_such_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    known.push_back(sub->get_name());
  const auto near = nearest(word, known);
  return usage("There is no command \"" + word + "\"." + (near ? " Did you mean \"" + *near + "\"?" : ""),
               app.get_name() + " --help");
}

// CLI11 says it in one line; the first sentence is enough, without a trailing blank.
std::string parse_complaint(const CLI::ParseError& error) {
  std::string text = error.what();
  if (const auto twice = text.find(": At Most 1 required"); twice != std::string::npos) {
    const std::string name = text.substr(0, twice);
    return name + " was given twice: write " + (name == "--yes" ? "--yes=deploy,deactivate." : "it once.");
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

}  // namespace

Describer Describer::command(const std::string& name, const std::string& help) {
  CLI::App* sub = app_->add_subcommand(name, help);
  sub->fallthrough();
  sub->footer("");  // not the front page's, which it would take over
  return {*sub, *chosen_};
}

Describer Describer::hidden_command(const std::string& name) {
  CLI::App* sub = app_->add_subcommand(name, "");
  sub->group("");
  sub->allow_extras();  // whatever follows, the word itself is what is refused
  return {*sub, *chosen_};
}

Describer& Describer::flag(const std::string& names, bool& into, const std::string& help) {
  app_->add_flag(names, into, help);
  return *this;
}

Describer& Describer::text(const std::string& names, std::string& into, const std::string& help,
                           const std::string& value) {
  app_->add_option(names, into, help)->type_name(value);
  return *this;
}

Describer& Describer::text(const std::string& names, std::optional<std::string>& into, const std::string& help,
                           const std::string& value) {
  app_->add_option_function<std::string>(
          names, [&into](const std::string& given) { into = given; }, help)
      ->type_name(value);
  return *this;
}

Describer& Describer::from_environment(const std::string& names, std::optional<std::string>& into,
                                       const std::string& help, const std::string& value, const std::string& variable) {
  app_->add_option_function<std::string>(
          names, [&into](const std::string& given) { into = given; }, help)
      ->type_name(value)
      ->envname(variable);
  return *this;
}

Describer& Describer::texts(const std::string& names, std::vector<std::string>& into, const std::string& help,
                            const std::string& value) {
  auto* option = app_->add_option(names, into, help)->type_name(value);
  // An option takes one value each time it is given; only positional words may follow one another.
  if (names.starts_with('-'))
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
  return *this;
}

Describer& Describer::one_of(const std::string& names, std::string& into, const std::string& help,
                             std::vector<std::string> words) {
  app_->add_option(names, into, help)->check(CLI::IsMember(std::move(words)))->type_name("WORD");
  return *this;
}

Describer& Describer::number(const std::string& names, int& into, const std::string& help) {
  const CLI::Validator whole{
      [](std::string& given) {
        int number = 0;
        const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
        const bool good = error == std::errc{} && end == given.data() + given.size() && number >= 0;
        return good ? std::string() : "\"" + given + "\" is no number from 0 on";
      },
      ""};
  app_->add_option(names, into, help)->check(whole)->type_name("N");
  return *this;
}

Describer& Describer::required_text(const std::string& names, std::string& into, const std::string& help,
                                    const std::string& value) {
  app_->add_option(names, into, help)->type_name(value)->required();
  return *this;
}

Describer& Describer::target(TargetWords& into) {
  text("target", into.target, "whose key: ACCOUNT/USER of the config", "TARGET");
  return text("--profile", into.profile, "instead of TARGET: the key in this profile of the credentials file", "NAME");
}

Describer& Describer::consents(Consents& into) {
  text("--yes", into.yes, "consent to every step, or to --yes=deploy,deactivate,delete alone", "STEPS");
  texts("--accept", into.accept, "consent to what no plan foresees, in the words that status shows", "CODE[:SUBJECT]");
  app_->add_flag_function(
      "--wait", [&into](std::int64_t) { into.wait = true; }, "sit through quiet and grace (the default at a terminal)");
  app_->add_flag_function(
      "--no-wait", [&into](std::int64_t) { into.wait = false; },
      "stop there instead, with exit 3 (the default elsewhere)");
  text("--through", into.through, "stop after this step: create, deploy, verify, deactivate or delete", "STEP");
  return text("--override", into.override_reason, "pass a floor or missing evidence, this once; recorded", "REASON");
}

Describer& Describer::examples(const std::string& lines) {
  app_->footer("Examples:\n" + lines);
  return *this;
}

Describer& Describer::wants_subcommand() {
  app_->require_subcommand(1);
  return *this;
}

void Describer::runs(Action action) {
  app_->final_callback([chosen = chosen_, app = app_, action = std::move(action)] {
    if (app->get_subcommands().empty()) *chosen = action;
  });
}

Parsed parse(int argc, const char* const* argv) {
  Parsed parsed;
  CLI::App app{front_page_summary, "keybaton"};
  app.footer(front_page_footer);
  app.option_defaults()->always_capture_default(false);
  app.set_version_flag("--version", std::string("keybaton ") + version, "show the version");
  Describer front{app, parsed.action};
  describe_options(front, parsed.options);
  describe_commands(front);
  point_to_common_options(app);
  std::vector<std::string> words = words_of(argc, argv);
  parsed.options.words = words;
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    if (const CLI::App& asked = innermost(app); asked.get_group().empty()) throw not_yet(asked.get_name());
    parsed.text = app.help();
  } catch (const CLI::CallForAllHelp&) {
    parsed.text = app.help("", CLI::AppFormatMode::All);
  } catch (const CLI::CallForVersion& called) {
    parsed.text = std::string(called.what()) + "\n";
  } catch (const CLI::ExtrasError& error) {
    const std::vector<std::string> extra = app.remaining();
    if (app.get_subcommands().empty() && !extra.empty() && !extra.front().starts_with('-')) {
      throw no_such_command(app, extra.front());
    }
    throw usage(parse_complaint(error), command_path(innermost(app)) + " --help");
  } catch (const CLI::ParseError& error) {
    throw usage(parse_complaint(error), command_path(innermost(app)) + " --help");
  }
  return parsed;
}

CommandWords all_words() {
  Options options;
  Action none;
  CLI::App app{front_page_summary, "keybaton"};
  Describer front{app, none};
  describe_options(front, options);
  describe_commands(front);
  return words_of(app);
}

bool says_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view{argv[i]} == "--json") return true;
    if (std::string_view{argv[i]} == "--") return false;
  }
  return false;
}

rotation::Seconds duration_of(const std::string& option, const std::string& text) {
  const auto span = rotation::parse_duration(text);
  if (!span) throw usage(option + " is no duration: \"" + text + "\".", "write it like 90d, 24h, 15m or 120s");
  return *span;
}

rotation::Trouble not_yet(const std::string& command) {
  return usage("`keybaton " + command + "` is not in this version.", "keybaton --help");
}

rotation::Trouble usage(std::string message, std::string hint) {
  return {rotation::Ending::usage,
          {.message = std::move(message), .keys = "Nothing was done, no key was touched.", .hint = std::move(hint)}};
}

}  // namespace cli
