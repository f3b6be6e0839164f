// find: where a key is used, who used it last, and what of it no target covers yet.
#include <algorithm>

#include "cli/adding.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/finding.hpp"
#include "cli/key_id.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/render_finding.hpp"
#include "cli/render_problem.hpp"
#include "cli/typed.hpp"
#include "platform/files.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct FindWords {
  std::string key;
  std::vector<std::string> paths;
  std::optional<std::string> add_to, yes;
};

std::vector<std::filesystem::path> paths_of(const FindWords& words) {
  std::vector<std::filesystem::path> paths;
  for (const std::string& path : words.paths) {
    paths.push_back(std::filesystem::absolute(platform::expand_home(path)).lexically_normal());
  }
  return paths;
}

std::optional<Failure> failure_of_find(const Finding& finding) {
  if (finding.complete()) return std::nullopt;
  return Failure{
      .ending = rotation::Ending::refused,
      .problem = {.message = "Not everything could be looked into.",
                  .keys = "What is listed is right, but the key may be in more places; no key was touched.",
                  .hint = "make readable what is named above, or name what a link leads to with --path; then "
                          "run the command again"}};
}

// What comes next: nothing where no target has to do with the key.
std::string next_command(const Options& options, const Config& config, const Finding& finding) {
  const auto configured = std::ranges::find_if(finding.places, &FoundPlace::configured);
  const auto& owner = finding.who.owner;
  const std::string target = configured != finding.places.end() ? configured->target
                             : owner                            ? owner->account.text() + "/" + owner->user.text()
                                                                : "TARGET";
  if (finding.adds() && finding.has_targets) {
    return typed(options) + " --add-to " + (config.targets.contains(target) ? rotation::quoted(target) : "TARGET");
  }
  // A key that nobody has, or one that is off, is nobody's to hand over.
  const bool alive = owner && owner->key.status == rotation::KeyStatus::active;
  return alive && configured != finding.places.end() ? "keybaton rotate " + rotation::quoted(target) : "";
}

// One next step: while the search is not whole, that is what the failure names.
int finish(const Options& options, const Finding& finding, const std::optional<Added>& added, const std::string& next,
           const std::optional<Failure>& failure) {
  if (options.json) {
    print_line(finding_json(finding, added, failure));
  } else if (failure) {
    warn(problem_text(*failure, err_style(options)));
  } else if (!next.empty()) {
    print_line("Next: " + visible(next));
  }
  return exit_code(failure ? failure->ending : rotation::Ending::ok);
}

int find(const Options& options, const FindWords& words) {
  const rotation::AccessKeyId key = key_id_of(words.key, "keybaton find KEY_ID");
  House house{options};
  const Config config = house.config();
  if (words.add_to) require_target(config, *words.add_to);
  Finding finding;
  {
    ProgressLine line{err_style(options)};
    finding = find_key(house, config, key, paths_of(words), [&](const std::string& text) { line.show(text); });
  }
  auto failure = failure_of_find(finding);
  if (!options.json) print(finding_text(finding, house.now().wall, out_style(options)));
  if (!words.add_to) return finish(options, finding, std::nullopt, next_command(options, config, finding), failure);
  std::optional<Added> added;
  try {
    added = add_found(house, config, finding, {.target = *words.add_to, .yes = words.yes});
    if (!options.json) print(added_text(*added, *words.add_to, out_style(options)));
  } catch (const rotation::Trouble& trouble) {
    failure = Failure{.ending = trouble.ending(), .problem = trouble.problem()};
  }
  return finish(options, finding, added, added ? added->next : "", failure);
}

}  // namespace

void describe_find(Describer& front) {
  auto words = std::make_shared<FindWords>();
  Describer command =
      front.command("find", "where a key is used: locations, files below search_paths, who used it last");
  command.required_text("key", words->key, "the access key's id", "KEY_ID")
      .texts("--path", words->paths, "search below this too; may be given more than once", "DIR")
      .text("--add-to", words->add_to, "make locations of this target out of what is found; asks first", "TARGET")
      .text("--yes", words->yes, "consent to --add-to beforehand", "STEPS")
      .examples(
          "  keybaton find AKIA… --path ~/src\n"
          "  keybaton find AKIA… --add-to prod/support-api\n"
          "It only reads, unless --add-to is given; that changes the config alone.");
  command.runs([words](const Options& options) { return find(options, *words); });
}

}  // namespace cli
