#include "cli/clean_warn.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/alone.hpp"
#include "platform/process.hpp"
#include "rotation/drafts.hpp"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::size_t keys) { return std::to_string(keys) + (keys == 1 ? " key" : " keys"); }

// Empty: it took the warning.
std::string run(const CleanWarning& warning, const std::string& input) {
  try {
    const platform::Finished done = platform::run(
        {.argv = warning.run, .pass_env = {}, .input = input, .deadline = warning.timeout, .output_cap = 1 << 16});
    if (done.timed_out) return "did not end within " + rotation::about(warning.timeout);
    if (done.exit_code != 0) return "ended with " + std::to_string(done.exit_code);
  } catch (const std::system_error& error) {
    return "could not be started: " + error.code().message();
  }
  return {};
}

// What was off before goes without an act of ours: its owner is told all the same.
bool warns_first(const rotation::View& view) {
  return view.open() && view.direction == rotation::Direction::forward && view.standing && view.batch &&
         view.batch->warn_before > rotation::Seconds{0} && (!view.old_maybe_inactive || view.batch->was_off);
}

}  // namespace

std::string warning_json(const std::string& owner, const std::vector<rotation::View>& keys,
                         const rotation::Instant& now) {
  Json list = Json::array();
  for (const rotation::View& view : keys) {
    list.push_back({{"batch", view.batch->id},
                    {"rotation", view.id.text()},
                    {"account", view.target.account.text()},
                    {"account_id", view.target.account_id.text()},
                    {"user", view.target.user.text()},
                    {"key", view.old_key.text()},
                    {"query", view.batch->query},
                    {"not_before", rotation::rfc3339(view.warned_at.value_or(now).wall + view.batch->warn_before)},
                    {"reminder", view.warned_at.has_value()},
                    {"objection", "keybaton rollback " + view.id.text()}});
  }
  const Json document{{"owner", owner}, {"keys", std::move(list)}};
  return document.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

bool untold(const rotation::View& view) { return warns_first(view) && !view.warned_at; }

std::optional<rotation::Seconds> to_tell(const rotation::View& view, const CleanWarning& warning,
                                         const rotation::Instant& now) {
  if (!warns_first(view)) return std::nullopt;
  if (!view.warned_at) return view.batch->warn_before;
  const rotation::Seconds told = view.warned_left.value_or(view.batch->warn_before);
  const rotation::Seconds left = view.warned_at->wall + view.batch->warn_before - now.wall;
  std::optional<rotation::Seconds> shortest;
  for (const rotation::Seconds stage : warning.before) {
    if (stage < told && left <= stage) shortest = stage;
  }
  return left > rotation::Seconds{0} ? shortest : std::nullopt;
}

namespace {

struct Telling {
  rotation::View view;
  rotation::Seconds left;
};

void note_told(House& house, store::JournalStore& store, const Telling& told, const std::string& owner) {
  rotation::Draft draft = rotation::observation("warned", house.now());
  draft.key = told.view.old_key;
  draft.detail["owner"] = owner;
  draft.detail["left"] = rotation::duration_text(told.left);
  store.open(told.view.id, house.actor())->append(std::move(draft));
}

// None of them goes before its owner was told, so it is said rather than left to whoever looks at each.
void nobody_tells(const store::JournalReader& reader, const std::vector<rotation::RotationId>& rotations,
                  std::vector<std::string>& notes) {
  const auto waiting = static_cast<std::size_t>(
      std::ranges::count_if(rotations, [&](const auto& id) { return untold(as_it_stands(reader, id).view); }));
  if (waiting == 0) return;
  notes.push_back("clean.warn is gone from the config, so nobody tells the owners of " + counted(waiting) +
                  " that wait for that: rollback ends them, or put clean.warn back");
}

}  // namespace

void tell_owners(House& house, const Config& config, store::JournalStore& store,
                 const std::vector<rotation::RotationId>& rotations, std::vector<std::string>& notes) {
  if (!config.clean.warn) return nobody_tells(store.reader(), rotations, notes);
  std::map<std::string, std::vector<Telling>> of_owner;
  for (const rotation::RotationId& id : rotations) {
    rotation::View view = as_it_stands(store.reader(), id).view;
    if (const auto left = to_tell(view, *config.clean.warn, house.now())) {
      std::string owner = view.batch->owner;
      of_owner[std::move(owner)].push_back({.view = std::move(view), .left = *left});
    }
  }
  for (const auto& [owner, tellings] : of_owner) {
    if (house.clock().interrupted()) return;
    std::vector<rotation::View> keys;
    for (const Telling& each : tellings) keys.push_back(each.view);
    const std::string why = run(*config.clean.warn, warning_json(owner, keys, house.now()));
    if (!why.empty()) {
      notes.push_back(owner + " was not told of " + counted(keys.size()) + ": " + config.clean.warn->run.front() + " " +
                      why + "; the next run tries again");
      continue;
    }
    try {
      for (const Telling& each : tellings) note_told(house, store, each, owner);
      notes.push_back(owner + " was told of " + counted(keys.size()));
    } catch (const rotation::Trouble& trouble) {
      // Not noted is not told: he is told once more.
      notes.push_back(owner + " was told, and that could not be noted for all: " + trouble.problem().message);
    }
  }
}

}  // namespace cli
